import type { Target } from '../target.ts'
import type { Fault } from './fault.ts'
import { servedTarget } from './served/target.ts'

/** The target with the fault in every provider that it opens. */
export function withFault(target: Target, fault: Fault): Target {
  const stores = new Map<string, Map<string, unknown>>()
  // Another process would open the target without the fault.
  const { module: _, ...rest } = fault.network ? servedTarget(target) : target
  return {
    ...rest,
    name: `${target.name} with ${fault.name}`,
    async open(namespace, context) {
      const store = stores.get(namespace) ?? new Map<string, unknown>()
      stores.set(namespace, store)
      return fault.wrap(await rest.open(namespace, context), store, namespace)
    },
  }
}

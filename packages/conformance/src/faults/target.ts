import type { Target } from '../target.ts'
import type { Fault } from './fault.ts'

/** The target with the fault in every provider that it opens. */
export function withFault(target: Target, fault: Fault): Target {
  const stores = new Map<string, Map<string, unknown>>()
  return {
    ...target,
    name: `${target.name} with ${fault.name}`,
    async open(namespace, context) {
      const store = stores.get(namespace) ?? new Map<string, unknown>()
      stores.set(namespace, store)
      return fault.wrap(await target.open(namespace, context), store, namespace)
    },
  }
}

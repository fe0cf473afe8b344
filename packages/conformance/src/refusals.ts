import type { PersistenceProvider } from '@holdfast/spec'
import type { NamedCall } from './rules/calls.ts'
import { positions } from './rules/identifiers-refused.ts'
import { unknownMembers, wrongMembers } from './rules/malformed.ts'
import { allPorts, portsOf } from './rules/ports.ts'
import { invalidIdentifiers, outsideDomain } from './values.ts'

/**
 * Calls that are `INVALID_VALUE` before any I/O, for every method that a provider has: what is no id in the place of
 * every id, what is not JSON in every payload, members that there are not, members of a wrong type or out of range.
 *
 * The rules see that they are refused. Only an author's own test can see that they are refused *before* I/O: make the
 * calls on a provider whose driver must not be called.
 */
export function refusals(provider: PersistenceProvider): readonly NamedCall[] {
  const id = 'refused'
  return [
    ...positions(provider, id).flatMap(([position, call]) =>
      invalidIdentifiers.map(({ name, value }): NamedCall => [
        `${name} as ${position}`,
        async () => call(value as string),
      ]),
    ),
    ...portsOf(provider, allPorts).flatMap((port) =>
      outsideDomain.map(({ name, value }): NamedCall => [
        `${name} in ${port.name}`,
        async () => port.write(provider, id, value as never),
      ]),
    ),
    ...unknownMembers(provider, id),
    ...wrongMembers(provider, id),
  ]
}

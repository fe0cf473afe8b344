import { isPersistenceError, type ErrorCode, type PersistenceProvider } from '@holdfast/spec'
import { aClaim, aSnapshot, anError } from './fixtures.ts'
import { withOptions } from './rules/abort.ts'
import { everyCall, type NamedCall } from './rules/calls.ts'
import { positions } from './rules/identifiers-refused.ts'
import { unknownMembers, wrongMembers } from './rules/malformed.ts'
import { allPorts, mainPorts, portsOf } from './rules/ports.ts'
import { invalidIdentifiers, outsideDomain } from './values.ts'

/**
 * Makes the calls that a provider refuses before any I/O, and returns the names of those that it did not: none. They are
 * what is no id in the place of every id, what is not JSON in every payload, members that there are not, of a wrong type
 * or out of range, records above `maxPayloadBytes`, and every method with a signal that has fired. Calls with nothing to
 * do, like a list of no ids, are among them, and are not to be refused.
 *
 * The rules see that these are refused. Only an author's own test can see that they are refused *before* I/O: hand in a
 * provider whose driver must not be called.
 */
export async function notRefused(provider: PersistenceProvider): Promise<readonly string[]> {
  const found: string[] = []
  for (const [name, code, call] of refusals(provider)) {
    const error: unknown = await call().then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    const right = code === undefined ? error === undefined : isPersistenceError(error, code)
    if (!right) found.push(`${name}: ${code ?? 'nothing to do'} expected, not ${String(error)}`)
  }
  return found
}

type Refusal = readonly [name: string, code: ErrorCode | undefined, call: NamedCall[1]]

const ID = 'refused'

function refusals(provider: PersistenceProvider): readonly Refusal[] {
  const aborting = withOptions(provider, { signal: AbortSignal.abort() })
  return [
    ...invalid(provider).map(([name, call]): Refusal => [name, 'INVALID_VALUE', call]),
    ...tooLarge(provider).map(([name, call]): Refusal => [name, 'TOO_LARGE', call]),
    ...everyCall(aborting, ID).map(([name, call]): Refusal => [
      `${name} with a signal that has fired`,
      'ABORTED',
      call,
    ]),
    ...nothingToDo(provider).map(([name, call]): Refusal => [name, undefined, call]),
  ]
}

function invalid(provider: PersistenceProvider): readonly NamedCall[] {
  const { errors, snapshots } = provider
  return [
    ...positions(provider, ID).flatMap(([position, call]) =>
      invalidIdentifiers.map(({ name, value }): NamedCall => [
        `${name} as ${position}`,
        async () => call(value as string),
      ]),
    ),
    ...portsOf(provider, allPorts).flatMap((port) =>
      outsideDomain.map(({ name, value }): NamedCall => [
        `${name} in ${port.name}`,
        async () => port.write(provider, ID, value as never),
      ]),
    ),
    ...unknownMembers(provider, ID),
    ...wrongMembers(provider, ID),
    ...named(errors && ['a made-up cursor', () => errors.list({ workflowId: ID, cursor: 'x' })]),
    ...named(
      snapshots && [
        'a fence on another snapshot',
        () =>
          snapshots.save(aSnapshot(), {
            fence: aClaim({ instanceId: 'another', workflowId: 'another' }),
          }),
      ],
    ),
  ]
}

function tooLarge(provider: PersistenceProvider): readonly NamedCall[] {
  const { errors, snapshots } = provider
  const large = 'x'.repeat(provider.capabilities.maxPayloadBytes)
  const readyTasks = [{ taskId: 'task-1', input: large }]
  return [
    ...portsOf(provider, mainPorts).map((port): NamedCall => [
      `too much in ${port.name}`,
      () => port.write(provider, ID, large),
    ]),
    ...named(snapshots && ['too much input', () => snapshots.save(aSnapshot({ readyTasks }))]),
    ...named(errors && ['too long a message', () => errors.append([anError({ message: large })])]),
  ]
}

function nothingToDo({ workflows, errors }: PersistenceProvider): readonly NamedCall[] {
  return [
    ...named(workflows && ['no ids', () => workflows.getMany([])]),
    ...named(errors && ['no errors', () => errors.append([])]),
  ]
}

function named(call: NamedCall | undefined): readonly NamedCall[] {
  return call ? [call] : []
}

import type { JsonObject, JsonValue, PersistenceProvider, RepositoryName } from '@holdfast/spec'
import {
  aPointer,
  aSnapshot,
  aStep,
  aSubscription,
  aWorkflow,
  anError,
  anEvent,
} from '../fixtures.ts'

/** A place for a payload: a member of a record, and the method that takes it. */
export interface Port {
  readonly repository: RepositoryName
  readonly name: string
  /** Stores a record of this id whose payload is `value`, which may be none. */
  write(store: PersistenceProvider, id: string, value: JsonValue): Promise<unknown>
  /** The payload of the record with this id, in a box; `null` when there is no such record. */
  read(store: PersistenceProvider, id: string): Promise<Box | null>
}

export interface Box {
  readonly value: unknown
}

/** The ports of the repositories that a provider has. */
export function portsOf(
  { capabilities }: PersistenceProvider,
  all: readonly Port[],
): readonly Port[] {
  return all.filter(({ repository }) => capabilities.repositories.includes(repository))
}

/** One port of each repository that takes payloads: what matters to a size. */
export const mainPorts: readonly Port[] = [
  {
    repository: 'workflows',
    name: 'workflows.create data',
    write: async ({ workflows }, id, data) => workflows?.create(aWorkflow({ id, data })),
    read: async ({ workflows }, id) => box(await workflows?.get(id), ({ data }) => data),
  },
  {
    repository: 'steps',
    name: 'steps.create input',
    write: async ({ steps }, id, input) => steps?.create(aStep({ ...stepKey(id), input })),
    read: async ({ steps }, id) => box(await steps?.get(stepKey(id)), ({ input }) => input),
  },
  {
    repository: 'steps',
    name: 'steps.saveOutput output',
    write: async ({ steps }, id, output) => steps?.saveOutput({ ...stepKey(id), output }),
    read: async ({ steps }, id) =>
      box(await steps?.loadOutput(stepKey(id)), ({ output }) => output),
  },
  {
    repository: 'state',
    name: 'state.set value',
    write: async ({ state }, id, value) => state?.set({ workflowId: id, key: id, value }),
    read: async ({ state }, id) =>
      box(await state?.get({ workflowId: id, key: id }), ({ value }) => value),
  },
  {
    repository: 'events',
    name: 'events.create data',
    write: async ({ events }, id, data) => events?.create(anEvent({ id, data })),
    read: async ({ events }, id) => box(await events?.get(id), ({ data }) => data),
  },
  {
    repository: 'subscriptions',
    name: 'subscriptions.create data',
    write: async ({ subscriptions }, id, data) =>
      subscriptions?.create(aSubscription({ id, data })),
    read: async ({ subscriptions }, id) => box(await subscriptions?.get(id), ({ data }) => data),
  },
  {
    repository: 'snapshots',
    name: 'snapshots.save state',
    write: async ({ snapshots }, id, state) => snapshots?.save(aSnapshot({ ...key(id), state })),
    read: async ({ snapshots }, id) => box(await snapshots?.load(key(id)), ({ state }) => state),
  },
  {
    repository: 'errors',
    name: 'errors.append details',
    write: async ({ errors }, id, details) =>
      errors?.append([anError({ workflowId: id, details })]),
    read: async ({ errors }, id) =>
      box((await errors?.list({ workflowId: id }))?.items[0], ({ details }) => details),
  },
]

const message = 'It broke'

/** Every port. */
export const allPorts: readonly Port[] = [
  ...mainPorts,
  workflowPort('input', (input) => ({ input })),
  workflowPort('output', (output) => ({ output })),
  workflowPort('context', (context) => ({ context })),
  workflowPort('error.details', (details) => ({ error: { message, details } })),
  workflowPort('eventData', (eventData) => ({ pointers: [aPointer({ eventData })] })),
  workflowPort('persistenceData', (data) => ({ pointers: [aPointer({ persistenceData: data })] })),
  workflowPort('contextItem', (contextItem) => ({ pointers: [aPointer({ contextItem })] })),
  workflowPort('outcome', (outcome) => ({ pointers: [aPointer({ outcome })] })),
  workflowPort('extensionAttributes', (value) => ({
    pointers: [aPointer({ extensionAttributes: { value } })],
  })),
  {
    repository: 'workflows',
    name: 'workflows.update data',
    write: async ({ workflows }, id, data) =>
      workflows?.update({ ...aWorkflow({ data }), id, version: 1 }),
    read: async ({ workflows }, id) => box(await workflows?.get(id), ({ data }) => data),
  },
  stepPort('output', (output) => ({ output })),
  stepPort('error.details', (details) => ({ error: { message, details } })),
  {
    repository: 'steps',
    name: 'steps.update input',
    write: async ({ steps }, id, input) =>
      steps?.update({ ...aStep({ ...stepKey(id), input }), version: 1 }),
    read: async ({ steps }, id) => box(await steps?.get(stepKey(id)), ({ input }) => input),
  },
  {
    repository: 'snapshots',
    name: 'snapshots.save metadata',
    write: async ({ snapshots }, id, value) =>
      snapshots?.save(aSnapshot({ ...key(id), metadata: { value } })),
    read: async ({ snapshots }, id) =>
      box(await snapshots?.load(key(id)), ({ metadata }) => (metadata as JsonObject).value),
  },
  {
    repository: 'snapshots',
    name: 'snapshots.save input of a ready task',
    write: async ({ snapshots }, id, input) =>
      snapshots?.save(aSnapshot({ ...key(id), readyTasks: [{ taskId: id, input }] })),
    read: async ({ snapshots }, id) =>
      box(await snapshots?.load(key(id)), ({ readyTasks }) => readyTasks[0]?.input),
  },
]

function workflowPort(
  name: string,
  members: (value: JsonValue) => Parameters<typeof aWorkflow>[0],
): Port {
  return {
    repository: 'workflows',
    name: `workflows.create ${name}`,
    write: async ({ workflows }, id, value) =>
      workflows?.create(aWorkflow({ id, ...members(value) })),
    // Only what is absent is read here: DATA-01 reads each of these members.
    read: async ({ workflows }, id) => box(await workflows?.get(id), (found) => found),
  }
}

function stepPort(name: string, members: (value: JsonValue) => Parameters<typeof aStep>[0]): Port {
  return {
    repository: 'steps',
    name: `steps.create ${name}`,
    write: async ({ steps }, id, value) =>
      steps?.create(aStep({ ...stepKey(id), ...members(value) })),
    read: async ({ steps }, id) => box(await steps?.get(stepKey(id)), (found) => found),
  }
}

function box<R>(found: R | null | undefined, payloadOf: (found: R) => unknown): Box | null {
  return found === null || found === undefined ? null : { value: payloadOf(found) }
}

function stepKey(id: string): { readonly workflowId: string; readonly stepId: string } {
  return { workflowId: id, stepId: id }
}

function key(id: string): { readonly instanceId: string; readonly workflowId: string } {
  return { instanceId: id, workflowId: id }
}

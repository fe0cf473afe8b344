import { isDeepStrictEqual } from 'node:util'
import type { PersistenceProvider, RepositoryName } from '@holdfast/spec'
import { EPOCH } from '../clock.ts'
import {
  aCommand,
  aSnapshot,
  aStep,
  aSubscription,
  aWorkflow,
  anError,
  anEvent,
} from '../fixtures.ts'

/** A record of one repository, for rules that hold for all of them. */
export interface Sample {
  readonly repository: RepositoryName
  /** Stores it, in one call. */
  write(store: PersistenceProvider): Promise<unknown>
  /** What a provider says of it, by every way of reading. */
  read(store: PersistenceProvider): Promise<unknown>
  /** What {@link Sample.read} gives when it is not there. */
  readonly absent: unknown
}

/** A sample for each repository that `store` has. Those of one id have equal keys; `mark` is in their content. */
export function samplesOf(store: PersistenceProvider, id: string, mark: string): readonly Sample[] {
  return samples(id, mark).filter(({ repository }) =>
    store.capabilities.repositories.includes(repository),
  )
}

/** Whether a provider says something of it. */
export async function isThere(sample: Sample, store: PersistenceProvider): Promise<boolean> {
  return !isDeepStrictEqual(await sample.read(store), sample.absent)
}

function samples(id: string, mark: string): readonly Sample[] {
  const step = { workflowId: id, stepId: id }
  const state = { workflowId: id, key: id }
  const snapshot = { instanceId: id, workflowId: id }
  const topic = { eventName: id, eventKey: id }
  return [
    {
      repository: 'workflows',
      write: async ({ workflows }) => workflows?.create(aWorkflow({ id, data: mark })),
      read: async ({ workflows }) => [
        await workflows?.get(id),
        await workflows?.getMany([id]),
        (await workflows?.list({ definitionId: 'order' }))?.items,
        (await workflows?.getRunnable({ asOf: EPOCH }))?.items,
      ],
      absent: [null, [], [], []],
    },
    {
      repository: 'steps',
      write: async ({ steps }) => steps?.create(aStep({ ...step, input: mark })),
      read: async ({ steps }) => [
        await steps?.get(step),
        (await steps?.list({ workflowId: id }))?.items,
      ],
      absent: [null, []],
    },
    {
      repository: 'steps',
      write: async ({ steps }) => steps?.saveOutput({ ...step, output: mark }),
      read: async ({ steps }) => steps?.loadOutput(step),
      absent: null,
    },
    {
      repository: 'state',
      write: async ({ state: values }) => values?.set({ ...state, value: mark }),
      read: async ({ state: values }) => [await values?.get(state), await values?.getAll(id)],
      absent: [null, []],
    },
    {
      repository: 'events',
      write: async ({ events }) => events?.create(anEvent({ id, ...topic, data: mark })),
      read: async ({ events }) => [
        await events?.get(id),
        (await events?.getRunnable({ asOf: EPOCH }))?.items,
        (await events?.find({ ...topic, asOf: EPOCH }))?.items,
      ],
      absent: [null, [], []],
    },
    {
      repository: 'subscriptions',
      write: async ({ subscriptions }) =>
        subscriptions?.create(aSubscription({ id, workflowId: id, ...topic, data: mark })),
      read: async ({ subscriptions }) => [
        await subscriptions?.get(id),
        (await subscriptions?.find({ ...topic, asOf: EPOCH }))?.items,
        await subscriptions?.findFirstOpen({ ...topic, asOf: EPOCH }),
      ],
      absent: [null, [], null],
    },
    {
      repository: 'commands',
      write: async ({ commands }) =>
        commands?.schedule(aCommand({ name: id, data: '', workflowId: mark })),
      read: async ({ commands }) => (await commands?.list())?.items,
      absent: [],
    },
    {
      repository: 'snapshots',
      write: async ({ snapshots }) =>
        snapshots?.save(aSnapshot({ ...snapshot, state: mark, definitionHash: mark })),
      read: async ({ snapshots }) => [
        await snapshots?.load(snapshot),
        (await snapshots?.list())?.items,
      ],
      absent: [null, []],
    },
    {
      repository: 'errors',
      write: async ({ errors }) => errors?.append([anError({ id, workflowId: id, message: mark })]),
      read: async ({ errors }) => (await errors?.list({ workflowId: id }))?.items,
      absent: [],
    },
  ]
}

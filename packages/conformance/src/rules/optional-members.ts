import type {
  NewEvent,
  NewExecutionError,
  NewReadyTask,
  NewSnapshot,
  NewStep,
  NewSubscription,
  NewWorkflow,
  PersistenceProvider,
  RepositoryName,
  ScheduledCommand,
  StepError,
  WorkflowError,
} from '@holdfast/spec'
import {
  aCommand,
  aPointer,
  aSnapshot,
  aStep,
  aSubscription,
  aWorkflow,
  anError,
  anEvent,
} from '../fixtures.ts'

type Members = Readonly<Record<string, unknown>>

/** A record with members that may be absent, and values for them that stores confuse with their absence. */
export interface Model {
  readonly repository: RepositoryName
  readonly name: string
  readonly optional: Readonly<Record<string, readonly unknown[]>>
  /** Stores a record with these members, and reads it back. */
  roundTrip(store: PersistenceProvider, id: string, members: Members): Promise<object | undefined>
}

const json = [null, '', 0, false, [], {}]
const text = ['', ' ', 'null', '0']
const instant = [0, -1, 1_768_478_400_000]
const ids = ['null', '0', ' ']

/** Members of all kinds in turn: none, each of their values, every other one. */
export function variantsOf({ optional }: Model): readonly Members[] {
  const names = Object.keys(optional)
  const rounds = Math.max(...names.map((name) => optional[name]?.length ?? 0))
  const pick = (round: number, chosen: readonly string[]): Members =>
    Object.fromEntries(
      chosen.map((name) => {
        const values = optional[name] ?? []
        return [name, values[round % values.length]]
      }),
    )
  return [
    {},
    ...Array.from({ length: rounds }, (_, round) => pick(round, names)),
    pick(
      0,
      names.filter((_, index) => index % 2 === 0),
    ),
    pick(
      0,
      names.filter((_, index) => index % 2 === 1),
    ),
  ]
}

const workflowError = { code: text, step: text, timestamp: instant, details: json }
const stepError = { code: text, timestamp: instant, attempt: [0, 1], details: json }

export const models: readonly Model[] = [
  {
    repository: 'workflows',
    name: 'workflow',
    optional: {
      definitionVersion: text,
      description: text,
      reference: ids,
      resourceId: ids,
      tags: [{}, { a: '' }, { '': 'null' }],
      data: json,
      input: json,
      output: json,
      context: json,
      error: [{ message: '' }],
      progress: [0, 1, 0.1 + 0.2],
      startedAt: instant,
      completedAt: instant,
    },
    roundTrip: async ({ workflows }, id, members) => {
      await workflows?.create(aWorkflow({ id, ...(members as Partial<NewWorkflow>) }))
      return (await workflows?.get(id)) ?? undefined
    },
  },
  {
    repository: 'workflows',
    name: 'error of a workflow',
    optional: workflowError,
    roundTrip: async ({ workflows }, id, members) => {
      const error: WorkflowError = { message: '', ...members }
      await workflows?.create(aWorkflow({ id, error }))
      return (await workflows?.get(id))?.error
    },
  },
  {
    repository: 'workflows',
    name: 'pointer',
    optional: {
      stepName: text,
      sleepUntil: instant,
      startTime: instant,
      endTime: instant,
      eventName: text,
      eventKey: text,
      eventData: json,
      persistenceData: json,
      extensionAttributes: [{}, { a: null }],
      contextItem: json,
      predecessorId: text,
      outcome: json,
    },
    roundTrip: async ({ workflows }, id, members) => {
      const pointers = [aPointer(members)]
      await workflows?.create(aWorkflow({ id, pointers }))
      return (await workflows?.get(id))?.pointers[0]
    },
  },
  {
    repository: 'steps',
    name: 'step',
    optional: {
      startedAt: instant,
      completedAt: instant,
      durationMs: [0, 1],
      input: json,
      output: json,
      error: [{ message: '' }],
    },
    roundTrip: async ({ steps }, id, members) => {
      const key = { workflowId: id, stepId: id }
      await steps?.create(aStep({ ...key, ...(members as Partial<NewStep>) }))
      return (await steps?.get(key)) ?? undefined
    },
  },
  {
    repository: 'steps',
    name: 'error of a step',
    optional: stepError,
    roundTrip: async ({ steps }, id, members) => {
      const key = { workflowId: id, stepId: id }
      const error: StepError = { message: '', ...members }
      await steps?.create(aStep({ ...key, error }))
      return (await steps?.get(key))?.error
    },
  },
  {
    repository: 'events',
    name: 'event',
    optional: { data: json },
    roundTrip: async ({ events }, id, members) => {
      await events?.create(anEvent({ id, ...(members as Partial<NewEvent>) }))
      return (await events?.get(id)) ?? undefined
    },
  },
  {
    repository: 'subscriptions',
    name: 'subscription',
    optional: { data: json },
    roundTrip: async ({ subscriptions }, id, members) => {
      await subscriptions?.create(aSubscription({ id, ...(members as Partial<NewSubscription>) }))
      return (await subscriptions?.get(id)) ?? undefined
    },
  },
  {
    repository: 'commands',
    name: 'command',
    optional: { workflowId: ids },
    roundTrip: async ({ commands }, id, members) => {
      const command = aCommand({ name: id, ...(members as Partial<ScheduledCommand>) })
      await commands?.schedule(command)
      return (await commands?.list({ limit: 1000 }))?.items.find(({ name }) => name === id)
    },
  },
  {
    repository: 'snapshots',
    name: 'snapshot',
    optional: { metadata: [{}, { a: null }, { '': '' }] },
    roundTrip: async ({ snapshots }, id, members) => {
      const key = { instanceId: id, workflowId: id }
      await snapshots?.save(aSnapshot({ ...key, ...(members as Partial<NewSnapshot>) }))
      return (await snapshots?.load(key)) ?? undefined
    },
  },
  {
    repository: 'snapshots',
    name: 'ready task',
    optional: { input: json },
    roundTrip: async ({ snapshots }, id, members) => {
      const key = { instanceId: id, workflowId: id }
      const task: NewReadyTask = { taskId: id, ...members }
      await snapshots?.save(aSnapshot({ ...key, readyTasks: [task] }))
      return (await snapshots?.load(key))?.readyTasks[0]
    },
  },
  {
    repository: 'errors',
    name: 'execution error',
    optional: {
      executionPointerId: text,
      stepId: text,
      code: text,
      stack: text,
      details: json,
    },
    roundTrip: async ({ errors }, id, members) => {
      await errors?.append([
        anError({ workflowId: id, ...(members as Partial<NewExecutionError>) }),
      ])
      return (await errors?.list({ workflowId: id }))?.items[0]
    },
  },
]

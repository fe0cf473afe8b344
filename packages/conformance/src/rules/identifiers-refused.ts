import type { PersistenceProvider, WorkflowQuery } from '@holdfast/spec'
import { EPOCH } from '../clock.ts'
import { equal, ok, rejects } from '../expect.ts'
import {
  aClaim,
  aCommand,
  aSnapshot,
  aStep,
  aSubscription,
  aWorkflow,
  anError,
  anEvent,
} from '../fixtures.ts'
import { rule, type Rule } from '../rule.ts'
import { invalidIdentifiers } from '../values.ts'
import { LONG } from './ready.ts'
import { isThere, samplesOf } from './samples.ts'

/** Decision 12: what an id is, and how long. */
export const identifiersRefused: readonly Rule[] = [
  rule('KEY-14', {
    title: 'what is no id is INVALID_VALUE wherever an id is taken, and nothing is stored',
    clause: 12,
    needs: [],
    bugs: ['workflow-core W8', 'moneat PR#433', 'workflow-core #1208', 'langgraph#1878'],
    async check(store, trial) {
      const id = trial.id()
      for (const [position, call] of positions(store, id)) {
        for (const { name, value } of invalidIdentifiers) {
          const refused = call(value as string)
          await rejects(refused, 'INVALID_VALUE', `${name} as ${position}`)
          trial.count('ids')
        }
      }
      for (const sample of samplesOf(store, id, id)) {
        ok(
          !(await isThere(sample, store)),
          `the refused calls stored nothing in ${sample.repository}`,
        )
      }
    },
  }),

  rule('KEY-15', {
    title: 'ids of 255 units of three bytes fit in every place at once, keys and cursors too',
    clause: 12,
    needs: [],
    bugs: ['workflow-core W15', 'workflow-core #1179', 'workflow-core #898'],
    async check(store, trial) {
      let used = 0
      const wide = (): string => {
        used += 1
        trial.count('ids')
        return `${'\u6f22'.repeat(251)}${String(used).padStart(4, '\u5b57')}`
      }
      const asOf = trial.clock.now()
      const options = () => ({ requestId: wide() })
      const { workflows, steps, state, events, subscriptions, commands } = store
      if (workflows) {
        const own = { definitionId: wide(), reference: wide(), resourceId: wide() }
        for (const id of [wide(), wide()]) {
          const created = await workflows.create(aWorkflow({ id, ...own }), options())
          equal(await workflows.get(id), created, 'a workflow of wide ids')
          await workflows.update(created, options())
        }
        equal(await sizes(async (page) => workflows.list({ ...own, ...page })), [1, 1], 'its pages')
        const due = await sizes(async (page) => workflows.getRunnable({ asOf: EPOCH, ...page }))
        equal(due, [1, 1], 'the pages of what is due')
      }
      if (steps) {
        const workflowId = wide()
        for (const stepId of [wide(), wide()]) {
          const created = await steps.create(aStep({ workflowId, stepId }), options())
          equal(await steps.get({ workflowId, stepId }), created, 'a step of wide ids')
          await steps.saveOutput({ workflowId, stepId, output: stepId })
          const saved = await steps.loadOutput({ workflowId, stepId })
          equal(saved?.output, stepId, 'an output of wide ids')
        }
        equal(await sizes(async (page) => steps.list({ workflowId, ...page })), [1, 1], 'its pages')
      }
      if (state) {
        const entry = { workflowId: wide(), key: wide(), value: 1 }
        await state.set(entry)
        equal(await state.getAll(entry.workflowId), [entry], 'a value of wide ids')
      }
      const topic = { eventName: wide(), eventKey: wide() }
      if (events) {
        const own = { ...topic, eventTime: asOf }
        for (const id of [wide(), wide()]) await events.create(anEvent({ id, ...own }), options())
        const pages = await sizes(async (page) => events.find({ ...topic, asOf, ...page }))
        equal(pages, [1, 1], 'the pages of events of wide ids')
      }
      if (subscriptions) {
        const own = { ...topic, workflowId: wide(), subscribeAsOf: asOf }
        for (const id of [wide(), wide()]) {
          await subscriptions.create(aSubscription({ id, ...own }), options())
          const request = { token: wide(), workerId: wide(), ttl: LONG }
          equal(await subscriptions.setToken(id, request), true, 'a token of wide ids')
        }
        const pages = await sizes(async (page) => subscriptions.find({ ...topic, asOf, ...page }))
        equal(pages, [1, 1], 'the pages of subscriptions of wide ids')
      }
      if (commands) {
        const workflowId = wide()
        for (const name of [wide(), wide()]) {
          await commands.schedule(aCommand({ name, data: wide(), workflowId }))
        }
        equal(await sizes(async (page) => commands.list(page)), [1, 1], 'the pages of commands')
      }
      await tasksAndErrors(store, wide)
    },
  }),
]

async function tasksAndErrors(store: PersistenceProvider, wide: () => string): Promise<void> {
  const { snapshots, claims, errors } = store
  const instanceId = wide()
  const tag = wide()
  if (snapshots) {
    for (const workflowId of [wide(), wide()]) {
      const readyTasks = [{ taskId: wide(), tags: [tag] }]
      const saved = await snapshots.save(aSnapshot({ instanceId, workflowId, readyTasks }))
      equal(await snapshots.load({ instanceId, workflowId }), saved, 'a snapshot of wide ids')
    }
    equal(await sizes(async (page) => snapshots.list(page)), [1, 1], 'the pages of snapshots')
  }
  if (snapshots && claims) {
    const pages = await sizes(async (page) => claims.findAvailable({ tags: [tag], ...page }))
    equal(pages, [1, 1], 'the pages of tasks of wide ids')
    const taken = await claims.claimNext({ workerId: wide(), ttl: LONG, tags: [tag] })
    ok(taken && (await claims.release(taken.claim)), 'a task of wide ids is held and released')
  }
  if (errors) {
    const workflowId = wide()
    await errors.append([anError({ id: wide(), workflowId }), anError({ id: wide(), workflowId })])
    const pages = await sizes(async (page) => errors.list({ workflowId, ...page }))
    equal(pages, [1, 1], 'the pages of errors of wide ids')
  }
}

interface SmallPage {
  readonly items: readonly unknown[]
  readonly cursor: string | null
}

/** How many records are on each page of one, up to three pages. */
async function sizes(
  read: (request: { readonly limit: number; readonly cursor: string | null }) => Promise<SmallPage>,
): Promise<readonly number[]> {
  const counts: number[] = []
  let cursor: string | null = null
  do {
    const page = await read({ limit: 1, cursor })
    counts.push(page.items.length)
    cursor = page.cursor
  } while (cursor !== null && counts.length < 3)
  return counts
}

type Position = readonly [position: string, call: (id: string) => Promise<unknown>]

/** Every place of an id in the arguments of every method; the other ids are `id`. */
export function positions(store: PersistenceProvider, id: string): readonly Position[] {
  const { workflows, steps, state, events, subscriptions, commands, snapshots, claims, errors } =
    store
  const step = { workflowId: id, stepId: id }
  const entry = { workflowId: id, key: id }
  const snapshot = { instanceId: id, workflowId: id }
  const task = { ...snapshot, taskId: id, workerId: id }
  const topic = { eventName: id, eventKey: id }
  const query = { ...topic, asOf: EPOCH }
  const held = { token: id, workerId: id, ttl: 1 }
  const result: Position[] = []

  /** Each of the members in turn. */
  function each<T extends object>(
    where: string,
    members: readonly (keyof T & string)[],
    argument: T,
    call: (argument: T) => Promise<unknown>,
  ): void {
    for (const member of members) {
      result.push([
        `${member} in ${where}`,
        async (value) => call({ ...argument, [member]: value }),
      ])
    }
  }

  if (workflows) {
    const own = aWorkflow({ id })
    const members = ['id', 'definitionId', 'reference', 'resourceId'] as const
    each('workflows.create', members, own, workflows.create)
    each('workflows.update', members, { ...own, id, version: 1 }, workflows.update)
    const filter: WorkflowQuery = {}
    each('workflows.list', ['definitionId', 'reference', 'resourceId'], filter, workflows.list)
    result.push(
      ['workflows.get', async (value) => workflows.get(value)],
      ['one of workflows.getMany', async (value) => workflows.getMany([id, value])],
      ['workflows.delete', async (value) => workflows.delete(value)],
      ['requestId', async (requestId) => workflows.create(own, { requestId })],
    )
    if (store.capabilities.atomicSubscriptions) {
      each('a subscription of workflows.update', ['eventKey'], aSubscription(), async (opened) =>
        workflows.update({ ...own, id, version: 1 }, { subscriptions: [opened] }),
      )
    }
  }
  if (steps) {
    const members = ['workflowId', 'stepId'] as const
    each('steps.create', members, aStep(step), steps.create)
    each('steps.update', members, { ...aStep(step), version: 1 }, steps.update)
    each('steps.get', members, step, steps.get)
    each('steps.list', ['workflowId'], { workflowId: id }, steps.list)
    each('steps.saveOutput', members, { ...step, output: 1 }, steps.saveOutput)
    each('steps.loadOutput', members, step, steps.loadOutput)
  }
  if (state) {
    each('state.set', ['workflowId', 'key'], { ...entry, value: 1 }, state.set)
    each('state.get', ['workflowId', 'key'], entry, state.get)
    each('state.delete', ['workflowId', 'key'], entry, state.delete)
    result.push(['state.getAll', async (value) => state.getAll(value)])
  }
  if (events) {
    each('events.create', ['id', 'eventName', 'eventKey'], anEvent({ id, ...topic }), events.create)
    each('events.find', ['eventName', 'eventKey'], query, events.find)
    result.push(
      ['events.get', async (value) => events.get(value)],
      ['events.markProcessed', async (value) => events.markProcessed(value)],
      ['events.markUnprocessed', async (value) => events.markUnprocessed(value)],
    )
  }
  if (subscriptions) {
    const own = aSubscription({ id, workflowId: id, ...topic })
    const members = ['id', 'workflowId', 'eventName', 'eventKey'] as const
    each('subscriptions.create', members, own, subscriptions.create)
    each('subscriptions.find', ['eventName', 'eventKey'], query, subscriptions.find)
    each('subscriptions.findFirstOpen', ['eventName'], query, subscriptions.findFirstOpen)
    each('subscriptions.setToken', ['token', 'workerId'], held, async (request) =>
      subscriptions.setToken(id, request),
    )
    result.push(
      ['subscriptions.get', async (value) => subscriptions.get(value)],
      ['subscriptions.terminate', async (value) => subscriptions.terminate(value)],
      ['subscriptions.setToken', async (value) => subscriptions.setToken(value, held)],
      ['subscriptions.clearToken', async (value) => subscriptions.clearToken(value, id)],
      ['the token of subscriptions.clearToken', async (t) => subscriptions.clearToken(id, t)],
    )
  }
  if (commands) {
    each('commands.schedule', ['name', 'workflowId'], aCommand({ name: id }), commands.schedule)
  }
  if (snapshots) {
    const members = ['instanceId', 'workflowId'] as const
    each('snapshots.save', members, aSnapshot(snapshot), snapshots.save)
    each('snapshots.load', members, snapshot, snapshots.load)
    each('snapshots.delete', members, snapshot, snapshots.delete)
    result.push([
      'the taskId of a ready task',
      async (taskId) => snapshots.save(aSnapshot({ ...snapshot, readyTasks: [{ taskId }] })),
    ])
  }
  if (claims) {
    const members = ['instanceId', 'workflowId', 'taskId', 'workerId'] as const
    const claim = aClaim(snapshot)
    each('claims.claim', members, { ...task, ttl: 1 }, claims.claim)
    each('claims.extend', members, claim, async (lost) => claims.extend(lost, 1))
    each('claims.release', members, claim, claims.release)
    each('claims.claimNext', ['workerId'], { workerId: id, ttl: 1 }, claims.claimNext)
    result.push(['a tag of claims.findAvailable', async (t) => claims.findAvailable({ tags: [t] })])
  }
  if (errors) {
    each('errors.append', ['id', 'workflowId'], anError({ id, workflowId: id }), async (error) =>
      errors.append([error]),
    )
    each('errors.list', ['workflowId'], { workflowId: id }, errors.list)
  }
  return result
}

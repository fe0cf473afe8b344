import type { PersistenceProvider } from '@holdfast/spec'
import { EPOCH } from '../clock.ts'
import {
  aClaim,
  aCommand,
  aPointer,
  aSnapshot,
  aStep,
  aSubscription,
  aWorkflow,
  anError,
  anEvent,
} from '../fixtures.ts'
import type { NamedCall } from './calls.ts'

type Members = Readonly<Record<string, unknown>>

/** Calls a method with an argument of which some members are replaced or added. */
type Shape = readonly [where: string, call: (members: Members) => Promise<unknown>]

const NOT_INSTANTS = [
  1.5,
  '2026-01-15',
  Number.NaN,
  8.64e15 + 1,
  -8.64e15 - 1,
  1n,
  new Date(0),
  null,
]
const NOT_COUNTS = [-1, 0.5, '1', 2 ** 53, null]
const NOT_TEXTS = [1, null, {}, ['a']]
const NOT_FLAGS = [0, 1, 'true', null]
const NOT_LISTS = ['', {}, null, 1, new Set()]
const NOT_MAPS = [[], 'a', null, new Map()]
const NOT_TTLS = [0, -1, 1.5, '60', Number.POSITIVE_INFINITY, 3_155_760_000_001]
const NOT_VERSIONS = [0, -1, 1.5, '1', 2 ** 53, null]
const NOT_STATUSES = ['', 'RUNNING', 'unknown', 0, null]

/** A member that no argument has, in every argument and in the parts of it: the call would lose it silently. */
export function unknownMembers(provider: PersistenceProvider, id: string): readonly NamedCall[] {
  return shapesOf(provider, id).map(([where, call]) => [
    `an unknown member in ${where}`,
    async () => call({ colour: 'red' }),
  ])
}

/** Members of a wrong type or outside their range, one at a time. */
export function wrongMembers(provider: PersistenceProvider, id: string): readonly NamedCall[] {
  const shapes = new Map(shapesOf(provider, id))
  return Object.entries(WRONG).flatMap(([where, members]) => {
    const call = shapes.get(where)
    if (call === undefined) return []
    return Object.entries(members).flatMap(([member, values]) =>
      values.map((value): NamedCall => [
        `${member} ${describe(value)} in ${where}`,
        async () => call({ [member]: value }),
      ]),
    )
  })
}

const WRONG: Readonly<Record<string, Readonly<Record<string, readonly unknown[]>>>> = {
  'workflows.create': {
    definitionVersion: NOT_TEXTS,
    tags: [...NOT_MAPS, { a: 1 }, { a: null }],
    status: NOT_STATUSES,
    nextExecution: [undefined, ...NOT_INSTANTS.filter((value) => value !== null)],
    pointers: [undefined, ...NOT_LISTS, [null]],
    progress: [-0.1, 1.1, Number.NaN, '0', null],
    startedAt: NOT_INSTANTS,
    createdAt: NOT_INSTANTS,
    error: ['a', null, {}, []],
  },
  'workflows.update': { version: [undefined, ...NOT_VERSIONS], status: [undefined] },
  'a pointer': {
    id: [undefined, ...NOT_TEXTS],
    active: [undefined, ...NOT_FLAGS],
    status: NOT_STATUSES,
    sleepUntil: NOT_INSTANTS,
    retryCount: NOT_COUNTS,
    children: [undefined, ...NOT_LISTS, [1]],
    scope: [undefined, [null]],
    extensionAttributes: NOT_MAPS,
  },
  'workflows.getRunnable': { asOf: [undefined, ...NOT_INSTANTS] },
  'workflows.list': { status: NOT_STATUSES, createdFrom: NOT_INSTANTS, createdTo: NOT_INSTANTS },
  'workflows.purge': {
    status: [undefined, ...NOT_STATUSES],
    olderThan: [undefined, ...NOT_INSTANTS],
  },
  'steps.create': {
    executionIndex: [undefined, ...NOT_COUNTS, 2 ** 31],
    status: NOT_STATUSES,
    attempt: [undefined, ...NOT_COUNTS, 2 ** 31],
    durationMs: NOT_COUNTS,
    startedAt: NOT_INSTANTS,
    error: ['a', null, {}],
  },
  'steps.update': { version: [undefined, ...NOT_VERSIONS] },
  'events.create': { eventTime: [undefined, ...NOT_INSTANTS], processed: NOT_FLAGS },
  'events.getRunnable': { asOf: [undefined, ...NOT_INSTANTS] },
  'events.find': { asOf: [undefined, ...NOT_INSTANTS] },
  'events.purge': { olderThan: [undefined, ...NOT_INSTANTS] },
  'subscriptions.create': {
    stepId: [undefined, ...NOT_TEXTS],
    subscribeAsOf: [undefined, ...NOT_INSTANTS],
    // Without the worker, and an expiry without a token.
    token: ['token-1'],
    workerId: ['worker-1'],
    tokenExpiry: [EPOCH],
  },
  'subscriptions.setToken': { ttl: [undefined, ...NOT_TTLS] },
  'commands.schedule': { data: [undefined, ...NOT_TEXTS], executeAt: [undefined, ...NOT_INSTANTS] },
  'commands.process': { asOf: [undefined, ...NOT_INSTANTS], ttl: [...NOT_TTLS, null] },
  'snapshots.save': {
    status: [undefined, ...NOT_STATUSES],
    definitionHash: [undefined, ...NOT_TEXTS],
    state: [undefined],
    metadata: NOT_MAPS,
    readyTasks: [undefined, ...NOT_LISTS, [{ taskId: 'a' }, { taskId: 'a' }]],
    version: [undefined, -1, 0.5, '0', 2 ** 53, null],
    createdAt: NOT_INSTANTS,
  },
  'a ready task': {
    tags: [...NOT_LISTS, [1], ['']],
    priority: [1.5, '1', 2 ** 31, -(2 ** 31), Number.NaN, null],
  },
  'claims.claim': { ttl: [undefined, ...NOT_TTLS] },
  'claims.claimNext': { ttl: [undefined, ...NOT_TTLS], tags: [...NOT_LISTS, ['']] },
  'claims.findAvailable': { tags: [...NOT_LISTS, ['']] },
  'claims.release': {
    token: [undefined, ...NOT_VERSIONS],
    claimedAt: [undefined, ...NOT_INSTANTS],
    expiresAt: [undefined, 1.5, 'a'],
  },
  'errors.append': {
    errorTime: [undefined, ...NOT_INSTANTS],
    message: [undefined, ...NOT_TEXTS],
    stack: NOT_TEXTS,
  },
  'state.set': { value: [undefined] },
  'steps.saveOutput': { output: [undefined] },
}

function shapesOf(provider: PersistenceProvider, id: string): readonly Shape[] {
  const { workflows, steps, state, events, subscriptions, commands, snapshots, claims, errors } =
    provider
  const step = { workflowId: id, stepId: id }
  const entry = { workflowId: id, key: id }
  const snapshot = { instanceId: id, workflowId: id }
  const topic = { eventName: id, eventKey: id, asOf: EPOCH }
  const shapes: Shape[] = []
  if (workflows) {
    const own = aWorkflow({ id })
    const error = { message: 'It broke' }
    shapes.push(
      ['workflows.create', async (m) => workflows.create({ ...own, ...m })],
      ['a pointer', async (m) => workflows.create({ ...own, pointers: [{ ...aPointer(), ...m }] })],
      [
        'an error of a workflow',
        async (m) => workflows.create({ ...own, error: { ...error, ...m } }),
      ],
      ['workflows.update', async (m) => workflows.update({ ...own, id, version: 1, ...m })],
      ['workflows.getRunnable', async (m) => workflows.getRunnable({ asOf: EPOCH, ...m })],
      ['workflows.list', async (m) => workflows.list(m)],
      ['workflows.purge', async (m) => workflows.purge({ status: 'failed', olderThan: 0, ...m })],
    )
  }
  if (steps) {
    const own = aStep(step)
    const error = { message: 'It broke' }
    shapes.push(
      ['steps.create', async (m) => steps.create({ ...own, ...m })],
      ['an error of a step', async (m) => steps.create({ ...own, error: { ...error, ...m } })],
      ['steps.update', async (m) => steps.update({ ...own, version: 1, ...m })],
      ['steps.list', async (m) => steps.list({ workflowId: id, ...m })],
      ['steps.saveOutput', async (m) => steps.saveOutput({ ...step, output: 1, ...m })],
    )
  }
  if (state) shapes.push(['state.set', async (m) => state.set({ ...entry, value: 1, ...m })])
  if (events) {
    shapes.push(
      ['events.create', async (m) => events.create({ ...anEvent({ id }), ...m })],
      ['events.getRunnable', async (m) => events.getRunnable({ asOf: EPOCH, ...m })],
      ['events.find', async (m) => events.find({ ...topic, ...m })],
      ['events.purge', async (m) => events.purge({ olderThan: 0, ...m })],
    )
  }
  if (subscriptions) {
    const hold = { token: id, workerId: id, ttl: 1 }
    shapes.push(
      [
        'subscriptions.create',
        async (m) => subscriptions.create({ ...aSubscription({ id }), ...m }),
      ],
      ['subscriptions.find', async (m) => subscriptions.find({ ...topic, ...m })],
      ['subscriptions.findFirstOpen', async (m) => subscriptions.findFirstOpen({ ...topic, ...m })],
      ['subscriptions.setToken', async (m) => subscriptions.setToken(id, { ...hold, ...m })],
    )
  }
  if (commands) {
    shapes.push(
      ['commands.schedule', async (m) => commands.schedule({ ...aCommand({ name: id }), ...m })],
      ['commands.process', async (m) => commands.process({ asOf: 0, ...m }, () => undefined)],
      ['commands.list', async (m) => commands.list(m)],
    )
  }
  if (snapshots) {
    const own = aSnapshot(snapshot)
    const readyTasks = (m: Members) => [{ taskId: id, ...m }]
    shapes.push(
      ['snapshots.save', async (m) => snapshots.save({ ...own, ...m })],
      ['a ready task', async (m) => snapshots.save({ ...own, readyTasks: readyTasks(m) })],
      ['snapshots.list', async (m) => snapshots.list(m)],
    )
  }
  if (claims) {
    const request = { ...snapshot, taskId: id, workerId: id, ttl: 1 }
    const claim = aClaim(snapshot)
    shapes.push(
      ['claims.claim', async (m) => claims.claim({ ...request, ...m })],
      ['claims.claimNext', async (m) => claims.claimNext({ workerId: id, ttl: 1, ...m })],
      ['claims.findAvailable', async (m) => claims.findAvailable(m)],
      ['claims.extend', async (m) => claims.extend({ ...claim, ...m }, 1)],
      ['claims.release', async (m) => claims.release({ ...claim, ...m })],
    )
  }
  if (errors) {
    const own = anError({ workflowId: id })
    shapes.push(
      ['errors.append', async (m) => errors.append([{ ...own, ...m }])],
      ['errors.list', async (m) => errors.list({ workflowId: id, ...m })],
    )
  }
  return shapes
}

function describe(value: unknown): string {
  if (value instanceof Date || value instanceof Map || value instanceof Set)
    return `= a ${value.constructor.name}`
  return `= ${typeof value === 'bigint' ? `${value}n` : (JSON.stringify(value) ?? 'undefined')}`
}

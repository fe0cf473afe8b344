import {
  isPersistenceError,
  type ErrorCode,
  type PersistenceProvider,
  type WriteOptions,
} from '@holdfast/spec'
import { EPOCH } from '../clock.ts'
import { Inconclusive, Violation, equal, ok, show } from '../expect.ts'
import {
  aCommand,
  aSnapshot,
  aStep,
  aSubscription,
  aWorkflow,
  anError,
  anEvent,
} from '../fixtures.ts'
import { rule, type Rule } from '../rule.ts'
import type { Trial } from '../trial.ts'

const CODES: readonly ErrorCode[] = [
  'NOT_FOUND',
  'CONFLICT',
  'CLAIM_LOST',
  'INVALID_VALUE',
  'TOO_LARGE',
  'UNSUPPORTED',
  'BUSY',
  'UNAVAILABLE',
  'CORRUPT',
  'CLOSED',
  'ABORTED',
]

const OUTCOMES = ['not-applied', 'unknown']

/** Decision 15: one class of errors, the same on every adapter. */
export const errorClass: readonly Rule[] = [
  rule('ERROR-01', {
    title: 'every refusal is an Error of the one class, with code, message, retryable and outcome',
    clause: 15,
    needs: [],
    bugs: ['Azure/durabletask PR#1235', 'workflow-core W14', 'workflow-core W36'],
    async check(store, trial) {
      const refused = await refusedCalls(store, trial, trial.id())
      for (const { what, error } of refused) {
        const name = `the error of ${what}`
        ok(error instanceof Error, `${name} is an Error: ${show(error)}`)
        ok(isPersistenceError(error), `${name} is of the one class: ${show(error)}`)
        ok(CODES.includes(error.code), `the code of ${name} is one of the contract: ${error.code}`)
        ok(error.message.length > 0, `${name} has a message`)
        equal(typeof error.retryable, 'boolean', `the type of retryable of ${name}`)
        ok(OUTCOMES.includes(error.outcome), `outcome of ${name} is one of ${OUTCOMES.join(', ')}`)
      }
    },
  }),

  rule('ERROR-02', {
    title:
      'what the same call would meet again is not retryable, and what was refused is not applied',
    clause: 15,
    needs: [],
    bugs: ['Azure/durabletask PR#1235', 'workflow-core #1003'],
    async check(store, trial) {
      for (const { what, code, error } of await refusedCalls(store, trial, trial.id())) {
        if (!isPersistenceError(error, code)) continue
        equal(error.retryable, false, `retryable of ${code}, of ${what}`)
        equal(error.outcome, 'not-applied', `outcome of ${code}, of ${what}`)
      }
    },
  }),

  rule('ERROR-03', {
    title: 'the message of a refusal names the record, or the member of the argument',
    clause: 15,
    strength: 'SHOULD',
    needs: [],
    bugs: ['workflow-core #1003', 'WorkflowForge #14'],
    async check(store, trial) {
      const id = trial.id('named')
      for (const { what, code, error, member } of await refusedCalls(store, trial, id)) {
        if (!isPersistenceError(error, code)) continue
        const wanted = code === 'INVALID_VALUE' ? member : id
        ok(
          error.message.includes(wanted),
          `the message of ${what} names ${wanted}: ${error.message}`,
        )
      }
    },
  }),

  rule('ERROR-04', {
    title: 'options that are no object, and a signal that is no AbortSignal, are a TypeError',
    clause: 15,
    needs: [],
    bugs: ['workflow-core W5', 'Gorkflow: a store that ignores ctx'],
    async check(store, trial) {
      const id = trial.id()
      for (const [method, call] of withOptions(store, id)) {
        for (const [name, options] of wrongOptions) {
          await typeError(async () => call(options as never), `${method} with ${name}`)
          trial.count('calls')
        }
      }
      const { commands } = store
      if (commands === undefined) return
      const process = async (): Promise<unknown> => commands.process({ asOf: EPOCH }, null as never)
      await typeError(process, 'commands.process without a handler')
    },
  }),
]

type Refusal = readonly [
  what: string,
  code: ErrorCode,
  call: () => Promise<unknown>,
  /** What an `INVALID_VALUE` is about. */
  member: string,
]

/** Calls that are refused, for each repository that has such. The first call makes what the others meet. */
function refusals(store: PersistenceProvider, id: string): readonly Refusal[] {
  const { workflows, steps, state, events, subscriptions, commands, snapshots, errors } = store
  const result: Refusal[] = []
  const twice = (what: string, create: () => Promise<unknown>): void => {
    const again = async (): Promise<unknown> => {
      await create()
      return create()
    }
    result.push([`a second ${what}`, 'CONFLICT', again, ''])
  }
  if (workflows) {
    const missing = { ...aWorkflow(), id: `${id}-2`, version: 1 }
    const stale = { ...aWorkflow(), id, version: 2 }
    result.push(['workflows.update', 'NOT_FOUND', async () => workflows.update(missing), ''])
    twice('workflows.create', async () => workflows.create(aWorkflow({ id })))
    result.push(['a stale workflows.update', 'CONFLICT', async () => workflows.update(stale), ''])
    const wrong = aWorkflow({ progress: 2 })
    const create = async (): Promise<unknown> => workflows.create(wrong)
    result.push(['workflows.create', 'INVALID_VALUE', create, 'progress'])
  }
  if (steps) {
    const key = { workflowId: id, stepId: id }
    const missing = { ...aStep({ ...key, stepId: `${id}-2` }), version: 1 }
    result.push(['steps.update', 'NOT_FOUND', async () => steps.update(missing), ''])
    twice('steps.create', async () => steps.create(aStep(key)))
    const wrong = { ...key, output: Number.NaN }
    result.push([
      'steps.saveOutput',
      'INVALID_VALUE',
      async () => steps.saveOutput(wrong),
      'output',
    ])
  }
  if (state) {
    const wrong = { workflowId: id, key: '', value: 1 }
    result.push(['state.set', 'INVALID_VALUE', async () => state.set(wrong), 'key'])
  }
  if (events) twice('events.create', async () => events.create(anEvent({ id })))
  if (subscriptions) {
    twice('subscriptions.create', async () => subscriptions.create(aSubscription({ id })))
  }
  if (commands) {
    const wrong = aCommand({ executeAt: 0.5 })
    const schedule = async (): Promise<unknown> => commands.schedule(wrong)
    result.push(['commands.schedule', 'INVALID_VALUE', schedule, 'executeAt'])
  }
  if (snapshots) {
    const late = aSnapshot({ instanceId: `${id}-2`, version: 1 })
    result.push(['snapshots.save', 'NOT_FOUND', async () => snapshots.save(late), ''])
    twice('snapshots.save', async () => snapshots.save(aSnapshot({ instanceId: id })))
  }
  if (errors) twice('errors.append', async () => errors.append([anError({ id })]))
  return result
}

interface Refused {
  readonly what: string
  readonly code: ErrorCode
  readonly member: string
  readonly error: unknown
}

/** The errors of those calls. A call that is not refused at all breaks the rule on that call, not one on errors. */
async function refusedCalls(
  store: PersistenceProvider,
  trial: Trial,
  id: string,
): Promise<readonly Refused[]> {
  const refused: Refused[] = []
  for (const [what, code, call, member] of refusals(store, id)) {
    try {
      await call()
    } catch (error) {
      refused.push({ what, code, member, error })
      trial.count('refusals')
    }
  }
  if (refused.length === 0) throw new Inconclusive('No call was refused')
  return refused
}

const wrongOptions: readonly (readonly [name: string, options: unknown])[] = [
  ['an AbortController for a signal', { signal: new AbortController() }],
  ['null for a signal', { signal: null }],
  ['an object for a signal', { signal: { aborted: false } }],
  ['null for options', null],
  ['a signal for options, in a text', 'signal'],
  ['a number for options', 1],
]

type WithOptions = readonly [method: string, call: (options: WriteOptions) => Promise<unknown>]

/** One call that reads and one that writes, of each repository. */
function withOptions(store: PersistenceProvider, id: string): readonly WithOptions[] {
  const { workflows, steps, state, events, subscriptions, commands, snapshots, claims, errors } =
    store
  const step = { workflowId: id, stepId: id }
  const entry = { workflowId: id, key: id, value: 1 }
  const snapshot = aSnapshot({ instanceId: id })
  const topic = { eventName: id, eventKey: id, asOf: EPOCH }
  const calls: WithOptions[] = [
    ['ping', async (o) => store.ping(o)],
    ['ensureStore', async (o) => store.ensureStore(o)],
  ]
  if (workflows) {
    calls.push(['workflows.get', async (o) => workflows.get(id, o)])
    calls.push(['workflows.create', async (o) => workflows.create(aWorkflow({ id }), o)])
  }
  if (steps) {
    calls.push(['steps.get', async (o) => steps.get(step, o)])
    calls.push(['steps.create', async (o) => steps.create(aStep(step), o)])
  }
  if (state) {
    calls.push(['state.getAll', async (o) => state.getAll(id, o)])
    calls.push(['state.set', async (o) => state.set(entry, o)])
  }
  if (events) {
    calls.push(['events.find', async (o) => events.find(topic, o)])
    calls.push(['events.create', async (o) => events.create(anEvent({ id }), o)])
  }
  if (subscriptions) {
    calls.push(['subscriptions.find', async (o) => subscriptions.find(topic, o)])
    calls.push(['subscriptions.create', async (o) => subscriptions.create(aSubscription(), o)])
  }
  if (commands) {
    calls.push(['commands.list', async (o) => commands.list({}, o)])
    calls.push(['commands.schedule', async (o) => commands.schedule(aCommand(), o)])
  }
  if (snapshots) {
    calls.push(['snapshots.list', async (o) => snapshots.list({}, o)])
    calls.push(['snapshots.save', async (o) => snapshots.save(snapshot, o)])
  }
  if (claims) {
    calls.push(['claims.findAvailable', async (o) => claims.findAvailable({}, o)])
    calls.push(['claims.claimNext', async (o) => claims.claimNext({ workerId: id, ttl: 1 }, o)])
  }
  if (errors) {
    calls.push(['errors.list', async (o) => errors.list({ workflowId: id }, o)])
    calls.push(['errors.append', async (o) => errors.append([anError()], o)])
  }
  return calls
}

async function typeError(call: () => Promise<unknown>, what: string): Promise<void> {
  let result: unknown
  try {
    result = await call()
  } catch (error) {
    if (error instanceof TypeError) return
    throw new Violation(`${what}: expected a TypeError, got ${show(error)}`, { cause: error })
  }
  throw new Violation(`${what}: expected a TypeError, but it resolved with ${show(result)}`)
}

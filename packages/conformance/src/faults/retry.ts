import { PersistenceError, isPersistenceError, type NewSnapshot } from '@holdfast/spec'
import { fault, override, type Fault } from './fault.ts'
import { denies, onLoss, returns, sendsAnew, type Reaction } from './losses.ts'
import { anew } from './request-ids.ts'
import { CLOSED } from './served/client.ts'

/** One method, and what it makes of a lost reply. */
type Loss = readonly [
  rule: string,
  path: string,
  react: Reaction,
  says: RegExp,
  meant?: (args: readonly unknown[]) => boolean,
]

const optionsOf = (args: readonly unknown[]): Readonly<Record<string, unknown>> =>
  (args[1] ?? {}) as Readonly<Record<string, unknown>>
const versionOf = (args: readonly unknown[]): number => (args[0] as NewSnapshot).version
const fenced = (args: readonly unknown[]): boolean => optionsOf(args).fence !== undefined
const subscribing = (args: readonly unknown[]): boolean =>
  optionsOf(args).subscriptions !== undefined

const sentAnew: readonly Loss[] = [
  ['RETRY-01', 'workflows.create', sendsAnew, /CONFLICT/],
  ['RETRY-02', 'workflows.update', sendsAnew, /CONFLICT/, (args) => !subscribing(args)],
  ['RETRY-03', 'workflows.update', sendsAnew, /CONFLICT/, subscribing],
  ['RETRY-06', 'steps.create', sendsAnew, /CONFLICT/],
  ['RETRY-07', 'steps.update', sendsAnew, /CONFLICT/],
  ['RETRY-12', 'events.create', sendsAnew, /stored after events\.create/],
  ['RETRY-16', 'subscriptions.create', sendsAnew, /stored after subscriptions\.create/],
  ['RETRY-21', 'snapshots.save', sendsAnew, /CONFLICT/, (args) => versionOf(args) === 0],
  [
    'RETRY-22',
    'snapshots.save',
    sendsAnew,
    /CONFLICT/,
    (args) => versionOf(args) > 0 && !fenced(args),
  ],
  ['RETRY-24', 'snapshots.save', sendsAnew, /CONFLICT/, fenced],
  ['RETRY-25', 'claims.claim', sendsAnew, /actual: +null/],
  ['RETRY-28', 'claims.claimNext', sendsAnew, /actual: .*task-2/],
  ['RETRY-11', 'errors.append', sendsAnew, /stored after errors\.append/],
]

const denied: readonly Loss[] = [
  'RETRY-04 workflows.delete',
  'RETRY-05 workflows.purge',
  'RETRY-08 steps.saveOutput',
  'RETRY-09 state.set',
  'RETRY-10 state.delete',
  'RETRY-14 events.markUnprocessed',
  'RETRY-15 events.purge',
  'RETRY-17 subscriptions.terminate',
  'RETRY-19 subscriptions.clearToken',
  'RETRY-23 snapshots.delete',
  'RETRY-27 claims.release',
].map((line) => {
  const [rule = '', path = ''] = line.split(' ')
  return [rule, path, denies, /ended with outcome not-applied: the old/]
})

const mistaken: readonly Loss[] = [
  ['RETRY-13', 'events.markProcessed', returns(false), /actual: +false/],
  ['RETRY-18', 'subscriptions.setToken', returns(false), /actual: +false/],
  ['RETRY-26', 'claims.extend', returns(null), /actual: +null/],
  [
    'RETRY-20',
    'commands.schedule',
    () => {
      throw new PersistenceError('CONFLICT', 'It is scheduled already')
    },
    /got CONFLICT/,
  ],
  ['RETRY-29', 'commands.process', returns({ processed: 0, failures: [] }), /reports/],
  ['RETRY-31', 'workflows.get', returns(null), /workflows\.get whose reply was lost/],
]

function planted(name: string, bug: string, losses: readonly Loss[]): readonly Fault[] {
  return losses.map(([rule, path, react, says, meant]) =>
    fault(`${rule.toLowerCase()}-${name}`, {
      rule,
      also: ['RETRY-30', 'RETRY-37', 'RETRY-38'].filter((other) => other !== rule),
      bug,
      says,
      network: true,
      wrap: (provider) => onLoss(provider, path, react, meant),
    }),
  )
}

/** Clients that take a lost reply for something else than what it is. */
export const retryFaults: readonly Fault[] = [
  ...planted(
    'sent-anew',
    'vercel/workflow PR#2295: what is sent again is another request to the server',
    sentAnew,
  ),
  ...planted(
    'denied',
    'durabletask PR#1235: the caller is told that nothing was written, which nobody knows',
    denied,
  ),
  ...planted(
    'mistaken',
    'Auth.js upstash adapter: a failure of the network is told as an answer of the store',
    mistaken,
  ),

  fault('lost-write-is-reported-as-done', {
    rule: 'RETRY-30',
    bug: 'unstorage: a failure is caught, and the write counts as made',
    says: /state\.set that was cut before it reached the server.*and succeeded/s,
    network: true,
    wrap: (provider) => onLoss(provider, 'state.set', returns(undefined)),
  }),

  fault('end-of-the-stream-is-no-error', {
    rule: 'RETRY-38',
    bug: 'event-queue#525: a driver tells a reset from an end, and nobody had thought of the end',
    says: /state\.set whose connection was closed.*no PersistenceError/s,
    network: true,
    wrap: (provider) =>
      override(provider, 'state', (real) => ({
        async set(entry, options) {
          try {
            await real.set(entry, options)
          } catch (error) {
            if (error instanceof Error && error.message === CLOSED) throw new Error('read EOF')
            throw error
          }
        },
      })),
  }),

  fault('ensure-store-fails-for-ever', {
    rule: 'RETRY-32',
    bug: 'a promise is kept to do it once, and with it the failure',
    says: /ensureStore repeated after a cut/,
    network: true,
    wrap(provider) {
      let once: Promise<void> | undefined
      return { ...provider, ensureStore: async () => (once ??= provider.ensureStore()) }
    },
  }),

  fault('ping-asks-nobody', {
    rule: 'RETRY-33',
    also: ['RETRY-34', 'RETRY-36'],
    bug: 'event-queue#525: a health check that looks at the pool, and not at the server',
    says: /ping of a server that is away: expected UNAVAILABLE, but it resolved/,
    network: true,
    wrap: (provider) => ({ ...provider, ping: async () => undefined }),
  }),

  fault('given-up-is-called-not-applied', {
    rule: 'RETRY-34',
    bug: 'durabletask PR#1235: the caller is told that nothing was written, which nobody knows',
    says: /the outcome of workflows\.create that was given up/,
    network: true,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        async create(workflow, options) {
          try {
            return await real.create(workflow, options)
          } catch (cause) {
            if (!isPersistenceError(cause, 'ABORTED')) throw cause
            throw new PersistenceError('ABORTED', cause.message, { cause })
          }
        },
      })),
  }),

  fault('given-up-is-forgotten', {
    rule: 'RETRY-35',
    bug: 'langgraph#7201: a request that was cancelled is another one when it comes again',
    says: /workflows\.create, given up, and repeated.*CONFLICT/s,
    network: true,
    wrap(provider) {
      const forgotten = new Set<string>()
      return override(provider, 'workflows', (real) => ({
        async create(workflow, options) {
          const { requestId = '' } = options ?? {}
          try {
            return await real.create(workflow, forgotten.has(requestId) ? anew(options) : options)
          } catch (error) {
            if (isPersistenceError(error, 'ABORTED')) forgotten.add(requestId)
            throw error
          }
        },
      }))
    },
  }),

  fault('disposal-says-goodbye', {
    rule: 'RETRY-36',
    bug: 'cap-js/event-queue#525: a pool that cannot be closed while its server is away',
    says: /disposal when connections are reset.*UNAVAILABLE/s,
    network: true,
    wrap: (provider) => ({
      ...provider,
      async [Symbol.asyncDispose]() {
        await provider.ping()
        await provider[Symbol.asyncDispose]()
      },
    }),
  }),

  fault('raw-error-under-load', {
    rule: 'RETRY-37',
    bug: 'Gorkflow LibSQL: the error of the driver comes through where several calls fail at once',
    says: /no PersistenceError/,
    network: true,
    wrap(provider) {
      let underWay = 0
      const counted = async <T>(call: () => Promise<T>): Promise<T> => {
        underWay += 1
        try {
          return await call()
        } catch (error) {
          const several = isPersistenceError(error, 'UNAVAILABLE') && underWay > 1
          throw several ? new Error('Connection terminated') : error
        } finally {
          underWay -= 1
        }
      }
      return override(
        override(provider, 'state', (real) => ({
          set: async (entry, options) => counted(async () => real.set(entry, options)),
        })),
        'workflows',
        (real) => ({
          create: async (workflow, options) => counted(async () => real.create(workflow, options)),
        }),
      )
    },
  }),
]

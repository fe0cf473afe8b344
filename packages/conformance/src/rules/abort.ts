import {
  REPOSITORY_NAMES,
  type PersistenceError,
  type PersistenceProvider,
  type WriteOptions,
} from '@holdfast/spec'
import { equal, ok, rejects } from '../expect.ts'
import { aPointer, aSubscription, aWorkflow } from '../fixtures.ts'
import { rule, type Rule, type Store } from '../rule.ts'
import type { Trial } from '../trial.ts'
import { everyCall } from './calls.ts'
import { saveReady } from './ready.ts'
import { isThere, samplesOf } from './samples.ts'

/** How many calls are aborted, each at another time. */
const RUNS = 20

/** Decision 16: a caller that gives up is told at once, and leaves no record half written. */
export const abort: readonly Rule[] = [
  rule('ABORT-01', {
    title: 'a call with a signal that fired before rejects with ABORTED and changes nothing',
    clause: 16,
    needs: [],
    bugs: ['Gorkflow cancelWorkflow', 'flow-orchestrator: no context'],
    async check(store, trial) {
      const [there, free] = [trial.id(), trial.id()]
      for (const sample of samplesOf(store, there, 'a')) await sample.write(store)
      const snapshot = hasTasks(store) ? await saveReady(store, trial) : undefined
      const samples = [there, free].flatMap((id) => samplesOf(store, id, 'a'))
      const read = async (): Promise<unknown> => {
        const found: unknown[] = [(await store.claims?.findAvailable())?.items]
        for (const sample of samples) found.push(await sample.read(store))
        return found
      }
      const before = await read()
      const giving = withOptions(store, { signal: AbortSignal.abort() })
      for (const id of [there, free, snapshot?.instanceId ?? free]) {
        for (const [method, call] of everyCall(giving, id)) {
          const { outcome } = await rejects(
            call(),
            'ABORTED',
            `${method} when its signal has fired`,
          )
          equal(outcome, 'not-applied', `the outcome of ${method} when its signal has fired`)
        }
      }
      equal(await read(), before, 'the records after calls whose signals had fired')
    },
  }),

  rule('ABORT-02', {
    title: 'the cause of ABORTED is the reason of the signal',
    clause: 16,
    needs: [],
    bugs: ['durabletask PR#1235', 'Gorkflow cancelWorkflow'],
    async check(store, trial) {
      const reason = new Error('Enough')
      const giving = withOptions(store, { signal: AbortSignal.abort(reason) })
      for (const [method, call] of everyCall(giving, trial.id())) {
        const { cause } = await rejects(call(), 'ABORTED', `${method} when its signal has fired`)
        ok(cause === reason, `the cause of what ${method} throws is the reason of the signal`)
      }
    },
  }),

  rule('ABORT-03', {
    title: 'an update that is aborted on the way leaves the old workflow or the new one',
    clause: 16,
    needs: ['workflows'],
    bugs: ['Gorkflow cancelWorkflow', 'flow-orchestrator 0.9.0', 'WorkflowForge torn JSON'],
    async check({ workflows }, trial) {
      const client = await trial.reopen<'workflows'>()
      const first = await workflows.create(aWorkflow())
      const usual = await turnsOf(async () => client.workflows.update(first))
      const runs = []
      for (let run = 0; run < RUNS; run += 1) {
        const old = await workflows.create(aWorkflow({ data: { is: 'old' } }))
        const pointers = [aPointer({ outcome: run })]
        const change = { ...old, status: 'suspended', data: { is: 'new' }, pointers } as const
        const end = await abortAfter(spread(run, usual), trial, async (signal) =>
          client.workflows.update(change, { signal }),
        )
        runs.push({ old, change, end })
      }
      // Disposal waits for the calls under way: from here on nothing changes any more.
      await client[Symbol.asyncDispose]()
      for (const { old, change, end } of runs) {
        const stored = await workflows.get(old.id)
        const applied = stored?.version !== old.version
        const updated = { ...change, version: 2, updatedAt: stored?.updatedAt }
        equal(stored, applied ? updated : old, 'the workflow is wholly the old or the new one')
        judge(end, applied)
      }
    },
  }),

  rule('ABORT-04', {
    title: 'an update that is aborted on the way opens all of its subscriptions or none',
    clause: 16,
    needs: ['workflows', 'subscriptions'],
    features: ['atomicSubscriptions'],
    bugs: ['workflow-core#1192', 'workflow-core W16', 'Gorkflow cancelWorkflow'],
    async check({ workflows, subscriptions }, trial) {
      const client = await trial.reopen<'workflows'>()
      const first = await workflows.create(aWorkflow())
      const usual = await turnsOf(async () =>
        client.workflows.update(first, { subscriptions: [aSubscription(), aSubscription()] }),
      )
      const runs = []
      for (let run = 0; run < RUNS; run += 1) {
        const workflow = await workflows.create(aWorkflow())
        const ids = [trial.id(), trial.id()]
        const opened = ids.map((id) => aSubscription({ id, workflowId: workflow.id }))
        const end = await abortAfter(spread(run, usual), trial, async (signal) =>
          client.workflows.update(workflow, { signal, subscriptions: opened }),
        )
        runs.push({ workflow, ids, end })
      }
      await client[Symbol.asyncDispose]()
      for (const { workflow, ids, end } of runs) {
        const applied = (await workflows.get(workflow.id))?.version === 2
        for (const id of ids) {
          const message = `whether a subscription is there, where applied is ${applied}`
          equal((await subscriptions.get(id)) !== null, applied, message)
        }
        judge(end, applied)
      }
    },
  }),

  rule('ABORT-05', {
    title: 'calls that were aborted do not spoil the calls after them',
    clause: 16,
    needs: [],
    bugs: ['cap-js/event-queue#525', 'Gorkflow cancelWorkflow', 'durabletask-mssql#17'],
    async check(_, trial) {
      const client = await trial.reopen()
      const { length } = samplesOf(client, '', '')
      for (let run = 0; run < 5 * length; run += 1) {
        const sample = samplesOf(client, trial.id(), 'a')[run % length]
        await abortAfter(0, trial, async (signal) => sample?.write(withOptions(client, { signal })))
      }
      await client.ping()
      for (const sample of samplesOf(client, trial.id(), 'a')) {
        await sample.write(client)
        const written = await isThere(sample, client)
        ok(written, `${sample.repository}: a write after aborted ones is stored`)
      }
      await client[Symbol.asyncDispose]()
    },
  }),
]

/** The provider with these options in every call that is made without any. */
export function withOptions(
  provider: PersistenceProvider,
  options: WriteOptions,
): PersistenceProvider {
  const wrapped: Record<PropertyKey, unknown> = {
    ...provider,
    ensureStore: async () => provider.ensureStore(options),
    ping: async () => provider.ping(options),
  }
  for (const name of REPOSITORY_NAMES) {
    const repository: object | undefined = provider[name]
    if (repository === undefined) continue
    wrapped[name] = new Proxy(repository, {
      get(target, property) {
        const method: unknown = Reflect.get(target, property)
        if (typeof method !== 'function') return method
        // Queries may be left out; options come after them all the same.
        return (...args: unknown[]): unknown =>
          method.call(target, ...(args.length === 0 ? [{}] : args), options)
      },
    })
  }
  return wrapped as unknown as PersistenceProvider
}

/** How an aborted call ended: with its result, or with ABORTED. */
type End = PersistenceError | 'resolved'

/**
 * Makes a call, and aborts it some turns of the event loop later. One that still waits then must end with ABORTED; one
 * that had its reply may have succeeded.
 */
async function abortAfter(
  turns: number,
  trial: Trial,
  call: (signal: AbortSignal) => Promise<unknown>,
): Promise<End> {
  const controller = new AbortController()
  let settled = false
  const ended = call(controller.signal).then(
    () => {
      settled = true
      return undefined
    },
    (error: unknown) => {
      settled = true
      return { error }
    },
  )
  for (let count = 0; count < turns; count += 1) await turn()
  controller.abort()
  await turn()
  const waited = !settled
  const failure = await ended
  if (failure === undefined) {
    ok(!waited, 'a call that was aborted while it waited ends with ABORTED, not with success')
    trial.count('aborted too late')
    return 'resolved'
  }
  trial.count('aborted on the way')
  return rejects(rethrow(failure.error), 'ABORTED', 'a call that is aborted on the way')
}

/** How many turns of the event loop pass until a call settles. */
async function turnsOf(call: () => Promise<unknown>): Promise<number> {
  let settled = false
  void Promise.allSettled([call()]).then(() => {
    settled = true
  })
  let turns = 0
  for (; !settled; turns += 1) await turn()
  return turns
}

/** From at once to a little later than a call usually takes. */
function spread(run: number, usual: number): number {
  return Math.floor((usual * run * 1.2) / RUNS)
}

function judge(end: End, applied: boolean): void {
  if (end === 'resolved') ok(applied, 'an update that succeeded before the abort is stored')
  else if (end.outcome === 'not-applied') ok(!applied, 'an update said to be not applied is not')
}

async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}

async function rethrow(error: unknown): Promise<never> {
  throw error as Error
}

function hasTasks(store: PersistenceProvider): store is Store<'snapshots' | 'claims'> {
  const { repositories } = store.capabilities
  return repositories.includes('snapshots') && repositories.includes('claims')
}

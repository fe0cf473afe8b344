import { isDeepStrictEqual } from 'node:util'
import type { PersistenceError, PersistenceProvider } from '@holdfast/spec'
import { equal, ok, rejects } from '../expect.ts'
import { closeGate } from '../proxy/gate.ts'
import { silence } from '../proxy/cut.ts'
import type { Proxy } from '../proxy/proxy.ts'
import { rule, type Rule, type Store } from '../rule.ts'
import type { Trial } from '../trial.ts'
import { everyCall, type NamedCall } from './calls.ts'
import { cutting, honest, over, settle, succeeds, tripsOf, withoutNames } from './retry-cut.ts'
import { writesOf, type Attempt } from './retry-writes.ts'
import { isThere, samplesOf } from './samples.ts'

const READS =
  /\.(get|getMany|getAll|getRunnable|list|find|findFirstOpen|findAvailable|load|loadOutput)$/

const DEATHS: readonly (readonly [way: string, kill: (proxy: Proxy) => unknown])[] = [
  ['are reset', (proxy) => proxy.reset()],
  ['are reset, and the server is away', async (proxy) => proxy.refuse()],
  ['lead nowhere', (proxy) => proxy.post(silence)],
]

/** What becomes of a provider whose server is cut off, does not answer, or is away. */
export const retryNetwork: readonly Rule[] = [
  rule('RETRY-31', {
    title: 'a reading call whose reply is lost answers or says so, and answers when repeated',
    clause: 15,
    level: 'resilient',
    needs: [],
    bugs: ['unstorage azure-table getItem', 'Auth.js upstash adapter'],
    async check(store, trial) {
      const wire = await trial.wire()
      const id = trial.id()
      for (const sample of samplesOf(store, id, 'a')) await sample.write(store)
      const expected = new Map(await Promise.all(readsOf(store, id).map(answer)))
      for (const [method, read] of readsOf(wire.store, id)) {
        for (const nth of tripsOf(method)) {
          await wire.store.ping()
          const { met, settled } = await cutting(wire, 'reply', nth, read)
          if (!met) {
            over(nth, method)
            break
          }
          trial.count('reply cuts')
          const what = `${method} whose reply was lost, at trip ${nth}`
          if ('error' in settled) honest(settled.error, what)
          else equal(settled.value, expected.get(method), `what ${what}, returns`)
          const again = await succeeds(read(), `${what}, repeated`)
          equal(again, expected.get(method), `what ${what}, returns when it is repeated`)
        }
      }
      if (expected.size === 0) await wire.store.ping()
    },
  }),

  rule('RETRY-32', {
    title: 'ensureStore that is cut at any trip makes the store when it is repeated',
    clause: 0,
    level: 'resilient',
    needs: [],
    bugs: ['graphile-worker concurrent migration', 'Hangfire.PostgreSql#130'],
    async check(_, trial) {
      for (const nth of tripsOf('ensureStore')) {
        const wire = await trial.wire('bare')
        const { met, settled } = await cutting(wire, 'reply', nth, async () =>
          wire.store.ensureStore(),
        )
        if (!met) return over(nth, 'ensureStore')
        trial.count('reply cuts')
        if ('error' in settled) honest(settled.error, `ensureStore that was cut at trip ${nth}`)
        await succeeds(wire.store.ensureStore(), `ensureStore repeated after a cut at trip ${nth}`)
        const id = trial.id()
        for (const sample of samplesOf(wire.store, id, 'a')) {
          await sample.write(wire.store)
          ok(await isThere(sample, wire.store), `${sample.repository} can be written then`)
        }
      }
    },
  }),

  rule('RETRY-33', {
    title: 'ping of a server that refuses connections is UNAVAILABLE, and succeeds when it is back',
    clause: 15,
    level: 'resilient',
    needs: [],
    bugs: ['unstorage azure-table getItem', 'event-queue#525'],
    async check(_, trial) {
      const { proxy, store } = await trial.wire()
      await store.ping()
      await proxy.refuse()
      await rejects(store.ping(), 'UNAVAILABLE', 'ping of a server that is away')
      await proxy.listen()
      await recovers(store, 'a server that was away')
    },
  }),

  rule('RETRY-34', {
    title: 'a call to a server that does not answer ends when its signal fires, made wholly or not',
    clause: 16,
    level: 'resilient',
    needs: [],
    bugs: ['flow-orchestrator: nothing can be given up', 'cap-js/event-queue#525'],
    async check(store: Store, trial) {
      const { proxy, store: cutOff } = await trial.wire()
      const view = (value: unknown): unknown => withoutNames(value, trial)
      for (const write of writesOf(store)) {
        const uncut = await write.prepare(store, trial)
        await uncut.call(cutOff, {})
        const after = view(await uncut.look(store))
        const attempt = await write.prepare(store, trial)
        const before = view(await attempt.look(store))
        await cutOff.ping()
        proxy.post(silence)
        const { outcome } = await abandoned(attempt, cutOff, trial, () => proxy.trips)
        equal(outcome, 'unknown', `the outcome of ${write.method} that was given up`)
        proxy.post(undefined)
        proxy.reset()
        await recovers(cutOff, 'a server that did not answer')
        // A driver may send it now that the server is back.
        const left = view(await attempt.look(store))
        if (!isDeepStrictEqual(left, after))
          equal(left, before, `what ${write.method} that was given up left`)
        trial.count('calls given up')
      }
    },
  }),

  rule('RETRY-35', {
    title: 'a write that was given up while its reply was late is made once, also by its repeat',
    clause: 4,
    level: 'resilient',
    needs: [],
    bugs: ['durabletask PR#1235', 'langgraph#7201', 'vercel/workflow PR#2295'],
    async check(store: Store, trial) {
      const { proxy, store: slow } = await trial.wire()
      const view = (value: unknown): unknown => withoutNames(value, trial)
      for (const write of writesOf(store)) {
        const uncut = await write.prepare(store, trial)
        const result = view(await uncut.call(slow, { requestId: trial.id('request') }))
        const after = view(await uncut.look(store))
        const attempt = await write.prepare(store, trial)
        await slow.ping()
        const options = { requestId: trial.id('request') }
        const gate = closeGate(proxy, 'reply')
        try {
          const controller = new AbortController()
          const call = attempt.call(slow, { ...options, signal: controller.signal })
          await Promise.race([gate.arrival(), settle(call)])
          controller.abort()
          await rejects(call, 'ABORTED', `${write.method} that is given up before its reply`)
        } finally {
          gate[Symbol.dispose]()
        }
        const what = `${write.method}, given up, and repeated with its request id`
        const again = await succeeds(attempt.call(slow, options), what)
        const returned = 'gone' in write && again === write.gone ? result : view(again)
        equal(returned, result, `what ${what}, returns`)
        equal(view(await attempt.look(store)), after, `what is stored after ${what}`)
        trial.count('late replies')
      }
    },
  }),

  rule('RETRY-36', {
    title: 'disposal ends though the connections are dead and the server is away',
    clause: 0,
    level: 'resilient',
    needs: [],
    bugs: ['cap-js/event-queue#525'],
    async check(_, trial) {
      for (const [way, kill] of DEATHS) {
        const { proxy, store } = await trial.wire()
        await Promise.all([store.ping(), store.ping()])
        await kill(proxy)
        await succeeds(
          Promise.resolve(store[Symbol.asyncDispose]()),
          `disposal when connections ${way}`,
        )
        await rejects(store.ping(), 'CLOSED', `ping after disposal when connections ${way}`)
      }
    },
  }),

  rule('RETRY-37', {
    title:
      'when all connections break under many writes, each is made once, or not, and a repeat makes it',
    clause: 4,
    level: 'resilient',
    needs: [],
    bugs: ['event-queue#525', 'durabletask PR#1235', 'langgraph#7201'],
    async check(store: Store, trial) {
      const { proxy, store: cutOff } = await trial.wire()
      const view = (value: unknown): unknown => withoutNames(value, trial)
      // Those that take what matches, whoever put it there, would take each other's.
      const all = writesOf(store).filter(({ method }) => !method.endsWith('.purge'))
      if (all.length === 0) return
      const expected: unknown[] = []
      const attempts: Attempt[] = []
      for (const write of all) {
        const uncut = await write.prepare(store, trial)
        await uncut.call(cutOff, { requestId: trial.id('request') })
        expected.push(view(await uncut.look(store)))
        attempts.push(await write.prepare(store, trial))
      }
      const calls = attempts.map((attempt) => ({ attempt, requestId: trial.id('request') }))
      const gate = closeGate(proxy, 'reply')
      const under = calls.map(async ({ attempt, requestId }) =>
        settle(attempt.call(cutOff, { requestId })),
      )
      try {
        await gate.arrival()
        proxy.reset()
      } finally {
        gate[Symbol.dispose]()
      }
      for (const [index, settled] of (await Promise.all(under)).entries()) {
        const what = `${all[index]?.method} under which all connections broke`
        if ('error' in settled) honest(settled.error, what)
        trial.count('calls under way', 1)
        trial.count('calls that failed', 'error' in settled ? 1 : 0)
      }
      for (const [index, { attempt, requestId }] of calls.entries()) {
        const what = `${all[index]?.method} under which all connections broke, repeated`
        await succeeds(attempt.call(cutOff, { requestId }), what)
        equal(view(await attempt.look(store)), expected[index], `what is stored after ${what}`)
      }
    },
  }),
]

function readsOf(provider: PersistenceProvider, id: string): readonly NamedCall[] {
  return everyCall(provider, id).filter(([method]) => READS.test(method))
}

async function answer([method, read]: NamedCall): Promise<readonly [string, unknown]> {
  return [method, await read()]
}

/** A provider whose server is back answers: at once, or, when it had not noticed yet, at the second call. */
async function recovers(store: PersistenceProvider, from: string): Promise<void> {
  const first = await settle(store.ping())
  if ('error' in first) honest(first.error, `the first ping after ${from}`)
  await succeeds(store.ping(), `the second ping after ${from}`)
}

/** A call that is given up when its request is on the way. */
async function abandoned(
  attempt: Attempt,
  store: Store,
  trial: Trial,
  trips: () => number,
): Promise<PersistenceError> {
  const before = trips()
  const controller = new AbortController()
  const call = attempt.call(store, { requestId: trial.id('request'), signal: controller.signal })
  let ended = false
  const end = (): void => void (ended = true)
  call.then(end, end)
  while (trips() === before && !ended) await new Promise((resolve) => setImmediate(resolve))
  controller.abort()
  return rejects(call, 'ABORTED', 'a call to a server that does not answer')
}

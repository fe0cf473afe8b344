import { REPOSITORY_NAMES, type RepositoryName } from '@holdfast/spec'
import { EPOCH } from '../clock.ts'
import { equal, ok, show } from '../expect.ts'
import { aSnapshot, aStep, aWorkflow } from '../fixtures.ts'
import { rule, type Rule } from '../rule.ts'
import { withOptions } from './abort.ts'
import { everyCall } from './calls.ts'

/** The least that a record may take everywhere. */
const LEAST_PAYLOAD = 327_680

/** Decision 17: what a provider says of itself is so. */
export const capabilities: readonly Rule[] = [
  rule('CAP-01', {
    title: 'a provider has the repositories that its capabilities name, and no others',
    clause: 17,
    needs: [],
    bugs: ['dapr#169', 'workflow-core: NotImplementedException in Redis, Dynamo and Cosmos'],
    async check(store) {
      const { repositories } = store.capabilities
      const known: readonly string[] = REPOSITORY_NAMES
      const unknown = repositories.filter((name) => !known.includes(name))
      equal(unknown, [], 'the repositories that are named and that the contract does not know')
      equal([...new Set(repositories)], repositories, 'the repositories, each named once')
      const present = REPOSITORY_NAMES.filter((name) => store[name] !== undefined)
      equal(present, REPOSITORY_NAMES.filter(isIn(repositories)), 'the repositories that are there')
      ok(repositories.length > 0, 'a provider has at least one repository')
      await store.ping()
    },
  }),

  rule('CAP-02', {
    title: 'the capabilities are of their types, and the limits no lower than the contract allows',
    clause: 17,
    needs: [],
    bugs: ['dapr#169', 'sayiir unfenced default', 'workflow-core W42'],
    async check(store) {
      const { clock, maxPayloadBytes, durability, atomicSubscriptions, fencing } =
        store.capabilities
      const stated = (name: string, value: unknown, values: readonly unknown[]): void =>
        ok(values.includes(value), `${name} is one of ${show(values)}, not ${show(value)}`)
      stated('clock', clock, ['server', 'process', 'injected'])
      stated('durability', durability, ['process', 'restart'])
      stated('atomicSubscriptions', atomicSubscriptions, [true, false])
      stated('fencing', fencing, [true, false])
      ok(
        Number.isSafeInteger(maxPayloadBytes) && maxPayloadBytes >= LEAST_PAYLOAD,
        `maxPayloadBytes is an integer from ${LEAST_PAYLOAD}, not ${show(maxPayloadBytes)}`,
      )
      ok(typeof store.name === 'string' && store.name.length > 0, 'a provider has a name')
      await store.ping()
    },
  }),

  rule('CAP-03', {
    title: 'a provider stamps by the injected clock if it says so, else by one that goes by itself',
    clause: 17,
    needs: [],
    bugs: ['workflow-core W12', 'workflow-core W34', 'temporal PR#7030'],
    async check(store, trial) {
      const { clock } = trial
      const { workflows, steps, snapshots } = store
      const workflowId = trial.id()
      const snapshot = aSnapshot({ instanceId: workflowId })
      for (const version of [0, 1]) {
        const stamps = [
          (await workflows?.create(aWorkflow()))?.createdAt,
          (await steps?.create(aStep({ workflowId, stepId: `${version}` })))?.createdAt,
          (await snapshots?.save({ ...snapshot, version }))?.updatedAt,
        ]
        for (const stamp of stamps.filter((time) => time !== undefined)) {
          if (clock.injected) equal(stamp, clock.now(), 'a stamp, which is what the clock says')
          else ok(stamp !== EPOCH, 'a stamp is not of the injected clock, which stands still')
        }
        await clock.advance(clock.injected ? 1234 : 1)
      }
      if (!workflows && !steps && !snapshots) await store.ping()
    },
  }),

  rule('CAP-04', {
    title: 'every method of a repository that is declared answers, also when its options are empty',
    clause: 17,
    needs: [],
    bugs: [
      'workflow-core: NotImplementedException in Redis, Dynamo and Cosmos',
      'workflow-core W5',
    ],
    async check(store, trial) {
      const id = trial.id()
      for (const provider of [store, withOptions(store, {})])
        for (const [method, call] of everyCall(provider, provider === store ? id : trial.id()))
          await answers(method, call)
    },
  }),
]

function isIn(names: readonly RepositoryName[]): (name: RepositoryName) => boolean {
  return (name) => names.includes(name)
}

/** The calls come in an order in which each of them can succeed. */
async function answers(method: string, call: () => Promise<unknown>): Promise<void> {
  let failure: unknown
  try {
    await call()
    return
  } catch (error) {
    failure = error
  }
  ok(false, `${method} is declared and works, but it threw ${show(failure)}`)
}

import type { Client } from '../../concurrent/clients.ts'
import { allDone, overlap, race, rounds } from '../../concurrent/race.ts'
import type { Span } from '../../concurrent/workers.ts'
import { equal, ok } from '../../expect.ts'
import { rule, type Rule, type Store } from '../../rule.ts'
import { samplesOf } from '../samples.ts'
import { pagedMethods } from '../shelves.ts'

/** Decisions 0 and 8: many clients of one store, and of several in one database. */
export const shared: readonly Rule[] = [
  rule('SHARE-01', {
    title:
      'ensureStore of several clients at once succeeds for each, and keeps what any of them stored',
    clause: 0,
    level: 'concurrent',
    needs: [],
    bugs: ['mastra#16782', 'workflow-core PR#1287', 'workflow-core W18', 'Gorkflow abc1e64'],
    async check(store, trial) {
      await rounds(
        trial,
        await trial.clients(),
        async (lineup) => {
          const suffix = `-${trial.id().split('-').at(-1)}`
          const crew = await trial.clients({ suffix })
          const names = new Set(lineup.map(({ name }) => name))
          const clients = crew.filter(({ name }) => names.has(name))
          const attempts = await race(clients, async ({ name, store: mine }) => {
            await mine.ensureStore()
            for (const sample of samplesOf(mine, name, name)) await sample.write(mine)
          })
          const failed = attempts.find(({ error }) => error !== undefined)
          ok(!failed, `ensureStore at once with others: ${failed?.error?.message}`)
          const looker = await trial.fresh(suffix)
          for (const { name } of clients) {
            for (const sample of samplesOf(looker, name, name)) {
              const found = JSON.stringify(await sample.read(looker))
              const what = `what ${name} stored in ${sample.repository} after ensureStore`
              ok(found !== JSON.stringify(sample.absent), `${what} is there`)
            }
          }
          return true
        },
        { share: 0.03, fewest: 3 },
      )
    },
  }),

  rule('SHARE-02', {
    title:
      'clients of two namespaces that write the same keys at once do not see what the others write',
    clause: 0,
    level: 'concurrent',
    needs: [],
    bugs: ['workflow-es: globals of the module', 'WorkflowForge: a key that stores share'],
    async check(store, trial) {
      const crews = {
        here: await trial.clients(),
        there: await trial.clients({ suffix: '-there' }),
      }
      await rounds(
        trial,
        crews.here,
        async ([first]) => {
          const index = crews.here.findIndex(({ name }) => name === first?.name)
          const here = crews.here[index]
          const there = crews.there[index]
          if (here === undefined || there === undefined) return false
          const id = trial.id('record')
          const [a, b] = await allDone([writeAll(here, id, 'here'), writeAll(there, id, 'there')])
          await allDone([seesOnly(here, id, 'here', 'there'), seesOnly(there, id, 'there', 'here')])
          return a.some((one) => b.some((other) => overlap(one, other)))
        },
        { share: 0.1, fewest: 5 },
      )
    },
  }),

  rule('WALK-01', {
    title: 'who walks through pages while others write finds what stays exactly once, in order',
    clause: 8,
    level: 'concurrent',
    needs: [],
    bugs: ['workflow-core#1002', 'workflow-core W31', 'media-insights#607', 'amazonka#340'],
    async check(store, trial) {
      const clients = await trial.clients()
      const spread = inTurns(clients)
      const { repositories } = store.capabilities
      const methods = pagedMethods.filter(({ needs }) =>
        needs.every((name) => repositories.includes(name)),
      )
      for (const { method, shelves } of methods) {
        const next = shelves(spread, trial)
        await rounds(
          trial,
          clients,
          async (lineup) => {
            const shelf = next()
            const kept: string[] = []
            for (let rank = 50; rank < 1000; rank += 50) kept.push(await shelf.add(rank))
            let walking = true
            let writes = 0
            const write = async (touched: readonly string[]): Promise<void> => {
              while (walking && writes < 300) {
                writes += 1
                const key = await shelf.add((writes * 370) % 1000)
                await shelf.remove?.(key)
                const again = touched[writes % touched.length]
                if (again !== undefined) await shelf.touch?.(again)
              }
            }
            const walk = async (): Promise<void> => {
              const found: string[] = []
              let cursor: string | null = null
              do {
                const page = await shelf.page({ limit: 3, ...(cursor !== null && { cursor }) })
                found.push(...shelf.keysOf(page))
                cursor = page.cursor
              } while (cursor !== null && found.length < 1000)
              const stayed = found.filter((key) => kept.includes(key))
              equal(stayed, shelf.sort(kept), `what stays, on the pages of ${method}`)
            }
            const walkers = allDone(lineup.slice(0, 3).map(walk)).finally(() => {
              walking = false
            })
            // One record has one writer: another would have to read it first.
            await allDone([walkers, write(kept), write([])])
            await shelf.clear()
            return writes > 2
          },
          { share: 0.03, fewest: 3 },
        )
      }
    },
  }),
]

async function writeAll(client: Client, id: string, mark: string): Promise<readonly Span[]> {
  const spans: Span[] = []
  for (const sample of samplesOf(client.store, id, mark)) {
    await sample.write(client.store)
    spans.push(client.last)
  }
  return spans
}

async function seesOnly(client: Client, id: string, own: string, other: string): Promise<void> {
  for (const sample of samplesOf(client.store, id, own)) {
    const found = JSON.stringify(await sample.read(client.store))
    const what = `what ${sample.repository} gives in one of two namespaces`
    ok(found.includes(`"${own}"`), `${what} is what was written there: ${found}`)
    ok(!found.includes(`"${other}"`), `${what} is not what was written in the other one: ${found}`)
  }
}

/** A store whose every call is made by the next client. */
function inTurns(clients: readonly Client[]): Store {
  let turn = 0
  const [first] = clients
  if (first === undefined) throw new RangeError('There are no clients')
  const next = (): Store => {
    turn += 1
    return (clients[turn % clients.length] ?? first).store
  }
  const repositoryOf = (name: keyof Store): object =>
    new Proxy(
      {},
      {
        get:
          (_, method) =>
          async (...args: unknown[]) => {
            const repository = next()[name] as unknown as Record<PropertyKey, unknown>
            return (repository[method] as (...given: unknown[]) => unknown)(...args)
          },
      },
    )
  const { name, capabilities } = first.store
  const repositories = capabilities.repositories.map((key) => [key, repositoryOf(key)] as const)
  return { name, capabilities, ...Object.fromEntries(repositories) } as unknown as Store
}

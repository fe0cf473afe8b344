import { PersistenceError, isPersistenceError, type TaskClaim } from '@holdfast/spec'
import { describe, expect, it } from 'vitest'
import { openCrew, type Client, type Crew } from '../src/concurrent/clients.ts'
import { receiveError, sendError } from '../src/concurrent/protocol.ts'
import { contested, oneWinner, overlap, race, rounds } from '../src/concurrent/race.ts'
import { startWorkers, type Workers } from '../src/concurrent/workers.ts'
import { EPOCH } from '../src/clock.ts'
import { aCommand, aWorkflow } from '../src/fixtures.ts'
import { runRule, runRules, rules, type Target } from '../src/index.ts'
import { createRecorder } from '../src/recorder.ts'
import { rule } from '../src/rule.ts'
import { islands } from './fixtures/islands.ts'
import { memoryTarget } from './support.ts'

const base = { title: 'a test', clause: 0, bugs: [], level: 'concurrent' } as const

async function crewOf(target: Target, workers: Workers | undefined): Promise<Crew> {
  const store = await target.open('parent', { clock: () => EPOCH })
  const recorder = createRecorder(5000)
  const now = (): number => EPOCH
  const skew = (): number => 0
  return openCrew({ target, workers, recorder, namespace: 'crew', now, skew, store })
}

function first(crew: Crew): Client {
  const [client] = crew.clients
  if (client === undefined) throw new Error('There are no clients')
  return client
}

describe('clients in one process', () => {
  it('are eight, each a host of its own, on one store', async () => {
    await using crew = await crewOf(memoryTarget(), undefined)
    expect(new Set(crew.clients.map(({ host }) => host)).size).toBe(8)
    const { id } = await first(crew).store.workflows.create(aWorkflow())
    for (const { store } of crew.clients) expect((await store.workflows.get(id))?.id).toBe(id)
  })

  it('make no call while they are stopped', async () => {
    await using crew = await crewOf(memoryTarget(), undefined)
    const client = first(crew)
    client.stop()
    let done = false
    const call = client.store.ping().then(() => {
      done = true
    })
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(done).toBe(false)
    client.resume()
    await call
    expect(done).toBe(true)
  })

  it('make a call again that is BUSY and was not applied', async () => {
    const target = memoryTarget()
    let tries = 0
    const busy: Target = {
      ...target,
      async open(namespace, context) {
        const provider = await target.open(namespace, context)
        const ping = async (): Promise<void> => {
          tries += 1
          if (tries < 3) throw new PersistenceError('BUSY', 'a deadlock')
        }
        return { ...provider, ping }
      },
    }
    await using crew = await crewOf(busy, undefined)
    await first(crew).store.ping()
    expect(tries).toBe(3)
  })
})

describe('clients in worker processes', () => {
  it('join, answer with values and errors, call back, and tell when', async () => {
    const started = await startWorkers(islands, islands.module, 'restart')
    if ('reason' in started) throw new Error(started.reason)
    await using workers = started
    await using crew = await crewOf(islands, workers)
    expect(new Set(crew.clients.map(({ host }) => host)).size).toBe(3)
    const { store, ...client } = first(crew)
    const told = await store.state.get({ workflowId: 'joined', key: 'as' })
    expect(told?.value).toBe('"the mainland"')

    const before = process.hrtime.bigint()
    const created = await store.workflows.create(aWorkflow({ data: { deep: [null] } }))
    expect(created).toMatchObject({ version: 1, data: { deep: [null] } })
    const { last } = first(crew)
    expect(client.host).toBe('process 1')
    expect(before <= last.start && last.start <= last.end).toBe(true)
    expect(last.end <= process.hrtime.bigint()).toBe(true)

    const again = store.workflows.create(aWorkflow({ id: created.id }))
    await expect(again).rejects.toSatisfy((error) => isPersistenceError(error, 'CONFLICT'))

    const handled: string[] = []
    await store.commands.schedule(aCommand({ data: 'a' }))
    await store.commands.schedule(aCommand({ data: 'b' }))
    const report = await store.commands.process({ asOf: EPOCH }, ({ data }) => {
      handled.push(data)
      if (data === 'b') throw new RangeError('not b')
    })
    expect(handled.toSorted()).toEqual(['a', 'b'])
    expect(report).toMatchObject({ processed: 1, failures: [{ error: { message: 'not b' } }] })
  })

  it('get no processor while they are stopped', async () => {
    const started = await startWorkers(islands, islands.module, 'restart')
    if ('reason' in started) throw new Error(started.reason)
    await using workers = started
    await using crew = await crewOf(islands, workers)
    const client = first(crew)
    const other = crew.clients.find(({ host }) => host !== client.host)
    client.stop()
    let done = false
    const call = client.store.ping().then(() => {
      done = true
    })
    await other?.store.ping()
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(done).toBe(false)
    client.resume()
    await call
  })

  it('that end fail the calls that they were asked', async () => {
    const started = await startWorkers(islands, islands.module, 'restart')
    if ('reason' in started) throw new Error(started.reason)
    const crew = await crewOf(islands, started)
    await started[Symbol.asyncDispose]()
    await expect(first(crew).store.ping()).rejects.toThrow(/process 1 ended with SIGKILL/)
  })

  it('must see what this process stored', async () => {
    const races = rules.filter(({ id }) => id === 'RACE-01')
    await expect(runRules(islands, races, { seed: 1 })).rejects.toThrow(
      /islands cannot be used by another process: .* is it the same store/,
    )
  })

  it.each([
    [{ ...islands }, 'process', 'what it stores does not leave its process'],
    [memoryTarget(), 'restart', 'the target names no module'],
    [withoutShare(islands), 'restart', 'the target has a setup(), but no share() and join()'],
  ] as const)('are not there, and the report says why: %#', async (target, durability, reason) => {
    expect(await startWorkers(target, target.module, durability)).toEqual({ reason })
  })
})

describe('a race', () => {
  it('has one winner, or is a violation that names those who won', async () => {
    await using crew = await crewOf(memoryTarget(), undefined)
    const attempts = await race(crew.clients, async ({ name }) => name === 'client-3')
    const { winner, ...all } = oneWinner(attempts, { value: false }, 'being third')
    expect(winner).toBe(true)
    expect(all.losers).toHaveLength(7)
    expect(() => oneWinner(attempts, { value: true }, 'not being third')).toThrow(
      /not being third: 7 of 8 clients won \(client-1, client-2, .*\), not one/,
    )
    expect(() => oneWinner(attempts, { code: 'CONFLICT' }, 'a conflict')).toThrow(/8 of 8/)
  })

  it('is contested when a loser was at it while the winner was', () => {
    const client = { name: 'client-1', host: 'client-1' }
    const at = (start: bigint, end: bigint) => ({
      client,
      span: { start, end },
      value: null as TaskClaim | null,
      error: undefined,
    })
    expect(contested({ winners: [at(0n, 2n)], losers: [at(2n, 3n)] })).toBe(true)
    expect(contested({ winners: [at(0n, 2n)], losers: [at(3n, 4n)] })).toBe(false)
    expect(overlap({ start: 5n, end: 6n }, { start: 0n, end: 4n })).toBe(false)
  })

  it('in which nobody was in the way of anybody is unknown, not pass', async () => {
    const polite = rule('TEST-01', {
      ...base,
      needs: [],
      async check(_store, trial) {
        const clients = await trial.clients()
        await rounds(trial, clients, async (lineup) => {
          for (const { store } of lineup) await store.ping()
          return false
        })
      },
    })
    const result = await runRule(memoryTarget(), polite, { seed: 1 })
    expect(result).toMatchObject({ verdict: 'unknown', reason: /nobody was in anybody's way/ })
  })
})

it('sends errors to another process and back', () => {
  const options = { outcome: 'unknown', retryable: false } as const
  const back = receiveError(sendError(new PersistenceError('UNAVAILABLE', 'gone', options)))
  expect(back).toMatchObject({ code: 'UNAVAILABLE', message: 'gone', ...options })
  expect(isPersistenceError(back)).toBe(true)
  expect(receiveError(sendError(new RangeError('far')))).toMatchObject({
    name: 'RangeError',
    message: 'far',
  })
  expect(receiveError(sendError('text')).message).toBe('text')
})

function withoutShare({ share: _, ...rest }: Target): Target {
  return rest
}

import { DatabaseSync } from 'node:sqlite'
import { beforeEach, expect, it } from 'vitest'
import { createSqliteProvider } from '../src/index.ts'
import { NOW, aSnapshot, aWorkflow, whole, type Whole } from './support.ts'

let now: number
let store: Whole

beforeEach(async () => {
  now = NOW
  const database = new DatabaseSync(':memory:')
  store = whole(createSqliteProvider({ database, clock: () => now }))
  await store.ensureStore()
})

it.each([-5, 0, 5])(
  'a command scheduled anew %i ms from its time, after its lease ran out, survives the late end of its handler',
  async (shift) => {
    const command = { name: 'n', data: 'd', executeAt: NOW }
    const anew = { ...command, executeAt: NOW + shift }
    await store.commands.schedule(command)
    const report = await store.commands.process({ asOf: NOW, ttl: 10, limit: 1 }, async () => {
      now += 10
      const next = Math.min(NOW, anew.executeAt)
      expect(await store.commands.schedule(anew)).toEqual({ ...command, executeAt: next })
    })
    expect(report.processed).toBe(1)
    expect((await store.commands.list()).items).toEqual([anew])
  },
)

it('a token grows across the deletion of its task, also within one millisecond', async () => {
  const key = { instanceId: 'i', workflowId: 'w' }
  const tokens: number[] = []
  const claim = async (): Promise<void> => {
    const claimed = await store.claims.claim({ ...key, taskId: 't', workerId: 'u', ttl: null })
    tokens.push(claimed?.token ?? Number.NaN)
    if (claimed) await store.claims.release(claimed)
  }
  for (const remove of [
    () => store.snapshots.delete(key),
    () => store.workflows.delete('i'),
    () => store.workflows.purge({ status: 'complete', olderThan: NOW + 1 }),
  ]) {
    await store.workflows.create(aWorkflow({ id: 'i', status: 'complete' })).catch(() => undefined)
    await store.snapshots.save(aSnapshot())
    await claim()
    await claim()
    expect(await remove()).toBeTruthy()
    expect(await store.snapshots.load(key)).toBeNull()
  }
  expect(tokens).toEqual([0, 1, 2, 3, 4, 5].map((step) => NOW + step))
})

it('a claim outlives that its task is not ready any more, and fences until it is lost', async () => {
  const key = { instanceId: 'i', workflowId: 'w', taskId: 't' }
  await store.snapshots.save(aSnapshot())
  const fence = await store.claims.claim({ ...key, workerId: 'u', ttl: 10 })
  if (!fence) throw new Error('not claimed')
  await store.snapshots.save(aSnapshot({ readyTasks: [], version: 1 }), { fence })
  await store.snapshots.save(aSnapshot({ readyTasks: [], version: 2 }), { fence })
  now += 10
  await expect(
    store.snapshots.save(aSnapshot({ readyTasks: [], version: 3 }), { fence }),
  ).rejects.toMatchObject({ code: 'CLAIM_LOST' })
  expect(await store.claims.extend(fence, 10)).toBeNull()
})

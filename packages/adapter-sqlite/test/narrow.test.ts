import { statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSqliteProvider } from '../src/index.ts'
import { NOW, aSnapshot, aSubscription, temporaryFile, whole, type Whole } from './support.ts'

const LARGE = 'x'.repeat(1024 * 1024)

describe('what changes often does not rewrite a document of 1 MiB', () => {
  const file = temporaryFile()
  let database: DatabaseSync
  let store: Whole

  beforeAll(async () => {
    store = whole(createSqliteProvider({ path: file, clock: () => NOW }))
    await store.ensureStore()
    const topic = { eventName: 'n', eventKey: 'k' }
    await store.events.create({ id: 'e', ...topic, eventTime: NOW, data: LARGE })
    await store.subscriptions.create(aSubscription({ id: 's', data: LARGE }))
    await store.snapshots.save(
      aSnapshot({ state: LARGE, readyTasks: [{ taskId: 't', input: LARGE }] }),
    )
    database = new DatabaseSync(file)
  })

  afterAll(async () => {
    database.close()
    await store[Symbol.asyncDispose]()
  })

  it.each<[string, () => Promise<unknown>]>([
    ['events.markProcessed', () => store.events.markProcessed('e')],
    ['events.markUnprocessed', () => store.events.markUnprocessed('e')],
    [
      'subscriptions.setToken',
      () => store.subscriptions.setToken('s', { token: 't', workerId: 'u', ttl: 1 }),
    ],
    ['subscriptions.clearToken', () => store.subscriptions.clearToken('s', 't')],
    [
      'claims.claim, extend, release',
      async () => {
        const key = { instanceId: 'i', workflowId: 'w', taskId: 't' }
        const claim = await store.claims.claim({ ...key, workerId: 'u', ttl: 1000 })
        const extended = claim && (await store.claims.extend(claim, 2000))
        return extended && store.claims.release(extended)
      },
    ],
  ])('%s', async (_, work) => {
    database.exec('pragma wal_checkpoint(truncate)')
    expect(await work()).toBe(true)
    // The log holds the pages that were written.
    expect(statSync(`${file}-wal`).size).toBeLessThan(64 * 1024)
  })

  it('a save that leaves a task as it was does not rewrite its input', async () => {
    database.exec('pragma wal_checkpoint(truncate)')
    const readyTasks = [{ taskId: 't', input: LARGE }]
    await store.snapshots.save(aSnapshot({ state: 'small', readyTasks, version: 1 }))
    // Once in the snapshot's own body, and not once more.
    expect(statSync(`${file}-wal`).size).toBeLessThan(1.2 * LARGE.length)
  })
})

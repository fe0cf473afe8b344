import { TableServiceClient } from '@azure/data-tables'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { available, startTableStorage } from '../src/index.ts'
import { environment, privateTmp } from './support.ts'

const local = environment({ HOLDFAST_ENGINE: 'local' })

async function tables(url: string): Promise<number> {
  const client = TableServiceClient.fromConnectionString(url, {
    allowInsecureConnection: true,
    retryOptions: { maxRetries: 0 },
  })
  let count = 0
  for await (const _ of client.listTables()) count += 1
  return count
}

let tmp: Awaited<ReturnType<typeof privateTmp>>
beforeEach(async () => {
  tmp = await privateTmp()
  vi.stubEnv('TMPDIR', tmp.path)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await tmp[Symbol.asyncDispose]()
})

test('a local Azurite states its version, grade and way, and leaves nothing behind', async () => {
  const engine = await startTableStorage({ env: local })
  expect(engine).toMatchObject({
    name: 'table-storage',
    grade: 'emulator',
    via: 'local',
    skipped: [
      'url: HOLDFAST_TABLE_STORAGE_URL is not set',
      'container: not allowed by HOLDFAST_ENGINE=local',
    ],
  })
  expect(engine.version).toMatch(/^Azurite \d+\.\d+\.\d+$/)
  expect(engine.url).toContain('TableEndpoint=http://127.0.0.1:')
  expect(await tables(engine.url)).toBe(0)
  await engine[Symbol.asyncDispose]()
  await engine[Symbol.asyncDispose]()
  expect(await tmp.entries()).toEqual([])
  await expect(tables(engine.url)).rejects.toBeInstanceOf(Error)
})

test('does not let in whoever has another key, and is reached by its connection string', async () => {
  await using engine = await startTableStorage({ env: local })
  await expect(tables(engine.url.replace('AccountKey=', 'AccountKey=AAAA'))).rejects.toMatchObject({
    statusCode: 403,
  })
  const env = environment({ HOLDFAST_TABLE_STORAGE_URL: engine.url })
  expect(await available('table-storage', env)).toMatchObject({ via: 'url', grade: 'emulator' })
})

test('what is no connection string is refused', async () => {
  const env = environment({ HOLDFAST_TABLE_STORAGE_URL: 'https://account.example' })
  await expect(startTableStorage({ env })).rejects.toMatchObject({ code: 'MISCONFIGURED' })
})

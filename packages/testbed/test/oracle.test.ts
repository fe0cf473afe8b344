import { expect, test } from 'vitest'
import { oracleCredentials, startOracle } from '../src/index.ts'
import { environment, query } from './support.ts'

const noDocker = { DOCKER_HOST: 'unix:///nonexistent/docker.sock' }

test('what stands in for Oracle says so, and what it is', async () => {
  await using engine = await startOracle({ env: environment(noDocker) })
  expect(engine).toMatchObject({ name: 'oracle', grade: 'stand-in', via: 'local' })
  expect(engine.version).toMatch(/^\(translated to PostgreSQL \d/)
  expect(engine.skipped).toHaveLength(2)
  expect(await query(engine.url, 'select 1 as one')).toEqual({ one: 1 })
})

test('a URL of something else is an error', async () => {
  const env = environment({ HOLDFAST_ORACLE_URL: 'mysql://localhost' })
  await expect(startOracle({ env })).rejects.toMatchObject({ code: 'MISCONFIGURED' })
})

test('a URL says what the driver connects with', () => {
  expect(oracleCredentials('oracle://a%40b:p%2Fw@db.example.com:1522/FREEPDB1')).toEqual({
    user: 'a@b',
    password: 'p/w',
    connectString: 'db.example.com:1522/FREEPDB1',
  })
})

import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { startMongo } from '../src/index.ts'
import { connected } from '../src/mongo/server.ts'

const { HOME, PATH, XDG_CACHE_HOME } = process.env
const env = { HOME, PATH, XDG_CACHE_HOME, HOLDFAST_ENGINE: 'local' }

const here = ['javac', 'mvn'].every((program) => spawnSync(program, ['-version']).status === 0)

describe.runIf(here)('the stand-in', () => {
  it('says what it is, and keeps strings in the order of MongoDB', async () => {
    await using engine = await startMongo({ env })
    expect(engine).toMatchObject({ name: 'mongo', grade: 'stand-in', via: 'local' })
    expect(engine.version).toMatch(/mongo-java-server \d/)
    await connected(engine.url, async (client) => {
      const texts = client.db('test').collection<{ _id: string }>('texts')
      // In UTF-16 the second would come first.
      const ids = ['a', '\uffee', '\u{10000}']
      await texts.insertMany(ids.toReversed().map((_id) => ({ _id })))
      const found = await texts.find({}, { sort: { _id: 1 } }).toArray()
      expect(found.map(({ _id }) => _id)).toEqual(ids)
      expect(await texts.countDocuments({ _id: { $gt: '\uffee' } })).toBe(1)
    })
  })

  it('is gone when it is disposed of', async () => {
    const engine = await startMongo({ env })
    await engine[Symbol.asyncDispose]()
    await expect(connected(engine.url, (client) => client.connect())).rejects.toThrow(
      /ECONNREFUSED/,
    )
  })
})

it.each([
  ['no URL of MongoDB', { HOLDFAST_MONGO_URL: 'http://127.0.0.1' }, 'MISCONFIGURED'],
  ['a server that is not there', { HOLDFAST_MONGO_URL: 'mongodb://127.0.0.1:1/' }, 'FAILED'],
])('%s is an error', async (_, given, code) => {
  await expect(startMongo({ env: given })).rejects.toMatchObject({ code })
})

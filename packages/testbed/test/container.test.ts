import { describe, expect, test, vi } from 'vitest'
import { GenericContainer, getContainerRuntimeClient } from 'testcontainers'
import {
  startPostgres,
  startRedis,
  startTableStorage,
  type Engine,
  type Environment,
} from '../src/index.ts'
import { environment, query } from './support.ts'

const image = process.env.HOLDFAST_POSTGRES_IMAGE
const env = environment(image === undefined ? {} : { HOLDFAST_POSTGRES_IMAGE: image })

/** Containers that a test started and that exist still, running or not. */
async function containers(): Promise<readonly string[]> {
  const { container } = await getContainerRuntimeClient()
  const all = await container.dockerode.listContainers({ all: true })
  return all
    .filter(({ Labels }) => Labels['org.testcontainers'] === 'true')
    .filter(({ Labels }) => Labels['org.testcontainers.ryuk'] !== 'true')
    .map(({ Id }) => Id)
}

/** Why there is no container here; where an image is named, that there is none is an error. */
const missing = await (async (): Promise<string | undefined> => {
  const engine = await startPostgres({ env })
  await engine[Symbol.asyncDispose]()
  return engine.via === 'container' ? undefined : engine.skipped.join('; ')
})()

describe.skipIf(missing !== undefined)(`PostgreSQL in a container (${missing ?? 'here'})`, () => {
  test('states its version, grade and way, and dispose leaves no container', async () => {
    const before = await containers()
    const engine = await startPostgres({ env, maxConnections: 150 })
    expect(engine).toMatchObject({ name: 'postgres', grade: 'real', via: 'container' })
    expect(engine.version).toMatch(/^\d+\.\d+/)
    expect(await containers()).toHaveLength(before.length + 1)

    const settings = await query(
      engine.url,
      `select current_setting('fsync') as fsync,
              current_setting('synchronous_commit') as commit,
              current_setting('full_page_writes') as pages,
              current_setting('max_connections') as connections,
              'a' < 'B' as linguistic`,
    )
    expect(settings).toEqual({
      fsync: 'on',
      commit: 'on',
      pages: 'on',
      connections: '150',
      linguistic: true,
    })

    await engine[Symbol.asyncDispose]()
    await engine[Symbol.asyncDispose]()
    expect(await containers()).toEqual(before)
    await expect(query(engine.url, 'select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  test('a start that fails leaves no container and says what the server said', async () => {
    const before = await containers()
    await expect(startPostgres({ env, maxConnections: -1 })).rejects.toMatchObject({
      code: 'FAILED',
      message: expect.stringContaining('-1 is outside the valid range for parameter') as string,
    })
    expect(await containers()).toEqual(before)
  })

  test('a container that Docker creates and cannot start is removed', async () => {
    const before = await containers()
    const withoutCommand = vi
      .spyOn(GenericContainer.prototype, 'withCommand')
      .mockImplementation(function (this: GenericContainer) {
        return this.withEntrypoint(['/no/such/program'])
      })
    await expect(startPostgres({ env })).rejects.toMatchObject({
      code: 'FAILED',
      message: expect.stringContaining('/no/such/program') as string,
    })
    withoutCommand.mockRestore()
    expect(await containers()).toEqual(before)
  })

  test('an image that does not exist is an error', async () => {
    const env = environment({ HOLDFAST_POSTGRES_IMAGE: 'holdfast/no-such-image:0' })
    await expect(startPostgres({ env })).rejects.toMatchObject({
      code: 'FAILED',
      message: expect.stringMatching(
        /HOLDFAST_POSTGRES_IMAGE=holdfast\/no-such-image:0 demands[^]*the image holdfast\/no-such-image:0/,
      ) as string,
    })
  })
})

/** Engines whose images the environment names, and how they start. */
const others = [
  ['redis', 'Redis', (env: Environment) => startRedis({ env })],
  ['table-storage', 'Azurite', (env: Environment) => startTableStorage({ env })],
] as const

describe.each(others)('%s in a container', (name, product, start) => {
  const variable = `HOLDFAST_${name.toUpperCase().replace('-', '_')}_IMAGE`
  const named = process.env[variable]

  test.skipIf(named === undefined)(
    'states its version and way, and dispose leaves no container',
    async () => {
      const before = await containers()
      const engine: Engine = await start(environment({ [variable]: named }))
      expect(engine).toMatchObject({ name, via: 'container' })
      expect(engine.version).toMatch(/\d+\.\d+/)
      expect(await containers()).toHaveLength(before.length + 1)
      await engine[Symbol.asyncDispose]()
      await engine[Symbol.asyncDispose]()
      expect(await containers()).toEqual(before)
    },
  )

  test.skipIf(image === undefined)('an image of something else is an error', async () => {
    const before = await containers()
    await expect(start(environment({ [variable]: image }))).rejects.toMatchObject({
      code: 'FAILED',
      message: expect.stringContaining(
        `${product} did not start in a container of ${image}`,
      ) as string,
    })
    expect(await containers()).toEqual(before)
  })
})

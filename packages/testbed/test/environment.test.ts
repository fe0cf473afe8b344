import { describe, expect, test } from 'vitest'
import { readRequired, readWishes } from '../src/environment.ts'

const url = 'postgres://u:secret@127.0.0.1/db'

describe('readWishes', () => {
  test('nothing set, nothing asked', () => {
    expect(readWishes('postgres', {})).toEqual({
      url: undefined,
      grade: undefined,
      via: 'url',
      image: undefined,
      demanded: undefined,
    })
  })

  test('an empty variable counts as absent', () => {
    const env = { HOLDFAST_POSTGRES_URL: '', HOLDFAST_POSTGRES_IMAGE: '', HOLDFAST_ENGINE: '' }
    expect(readWishes('postgres', env)).toEqual(readWishes('postgres', {}))
  })

  test('HOLDFAST_ENGINE demands its way', () => {
    const { demanded } = readWishes('postgres', { HOLDFAST_ENGINE: 'local' })
    expect(demanded).toEqual({ way: 'local', by: 'HOLDFAST_ENGINE=local' })
  })

  test('an image demands a container', () => {
    const { demanded, image } = readWishes('postgres', { HOLDFAST_POSTGRES_IMAGE: 'postgres:15' })
    expect(image).toBe('postgres:15')
    expect(demanded).toEqual({ way: 'container', by: 'HOLDFAST_POSTGRES_IMAGE=postgres:15' })
  })

  test.each([
    { HOLDFAST_POSTGRES_IMAGE: 'postgres:15', HOLDFAST_ENGINE: 'local' },
    { HOLDFAST_POSTGRES_URL: url, HOLDFAST_ENGINE: 'container' },
    { HOLDFAST_POSTGRES_URL: url, HOLDFAST_POSTGRES_IMAGE: 'postgres:15' },
    { HOLDFAST_ENGINE: 'docker' },
    { HOLDFAST_POSTGRES_URL: url, HOLDFAST_POSTGRES_GRADE: 'none' },
    { HOLDFAST_POSTGRES_URL: url, HOLDFAST_POSTGRES_VIA: 'magic' },
  ])('contradictions and unknown values are errors: %o', (env) => {
    expect(() => readWishes('postgres', env)).toThrow(
      expect.objectContaining({ name: 'EngineError', code: 'MISCONFIGURED' }),
    )
  })

  test('a server that a global setup started in the demanded way is no contradiction', () => {
    const wishes = readWishes('postgres', {
      HOLDFAST_POSTGRES_URL: url,
      HOLDFAST_POSTGRES_VIA: 'container',
      HOLDFAST_POSTGRES_IMAGE: 'postgres:15',
    })
    expect(wishes).toMatchObject({ url, via: 'container' })
  })
})

describe('readRequired', () => {
  test('a list with spaces and empty places', () => {
    const env = { HOLDFAST_REQUIRE: ' postgres, ,sqlite,' }
    expect(readRequired(['postgres', 'sqlite'], env)).toEqual(['postgres', 'sqlite'])
    expect(readRequired(['postgres'], {})).toEqual([])
    expect(readRequired(['postgres'], { HOLDFAST_REQUIRE: 'pgbouncer' })).toEqual(['pgbouncer'])
  })

  test('an unknown name is an error', () => {
    expect(() => readRequired(['postgres'], { HOLDFAST_REQUIRE: 'postgers' })).toThrow(
      "HOLDFAST_REQUIRE names 'postgers'; the testbed knows postgres, pgbouncer",
    )
  })
})

import { EngineError, type EngineName, type Environment, type Grade, type Via } from './engine.ts'

/** A way that starts something, as opposed to reaching what runs already. */
export type StartingWay = 'container' | 'local'

/** What the environment asks of one engine. */
export interface Wishes {
  /** `HOLDFAST_<ENGINE>_URL`: reach this, start nothing. */
  readonly url: string | undefined
  /** `HOLDFAST_<ENGINE>_GRADE`: what stands behind the URL, where the testbed cannot tell. */
  readonly grade: Exclude<Grade, 'none'> | undefined
  /** `HOLDFAST_<ENGINE>_VIA`: how the engine behind the URL was started, left by a global setup. */
  readonly via: Exclude<Via, 'in-process'>
  /** `HOLDFAST_<ENGINE>_IMAGE`: the container image. */
  readonly image: string | undefined
  /** The one way to start it that is allowed, with the variable that says so. */
  readonly demanded: { readonly way: StartingWay; readonly by: string } | undefined
}

const GRADES = ['real', 'emulator', 'stand-in'] as const
const WAYS = ['container', 'local'] as const
const VIAS = ['url', 'container', 'local'] as const

/** The name of an engine's own variable: `HOLDFAST_POSTGRES_URL`, `HOLDFAST_TABLE_STORAGE_URL`. */
export function variable(engine: EngineName, suffix: string): string {
  return `HOLDFAST_${engine.toUpperCase().replaceAll('-', '_')}_${suffix}`
}

/**
 * Reads what the environment asks of one engine. An empty variable counts as an absent one, as CI
 * systems set optional inputs to the empty string.
 *
 * @throws {EngineError} code `MISCONFIGURED` when variables contradict each other.
 */
export function readWishes(engine: EngineName, env: Environment): Wishes {
  const url = env[variable(engine, 'URL')] || undefined
  const image = env[variable(engine, 'IMAGE')] || undefined
  const via = oneOf(VIAS, variable(engine, 'VIA'), env) ?? 'url'
  const grade = oneOf(GRADES, variable(engine, 'GRADE'), env)
  const forced = oneOf(WAYS, 'HOLDFAST_ENGINE', env)

  if (image !== undefined && forced === 'local') {
    throw new EngineError(
      'MISCONFIGURED',
      `${variable(engine, 'IMAGE')} asks for a container and HOLDFAST_ENGINE=local forbids one; unset one of them`,
    )
  }
  const demanded =
    image !== undefined
      ? { way: 'container' as const, by: `${variable(engine, 'IMAGE')}=${image}` }
      : forced !== undefined
        ? { way: forced, by: `HOLDFAST_ENGINE=${forced}` }
        : undefined
  if (url !== undefined && demanded !== undefined && via !== demanded.way) {
    throw new EngineError(
      'MISCONFIGURED',
      `${variable(engine, 'URL')} names a running server and ${demanded.by} asks to start one; unset one of them`,
    )
  }
  return { url, grade, via, image, demanded }
}

/** Programs that stand in front of an engine in the tests of its adapter, and can be required like one. */
const PROGRAMS = ['pgbouncer']

/**
 * What must be there, from `HOLDFAST_REQUIRE=postgres,sqlite`.
 *
 * @throws {EngineError} code `MISCONFIGURED` for a name that is not known.
 */
export function readRequired(engines: readonly EngineName[], env: Environment): readonly string[] {
  const known: readonly string[] = [...engines, ...PROGRAMS]
  const names = (env.HOLDFAST_REQUIRE ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  for (const name of names) {
    if (!known.includes(name)) {
      throw new EngineError(
        'MISCONFIGURED',
        `HOLDFAST_REQUIRE names '${name}'; the testbed knows ${known.join(', ')}`,
      )
    }
  }
  return names
}

function oneOf<T extends string>(
  allowed: readonly T[],
  name: string,
  env: Environment,
): T | undefined {
  const value = env[name] || undefined
  if (value === undefined) return undefined
  const found = allowed.find((candidate) => candidate === value)
  if (found === undefined) {
    throw new EngineError('MISCONFIGURED', `${name}=${value}; expected ${allowed.join(', ')}`)
  }
  return found
}

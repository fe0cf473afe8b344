import {
  describeError,
  EngineError,
  type Engine,
  type EngineName,
  type Environment,
  type Grade,
} from './engine.ts'
import { readWishes, variable, type StartingWay } from './environment.ts'

/** What a server says of itself. */
export interface Identity {
  readonly version: string
  readonly grade: Exclude<Grade, 'none'>
}

/** A server that one of the ways has brought up. */
export interface Server extends Identity {
  readonly url: string
  /** Stops it and removes what it left; safe to call more than once. */
  stop(): Promise<void>
}

/** The answer of a way that does not exist on this machine. */
export interface Skip {
  readonly skip: string
}

/** The ways to one engine. */
export interface Ladder {
  readonly engine: EngineName
  /** As messages call it, e.g. `PostgreSQL`. */
  readonly product: string
  readonly env: Environment
  /** The variable that names a running server. @default `HOLDFAST_<ENGINE>_URL` */
  readonly urlVariable?: string
  /** What to do where there is none, after "set the variable", e.g. `start a Docker engine`. */
  readonly hint: string
  /** Asks a server that runs already what it is. @throws when it does not answer; {@link EngineError} when it cannot be meant */
  identify(url: string): Promise<Identity>
  /** `image` is what the environment asks for. */
  container(image: string | undefined): Promise<Server | Skip>
  local(): Promise<Server | Skip>
}

/**
 * Gives an engine, in the first of these ways that works:
 *
 * 1. The URL in the environment: a server that runs already. It is never stopped, and when it does not answer that is
 *    an error.
 * 2. A container.
 * 3. A local process.
 *
 * `HOLDFAST_ENGINE=container` or `=local` allows that way only, and so does an image that is named.
 *
 * @throws {EngineError} code `UNAVAILABLE` when no way exists on this machine; `FAILED` when the one that was demanded
 * does not, or when the server does not start or answer; `MISCONFIGURED`.
 */
export async function climb(ladder: Ladder): Promise<Engine> {
  const { engine: name, product, hint } = ladder
  const { urlVariable = variable(name, 'URL') } = ladder
  const { image, demanded, ...wishes } = readWishes(name, ladder.env)
  if (wishes.url !== undefined) {
    const { version, grade } = await reach(ladder, wishes.url, urlVariable)
    const found = { version, grade: wishes.grade ?? grade, url: wishes.url, via: wishes.via }
    return engine(name, found, [], async () => {})
  }

  const ways: Record<StartingWay, () => Promise<Server | Skip>> = {
    container: () => ladder.container(image),
    local: () => ladder.local(),
  }
  const skipped = [`url: ${urlVariable} is not set`]
  for (const way of ['container', 'local'] as const) {
    if (demanded !== undefined && demanded.way !== way) {
      skipped.push(`${way}: not allowed by ${demanded.by}`)
      continue
    }
    const outcome = await ways[way]()
    if (!('skip' in outcome)) {
      const { stop, ...facts } = outcome
      return engine(name, { ...facts, via: way }, skipped, stop)
    }
    skipped.push(`${way}: ${outcome.skip}`)
  }

  const tried = skipped.map((reason) => `  ${reason}`).join('\n')
  if (demanded !== undefined) {
    throw new EngineError('FAILED', `${product} did not start as ${demanded.by} demands\n${tried}`)
  }
  throw new EngineError('UNAVAILABLE', `no ${product} here; set ${urlVariable}, ${hint}\n${tried}`)
}

async function reach(ladder: Ladder, url: string, urlVariable: string): Promise<Identity> {
  try {
    return await ladder.identify(url)
  } catch (cause) {
    if (cause instanceof EngineError) throw cause
    const message = `${urlVariable} (${withoutPassword(url)}) cannot be used: ${describeError(cause)}`
    throw new EngineError('FAILED', message, { cause })
  }
}

/** Fit for a message. What is not a URL, a connection string with a key in it say, is not shown at all. */
function withoutPassword(url: string): string {
  const parsed = URL.parse(url)
  if (parsed === null) return '…'
  parsed.password = ''
  return parsed.href
}

function engine(
  name: EngineName,
  { version, grade, url, via }: Pick<Engine, 'version' | 'grade' | 'url' | 'via'>,
  skipped: readonly string[],
  stop: () => Promise<void>,
): Engine {
  let stopped: Promise<void> | undefined
  return {
    ...{ name, version, grade, via, url, skipped },
    [Symbol.asyncDispose]: () => (stopped ??= stop()),
  }
}

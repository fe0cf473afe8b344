import { randomUUID } from 'node:crypto'
import zlib from 'node:zlib'
import { whyNoDocker } from './docker.ts'
import { describeError, EngineError, type Environment } from './engine.ts'
import type { Identity, Server, Skip } from './ladder.ts'
import { untilReady } from './ready.ts'

/** An image to run, and how to see that what is in it is ready. */
export interface ContainerOptions {
  /** As messages call it, e.g. `PostgreSQL`. */
  readonly product: string
  readonly image: string
  readonly env: Environment
  /** Inside the container. */
  readonly port: number
  readonly environment?: Readonly<Record<string, string>>
  readonly command?: readonly string[]
  /** What it writes when it listens, and how often before it does for good. */
  readonly says: { readonly text: string | RegExp; readonly times?: number }
  /** How long that may take, in ms. @default 120000 */
  readonly listenMs?: number
  /** @param address host and mapped port */
  url(address: string): string
  identify(url: string): Promise<Identity>
}

/** A label with an id of each start. */
const START = 'holdfast.start'
const LISTEN_MS = 120_000
const READY_MS = 30_000
const LOG_LINES = 40

/**
 * Starts an image. Skipped when no Docker engine answers, or when the image is neither present nor to be pulled;
 * everything that goes wrong after that is an error, with the container's last lines.
 *
 * @throws {EngineError} code `FAILED` when the container starts and what is in it does not.
 */
export async function startContainer(options: ContainerOptions): Promise<Server | Skip> {
  const { product, image, port, says, listenMs = LISTEN_MS } = options
  const reason = await whyNoDocker(options.env)
  if (reason !== undefined) return { skip: reason }
  // Its HTTP client cannot even be imported without zstd.
  if (!('createZstdDecompress' in zlib)) return { skip: 'testcontainers needs Node 22.22 or newer' }
  const { GenericContainer, ImageName, Wait, getContainerRuntimeClient, getReaper } =
    await import('testcontainers')

  const docker = await getContainerRuntimeClient().catch((error: unknown): Skip => ({
    skip: `no Docker engine answers: ${describeError(error)}`,
  }))
  if ('skip' in docker) return docker
  try {
    const name = ImageName.fromString(image)
    await docker.image.pull(name, { force: false, platform: undefined })
    // A pull that breaks off in the middle resolves all the same.
    if (!(await docker.image.exists(name))) return { skip: `the image ${image} cannot be pulled` }
  } catch (error) {
    return { skip: `the image ${image} cannot be had: ${describeError(error)}` }
  }
  try {
    await getReaper(docker)
  } catch (error) {
    return {
      skip: `the container that removes those of killed processes does not start; TESTCONTAINERS_RYUK_DISABLED=true does without: ${describeError(error)}`,
    }
  }

  const start = randomUUID()
  const log: string[] = []
  const container = new GenericContainer(image)
    .withEnvironment({ ...options.environment })
    .withExposedPorts(port)
    .withLabels({ [START]: start })
    .withWaitStrategy(Wait.forLogMessage(says.text, says.times))
    .withStartupTimeout(listenMs)
    .withLogConsumer((stream) => {
      stream.on('data', (line: Buffer) => {
        log.push(line.toString().trimEnd())
        if (log.length > LOG_LINES) log.shift()
      })
    })
  if (options.command !== undefined) container.withCommand([...options.command])

  const failed = (cause: unknown): EngineError =>
    new EngineError(
      'FAILED',
      `${product} did not start in a container of ${image}: ${describeError(cause)}\n${log.join('\n')}`,
      { cause },
    )
  const started = await container.start().catch(async (error: unknown) => {
    // testcontainers removes a container that does not get ready, not one that Docker cannot start.
    const { dockerode } = docker.container
    const filters = { label: [`${START}=${start}`] }
    for (const { Id } of await dockerode.listContainers({ all: true, filters })) {
      await dockerode.getContainer(Id).remove({ force: true, v: true })
    }
    throw failed(error)
  })
  const stop = async (): Promise<void> => {
    // Killed rather than asked: the data goes with the container.
    await started.stop({ timeout: 0, remove: true, removeVolumes: true })
  }
  const url = options.url(`${started.getHost()}:${started.getMappedPort(port)}`)
  try {
    const ask = (): Promise<Identity> => options.identify(url)
    const { version, grade } = await untilReady(product, ask, { timeoutMs: READY_MS })
    return { url, version, grade, stop }
  } catch (error) {
    await stop()
    throw failed(error)
  }
}

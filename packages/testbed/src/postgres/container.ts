import { randomBytes, randomUUID } from 'node:crypto'
import zlib from 'node:zlib'
import { describeError, EngineError, type Environment } from '../engine.ts'
import { whyNoDocker } from '../docker.ts'
import { LINGUISTIC_ORDER, waitUntilReady, type Server, type Skip } from './server.ts'

/** The image that is run when `HOLDFAST_POSTGRES_IMAGE` names no other. */
export const DEFAULT_IMAGE = 'postgres:18-alpine'

/** A label with an id of each start. */
const START = 'holdfast.start'
const PORT = 5432
const LISTEN_MS = 120_000
const READY_MS = 30_000
const LOG_LINES = 40

/**
 * Starts PostgreSQL in a container. Skipped when no Docker engine answers, or when the image is
 * neither present nor to be pulled; everything that goes wrong after that is an error, with the
 * container's last lines.
 *
 * @throws {EngineError} code `FAILED` when the container starts and PostgreSQL does not.
 */
export async function startContainer(
  image: string,
  maxConnections: number,
  env: Environment,
): Promise<Server | Skip> {
  const reason = await whyNoDocker(env)
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

  const password = randomBytes(16).toString('hex')
  const start = randomUUID()
  const log: string[] = []
  const container = new GenericContainer(image)
    .withEnvironment({
      POSTGRES_USER: 'postgres',
      POSTGRES_PASSWORD: password,
      POSTGRES_DB: 'postgres',
      POSTGRES_INITDB_ARGS: LINGUISTIC_ORDER.join(' '),
    })
    .withCommand(['postgres', '-c', `max_connections=${maxConnections}`])
    .withExposedPorts(PORT)
    .withLabels({ [START]: start })
    // The first server is the one that the entrypoint runs its init scripts against.
    .withWaitStrategy(Wait.forLogMessage('database system is ready to accept connections', 2))
    .withStartupTimeout(LISTEN_MS)
    .withLogConsumer((stream) => {
      stream.on('data', (line: Buffer) => {
        log.push(line.toString().trimEnd())
        if (log.length > LOG_LINES) log.shift()
      })
    })

  const failed = (error: unknown): EngineError =>
    new EngineError(
      'FAILED',
      `PostgreSQL did not start in a container of ${image}: ${describeError(error)}\n${log.join('\n')}`,
      { cause: error },
    )
  const started = await container.start().catch(async (error: unknown) => {
    // testcontainers removes a container that does not get ready, not one that Docker cannot start.
    const { dockerode } = docker.container
    const label = `${START}=${start}`
    for (const { Id } of await dockerode.listContainers({
      all: true,
      filters: { label: [label] },
    })) {
      await dockerode.getContainer(Id).remove({ force: true, v: true })
    }
    throw failed(error)
  })
  const stop = async (): Promise<void> => {
    // Killed rather than asked: the data goes with the container.
    await started.stop({ timeout: 0, remove: true, removeVolumes: true })
  }
  const address = `${started.getHost()}:${started.getMappedPort(PORT)}`
  const url = `postgres://postgres:${password}@${address}/postgres`
  try {
    return { url, ...(await waitUntilReady(url, { timeoutMs: READY_MS })), stop }
  } catch (error) {
    await stop()
    throw failed(error)
  }
}

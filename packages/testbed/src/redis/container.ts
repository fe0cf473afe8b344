import { randomBytes } from 'node:crypto'
import zlib from 'node:zlib'
import { describeError, EngineError, type Environment } from '../engine.ts'
import { whyNoDocker } from '../docker.ts'
import { waitUntilReady, type Server, type Skip } from './server.ts'

/** The image that is run when `HOLDFAST_REDIS_IMAGE` names no other. */
export const DEFAULT_IMAGE = 'redis:8-alpine'

const PORT = 6379
const LISTEN_MS = 120_000
const READY_MS = 30_000

/**
 * Starts Redis in a container. Skipped when no Docker engine answers, or when the image is neither present nor to be
 * pulled.
 *
 * @throws {EngineError} code `FAILED` when the container starts and Redis does not.
 */
export async function startContainer(image: string, env: Environment): Promise<Server | Skip> {
  const reason = await whyNoDocker(env)
  if (reason !== undefined) return { skip: reason }
  // Its HTTP client cannot even be imported without zstd.
  if (!('createZstdDecompress' in zlib)) return { skip: 'testcontainers needs Node 22.22 or newer' }
  const { GenericContainer, ImageName, Wait, getContainerRuntimeClient } =
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

  const password = randomBytes(16).toString('hex')
  const failed = (error: unknown): EngineError =>
    new EngineError(
      'FAILED',
      `Redis did not start in a container of ${image}: ${describeError(error)}`,
      { cause: error },
    )
  const started = await new GenericContainer(image)
    .withCommand(['redis-server', '--requirepass', password])
    .withExposedPorts(PORT)
    .withWaitStrategy(Wait.forLogMessage('Ready to accept connections'))
    .withStartupTimeout(LISTEN_MS)
    .start()
    .catch((error: unknown) => {
      throw failed(error)
    })
  const stop = async (): Promise<void> => {
    // Killed rather than asked: the data goes with the container.
    await started.stop({ timeout: 0, remove: true, removeVolumes: true })
  }
  const url = `redis://:${password}@${started.getHost()}:${started.getMappedPort(PORT)}`
  try {
    const { version, grade } = await waitUntilReady(url, { timeoutMs: READY_MS })
    return { url, version, grade, stop }
  } catch (error) {
    await stop()
    throw failed(error)
  }
}

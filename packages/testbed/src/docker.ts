import { existsSync } from 'node:fs'
import { get } from 'node:http'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { describeError, type Environment } from './engine.ts'

const ANSWER_MS = 3_000

/**
 * Why no Docker engine can be reached, or undefined when one answers. Looks at the places that
 * testcontainers looks at, and costs milliseconds: testcontainers itself takes half a second to
 * load, for nothing on a machine without Docker.
 */
export async function whyNoDocker(env: Environment): Promise<string | undefined> {
  const host = env.DOCKER_HOST || undefined
  // A file of settings, TLS and ssh are testcontainers' own business.
  if (existsSync(join(homedir(), '.testcontainers.properties'))) return undefined
  if (host !== undefined) return whyNoAnswer(host, env)

  const sockets = [
    '/var/run/docker.sock',
    ...(env.XDG_RUNTIME_DIR ? [join(env.XDG_RUNTIME_DIR, 'docker.sock')] : []),
    join(homedir(), '.docker', 'run', 'docker.sock'),
    join(homedir(), '.docker', 'desktop', 'docker.sock'),
    `/run/user/${process.getuid?.() ?? 0}/docker.sock`,
  ]
  const present = sockets.filter((path) => existsSync(path))
  const reasons: string[] = []
  for (const path of present) {
    const reason = await whyNoAnswer(`unix://${path}`, env)
    if (reason === undefined) return undefined
    reasons.push(reason)
  }
  return reasons.length > 0 ? reasons.join('; ') : 'no Docker engine runs here'
}

async function whyNoAnswer(host: string, env: Environment): Promise<string | undefined> {
  let address: { socketPath: string } | { host: string; port: string }
  try {
    const url = new URL(host)
    if (env.DOCKER_TLS_VERIFY || !['unix:', 'tcp:', 'http:'].includes(url.protocol)) {
      return undefined
    }
    address =
      url.protocol === 'unix:'
        ? { socketPath: url.pathname }
        : { host: url.hostname, port: url.port || '2375' }
  } catch {
    return `DOCKER_HOST=${host} is not a URL`
  }
  return new Promise((resolve) => {
    const request = get({ ...address, path: '/_ping', timeout: ANSWER_MS }, (response) => {
      response.resume()
      resolve(undefined)
    })
    request.once('timeout', () => request.destroy(new Error(`no answer in ${ANSWER_MS} ms`)))
    request.once('error', (error) =>
      resolve(`no Docker engine answers at ${host}: ${describeError(error)}`),
    )
  })
}

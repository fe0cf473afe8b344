import { createServer, type AddressInfo } from 'node:net'

/**
 * A port of the loopback interface that nobody listens on. Another process may take it before the caller does, so that
 * a start needs more than one attempt.
 *
 * @param wanted `0`: any. @throws when the wanted one is taken
 */
export async function freePort(wanted = 0): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve, reject) => {
    probe.once('error', reject)
    probe.listen(wanted, '127.0.0.1', resolve)
  })
  const { port } = probe.address() as AddressInfo
  await new Promise((resolve) => probe.close(resolve))
  return port
}

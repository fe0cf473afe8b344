import { createServer, type AddressInfo, type Server as Listener } from 'node:net'
import type { Store } from '@holdfast/conformance'
import { describe, expect, it } from 'vitest'
import { createOracleProvider } from '../src/index.ts'

/**
 * Tests of the real driver, all of it: there is no server, and it finds that out.
 *
 * @param unknownHost the code that it has for a host without an address
 */
export function unusableServers(name: string, unknownHost: string): void {
  describe(name, () => {
    const refusedBy = async (connectString: string): Promise<unknown> => {
      const connect = { user: 'nobody', password: 'wrong', connectString }
      const store = createOracleProvider({ connect }) as Store
      const answer = await store.workflows.get('x').catch((error: unknown) => error)
      await store[Symbol.asyncDispose]()
      return answer
    }

    const listen = async (listener: Listener): Promise<number> => {
      listener.listen(0, '127.0.0.1')
      await new Promise((resolve) => listener.once('listening', resolve))
      return (listener.address() as AddressInfo).port
    }

    it('does not listen', async () => {
      const probe = createServer()
      const port = await listen(probe)
      await new Promise((resolve) => probe.close(resolve))
      expect(await refusedBy(`127.0.0.1:${port}/FREEPDB1`)).toMatchObject({
        code: 'UNAVAILABLE',
        retryable: true,
        outcome: 'not-applied',
        message: expect.stringMatching(/NJS-503/),
      })
    })

    it('has no address', async () => {
      expect(await refusedBy('nowhere.invalid:1521/FREEPDB1')).toMatchObject({
        code: 'UNAVAILABLE',
        retryable: true,
        message: expect.stringContaining(unknownHost),
      })
    })

    it('hangs up', async () => {
      const rude = createServer((socket) => socket.destroy())
      const port = await listen(rude)
      expect(await refusedBy(`127.0.0.1:${port}/FREEPDB1`)).toMatchObject({
        code: 'UNAVAILABLE',
        retryable: true,
      })
      rude.close()
    })

    it('has a name that says nothing', async () => {
      expect(await refusedBy('nowhere')).toMatchObject({ code: 'UNAVAILABLE', retryable: false })
    })

    it('is closed without having been opened', async () => {
      const connect = { user: 'u', password: 'p', connectString: '127.0.0.1:1/FREEPDB1' }
      await createOracleProvider({ connect })[Symbol.asyncDispose]()
    })
  })
}

import { randomBytes } from 'node:crypto'
import { EPOCH } from '../clock.ts'
import { createRecorder, within } from '../recorder.ts'
import { isThere, samplesOf } from '../rules/samples.ts'
import type { Target } from '../target.ts'
import { openCrew } from './clients.ts'
import { startWorkers, type Alone, type Workers } from './workers.ts'

/**
 * Starts the worker processes of a run, and makes sure that they reach the very store that this process does.
 *
 * @throws when they do not
 */
export async function gather(
  target: Target,
  module: string | undefined,
  deadline: number,
): Promise<Workers | Alone> {
  const namespace = `gather-${randomBytes(6).toString('hex')}`
  const now = (): number => EPOCH
  const store = await within(deadline, 'open', async () => target.open(namespace, { clock: now }))
  try {
    const workers = await startWorkers(target, module, store.capabilities.durability)
    if ('reason' in workers) return workers
    try {
      await store.ensureStore()
      const [sample] = samplesOf(store, 'gather', 'here')
      await sample?.write(store)
      const recorder = createRecorder(deadline)
      const skew = (): number => 0
      const crew = await openCrew({ target, workers, recorder, namespace, now, skew, store })
      try {
        for (const client of crew.clients) {
          if (sample && !(await isThere(sample, client.store)))
            throw new Error(
              `${client.host} does not see what this process stored: is it the same store?`,
            )
        }
      } finally {
        await crew[Symbol.asyncDispose]()
      }
      return workers
    } catch (error) {
      await workers[Symbol.asyncDispose]()
      throw error
    }
  } finally {
    await store[Symbol.asyncDispose]()
  }
}

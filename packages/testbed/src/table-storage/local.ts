import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { openGuard } from '../guard.ts'
import type { Server, Skip } from '../ladder.ts'
import { serve } from '../serve.ts'
import { emulatorUrl, identify, toAccounts } from './server.ts'

const PROGRAM = 'azurite/dist/src/table/main.js'
// It is a large program, and takes seconds to load.
const START_MS = 60_000
const LOG_LINES = 30

/**
 * Starts the table service of the package `azurite`, on a free port of the loopback interface. What it stores is in its
 * memory and goes with it.
 */
export async function startLocal(): Promise<Server | Skip> {
  const program = findProgram()
  if (program === undefined) return { skip: 'the package azurite is not installed' }
  const account = { name: 'holdfast', key: randomBytes(64).toString('base64') }
  const guard = await openGuard('azurite')
  const log = join(guard.folder, 'log')
  try {
    const server = await serve(guard, {
      product: 'Azurite',
      startMs: START_MS,
      command: (port) => ({
        file: process.execPath,
        args: [
          program,
          ...['--tableHost', '127.0.0.1', '--tablePort', String(port)],
          '--inMemoryPersistence',
          // The driver may speak a newer version of the protocol than the emulator knows of.
          ...['--skipApiVersionCheck', '--disableTelemetry', '--silent'],
        ],
        env: { PATH: process.env.PATH ?? '', AZURITE_ACCOUNTS: toAccounts(account) },
        log,
        stopSignal: 'SIGKILL',
      }),
      url: (port) => emulatorUrl(`127.0.0.1:${port}`, account),
      identify,
      output: async () =>
        (await readFile(log, 'utf8').catch(() => ''))
          .trim()
          .split('\n')
          .slice(-LOG_LINES)
          .join('\n'),
      portTaken: /EADDRINUSE/,
    })
    guard.unref()
    return server
  } catch (error) {
    await guard[Symbol.asyncDispose]()
    throw error
  }
}

function findProgram(): string | undefined {
  try {
    return createRequire(import.meta.url).resolve(PROGRAM)
  } catch {
    return undefined
  }
}

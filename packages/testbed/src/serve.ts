import { describeError, EngineError } from './engine.ts'
import type { Command, Guard } from './guard.ts'
import type { Identity, Server } from './ladder.ts'
import { freePort } from './port.ts'
import { untilReady } from './ready.ts'

/** A program that serves on a port of the loopback interface. */
export interface Program {
  /** As messages call it, e.g. `PostgreSQL`. */
  readonly product: string
  readonly startMs: number
  command(port: number): Command
  url(port: number): string
  identify(url: string): Promise<Identity>
  /** The last lines that it wrote. */
  output(): Promise<string>
  /** What it writes when somebody else has the port. */
  readonly portTaken: RegExp
  /** @default {@link freePort} */
  findPort?(): Promise<number>
}

/** A server that was started here. */
export interface LocalServer extends Server {
  readonly port: number
}

const PORT_ATTEMPTS = 5

/**
 * Runs the program until the guard is disposed of, and waits until it answers.
 *
 * @throws {EngineError} code `FAILED` when it ends, or does not answer, with what it wrote
 */
export async function serve(guard: Guard, program: Program): Promise<LocalServer> {
  const { product, findPort = freePort } = program
  // Another process may take the port between our look and the server's, hence the attempts.
  for (let attempt = 1; ; attempt++) {
    const port = await findPort()
    const url = program.url(port)
    const exited = new AbortController()
    const exit = guard.run(program.command(port)).finally(() => exited.abort())
    try {
      const { version, grade } = await untilReady(product, () => program.identify(url), {
        timeoutMs: program.startMs,
        signal: exited.signal,
      })
      return { url, port, version, grade, stop: async () => guard[Symbol.asyncDispose]() }
    } catch (cause) {
      const output = await program.output()
      if (exited.signal.aborted && attempt < PORT_ATTEMPTS && program.portTaken.test(output)) {
        continue
      }
      const { error: guardError } = exited.signal.aborted ? await exit : {}
      const reason = guardError ?? describeError(cause)
      const message = `the local ${product} did not start: ${reason}\n${output}`
      throw new EngineError('FAILED', message, { cause })
    }
  }
}

import type { Call } from './backend.ts'
import type { Page, PageQuery, PageRequest, Slice } from './page.ts'
import type { CallOptions, WriteOptions } from './provider.ts'

/** Something to do at a time (workflow-core ScheduledCommand). Its identity is the pair (name, data). */
export interface ScheduledCommand {
  readonly name: string
  /** Any string, also empty. */
  readonly data: string
  /** Epoch ms. */
  readonly executeAt: number
  /** The workflow that it goes away with, if any. */
  readonly workflowId?: string
}

export interface CommandProcessing {
  /** Epoch ms. Due means at or before it. */
  readonly asOf: number
  /** How many commands to handle at the most, 1 to 1000. @default 100 */
  readonly limit?: number
  /** ms that a command is kept from other processors while its handler runs. @default 60000 */
  readonly ttl?: number
}

export interface CommandFailure {
  readonly command: ScheduledCommand
  readonly error: unknown
}

export interface CommandReport {
  /** Commands whose handler succeeded. */
  readonly processed: number
  /** Commands whose handler failed, or that cannot be read (`CORRUPT`). They are kept. */
  readonly failures: readonly CommandFailure[]
}

export type CommandHandler = (
  command: ScheduledCommand,
  context: { readonly signal: AbortSignal },
) => unknown

export interface CommandRepository {
  /**
   * Schedules a command, or, when it is scheduled already, keeps the earlier of the two times. One that is being
   * handled right now is scheduled anew, also by a repeat of the request that scheduled it: a command runs at least
   * once. Returns it with the time at which it comes next.
   */
  schedule(command: ScheduledCommand, options?: WriteOptions): Promise<ScheduledCommand>
  /**
   * Hands each due command to `handler`, one after the other, by (executeAt, commandKey), and forgets it when the
   * handler succeeds, unless it was scheduled anew meanwhile. A handler that fails keeps its command and does not stop
   * the others. Each command runs at least once, and with one processor at a time for as long as `ttl` lasts. An abort
   * stops after the handler under way, and rejects with `ABORTED`.
   */
  process(
    query: CommandProcessing,
    handler: CommandHandler,
    options?: CallOptions,
  ): Promise<CommandReport>
  /** Every scheduled command, by (executeAt, commandKey), also those that are being handled. */
  list(query?: PageRequest, options?: CallOptions): Promise<Page<ScheduledCommand>>
}

/** `key` is the command's `commandKey(name, data)`. */
export type CommandPlace = readonly [executeAt: number, key: string]

/** A command in the hands of one processor. */
export interface TakenCommand {
  readonly key: string
  readonly place: CommandPlace
  /** Proves that the command is still in these hands. */
  readonly token: string
  /** Throws `CORRUPT` when the stored bytes cannot be read. */
  read(): ScheduledCommand
}

export interface CommandBackend {
  schedule(command: ScheduledCommand, key: string, call: Call): Promise<ScheduledCommand>
  /**
   * Takes, for `ttl` ms, the first command at or before `asOf` and after the place that nobody holds.
   * `call.requestId` is the token.
   */
  take(
    asOf: number,
    after: CommandPlace | null,
    ttl: number,
    call: Call,
  ): Promise<TakenCommand | null>
  /**
   * Lets go of a command, if it is still held with its token: one that is `done` is deleted, or re-armed when it was
   * scheduled meanwhile; another one stays scheduled, at the earlier time.
   */
  settle(taken: TakenCommand, done: boolean, call: Call): Promise<void>
  list(page: PageQuery<CommandPlace>, call: Call): Promise<Slice<ScheduledCommand, CommandPlace>>
}

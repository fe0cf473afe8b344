import {
  commandKey,
  comparePlaces,
  type CommandPlace,
  type CommandReport,
  type ScheduledCommand,
} from '@holdfast/spec'
import { ok } from '../expect.ts'
import { differenceOf } from './compare.ts'
import { inOrder, replaced, type Model, type ModelCommand } from './model.ts'

export function scheduleCommand(
  model: Model,
  command: ScheduledCommand,
  now: number,
): ScheduledCommand {
  const stored = findCommand(model, command)
  if (!stored) {
    model.commands = [...model.commands, { ...command, anew: null, hold: null }]
    return command
  }
  if (isHeld(stored, now)) {
    const anew = Math.min(stored.anew ?? command.executeAt, command.executeAt)
    model.commands = replaced(model.commands, stored, { ...stored, anew })
    return { ...toCommand(stored), executeAt: anew }
  }
  const executeAt = Math.min(stored.executeAt, command.executeAt)
  model.commands = replaced(model.commands, stored, { ...stored, executeAt })
  return { ...toCommand(stored), executeAt }
}

export function listCommands(model: Model): readonly ScheduledCommand[] {
  return inOrder(model.commands, placeOf).map(toCommand)
}

/**
 * One call of `process`, seen from the handler. The contract does not say whether a command that is scheduled meanwhile
 * is handled by the same call, so the model does not foretell what is handed over: it judges it.
 */
export interface Processing {
  readonly asOf: number
  readonly limit: number
  readonly ttl: number
  /** What could be taken when the call began. */
  readonly waiting: readonly ModelCommand[]
  readonly handled: ScheduledCommand[]
  readonly failures: { readonly command: ScheduledCommand; readonly error: string }[]
  last: CommandPlace | null
  /** Shows a value in a message. */
  readonly show: (value: unknown) => string
}

export function beginProcessing(
  model: Model,
  query: Pick<Processing, 'asOf' | 'limit' | 'ttl' | 'show'>,
  now: number,
): Processing {
  const waiting = inOrder(model.commands, placeOf).filter(
    (command) => command.executeAt <= query.asOf && !isHeld(command, now),
  )
  return { ...query, waiting, handled: [], failures: [], last: null }
}

/** The command is handed to the handler. Returns who holds it now. */
export function handOver(
  model: Model,
  processing: Processing,
  seen: ScheduledCommand,
  now: number,
): symbol {
  const { asOf, limit, ttl, handled, last, show } = processing
  const stored = findCommand(model, seen)
  const what = `The handler got ${show(seen)}`
  ok(stored, `${what}, which is not scheduled`)
  ok(handled.length < limit, `${what}, one more than the limit of ${limit}`)
  ok(stored.executeAt <= asOf, `${what}, which comes after ${show(asOf)}`)
  ok(!isHeld(stored, now), `${what}, which another processor has`)
  ok(!differenceOf(toCommand(stored), seen), `${what}, which is ${show(toCommand(stored))}`)
  const place = placeOf(stored)
  ok(last === null || comparePlaces(place, last) > 0, `${what} out of order`)
  const skipped = untouched(model, processing).find(
    (other) => comparePlaces(placeOf(other), place) < 0,
  )
  ok(!skipped, `${what} before ${show(skipped && toCommand(skipped))}`)
  const by = Symbol(stored.name)
  model.commands = replaced(model.commands, stored, { ...stored, hold: { by, until: now + ttl } })
  processing.last = place
  handled.push(toCommand(stored))
  return by
}

/** The handler is done with the command, or failed with an error. */
export function settle(
  model: Model,
  processing: Processing,
  command: ScheduledCommand,
  by: symbol,
  error: string | null,
): void {
  if (error !== null) processing.failures.push({ command, error })
  const stored = model.commands.find(({ hold }) => hold?.by === by)
  if (!stored) return
  const { executeAt, anew } = stored
  if (error === null && anew === null) {
    model.commands = model.commands.filter((other) => other !== stored)
    return
  }
  const next = error === null ? (anew ?? executeAt) : Math.min(executeAt, anew ?? executeAt)
  model.commands = replaced(model.commands, stored, {
    ...stored,
    executeAt: next,
    anew: null,
    hold: null,
  })
}

export function endProcessing(
  model: Model,
  processing: Processing,
): Pick<Processing, 'failures'> & Pick<CommandReport, 'processed'> {
  const { handled, limit, failures, show } = processing
  const left = handled.length < limit ? untouched(model, processing)[0] : undefined
  ok(!left, `The handler did not get ${show(left && toCommand(left))}, which was due`)
  return { processed: handled.length - failures.length, failures }
}

/** What waited when the call began, and waits still. */
function untouched(model: Model, { waiting }: Processing): readonly ModelCommand[] {
  return waiting.filter((command) => model.commands.includes(command))
}

function findCommand(model: Model, { name, data }: ScheduledCommand): ModelCommand | undefined {
  return model.commands.find((command) => command.name === name && command.data === data)
}

export function holdOf(model: Model, command: ScheduledCommand): ModelCommand['hold'] {
  return findCommand(model, command)?.hold ?? null
}

function isHeld({ hold }: ModelCommand, now: number): boolean {
  return hold !== null && hold.until > now
}

function toCommand({ anew: _, hold: __, ...command }: ModelCommand): ScheduledCommand {
  return command
}

function placeOf({ name, data, executeAt }: ScheduledCommand): CommandPlace {
  return [executeAt, commandKey(name, data)]
}

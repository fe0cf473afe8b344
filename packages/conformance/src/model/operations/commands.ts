import fc from 'fast-check'
import type { CommandHandler, ScheduledCommand } from '@holdfast/spec'
import {
  beginProcessing,
  endProcessing,
  handOver,
  holdOf,
  listCommands,
  scheduleCommand,
  settle,
  type Processing,
} from '../commands.ts'
import type { Family, Prepared, Setting } from './operation.ts'
import {
  LATE,
  limits,
  literal,
  moments,
  readAll,
  record,
  SWEEP_LIMIT,
  toError,
  weighted,
} from './pieces.ts'
import type { Moment, Ref, World } from './world.ts'

/** A command of the pool, or the one that is being handled. */
type CommandRef = number | 'this one'

interface Action {
  readonly method: string
}

type Choice = readonly [weight: number, arbitrary: fc.Arbitrary<Action>]

/** What a handler does: some operations, and then it is done or fails. */
interface Behaviour {
  readonly does: readonly Action[]
  readonly fails: boolean
}

interface Process {
  readonly method: 'commands.process'
  readonly asOf: Moment
  readonly limit: number
  readonly ttl: number
  /** For each command that is handled, in turn; after the last, handlers just succeed. */
  readonly handlers: readonly Behaviour[]
}

export type CommandOperation =
  | {
      readonly method: 'commands.schedule'
      readonly command: CommandRef
      readonly executeAt: Moment
    }
  | Process
  | { readonly method: 'commands.list'; readonly limit: number }

/** Name, data and workflow. The first two are one when they are put together with a colon. */
const COMMANDS: readonly (readonly [name: string, data: string, workflow: Ref | null])[] = [
  ['run', 'a:b', 0],
  ['run:a', 'b', null],
  ['Run', 'a:b', 1],
  ['run', '', 0],
]

function operations({ injected, repositories }: Setting): fc.Arbitrary<CommandOperation> {
  const together = repositories.includes('workflows')
  const pool = fc.constantFrom<CommandRef>(0, 0, 0, 1, 2, 3)
  const ttl = injected ? 60_000 : 3_600_000
  const own = record({
    method: literal('commands.schedule'),
    command: literal('this one'),
    executeAt: moments,
  })
  const any = record({
    method: literal('commands.schedule'),
    command: pool,
    executeAt: moments,
  })
  const overrun = record({ method: literal('advance'), ms: fc.constant(ttl) })
  const cascade = record({ method: literal('workflows.delete'), id: fc.constantFrom(0, 1) })
  const actions: readonly Choice[] = [
    [4, own],
    [4, any],
    ...(injected ? [[2, overrun] as const] : []),
    ...(together ? [[1, cascade] as const] : []),
  ]
  const process = (handlers: fc.Arbitrary<readonly Behaviour[]>): fc.Arbitrary<Process> =>
    record({
      method: literal('commands.process'),
      asOf: fc.constantFrom(0, 60_000, 1, -1, LATE),
      limit: fc.constantFrom(100, 1, 2),
      ttl: fc.constant(ttl),
      handlers,
    })
  const handlersOf = (inner: readonly Choice[]): fc.Arbitrary<readonly Behaviour[]> =>
    fc.array(
      record({
        does: fc.array(weighted(...inner), { maxLength: 3, size: 'max' }),
        fails: fc.constantFrom(false, false, true),
      }),
      { maxLength: 3, size: 'max' },
    )
  const nested = process(handlersOf(actions))
  // Processing empties the store, which leaves little to go away with a workflow.
  const processings = together ? 2 : 4
  return weighted(
    [7, any],
    [processings, process(handlersOf([...actions, [2, nested]]))],
    [2, record({ method: literal('commands.list'), limit: limits })],
  )
}

function prepare(operation: CommandOperation, world: World): Prepared | null {
  const { model } = world
  switch (operation.method) {
    case 'commands.schedule': {
      const command = commandOf(operation.command, operation.executeAt, world)
      if (!command) return null
      const hold = holdOf(model, command)
      // A handler that outlasts its hold may still be at work, or not: what the command is then, the contract leaves
      // open. Either way it is still scheduled, which a rule on commands tests.
      if (hold && hold.until <= world.now()) return null
      return {
        args: [command],
        kind: 'write',
        call: async ({ commands }, options) => commands.schedule(command, options),
        expect(_, now) {
          if (hold) world.note('commands.schedule of a command at work')
          return scheduleCommand(model, command, now)
        },
      }
    }
    case 'commands.process': {
      const { limit, ttl, handlers } = operation
      const query = { asOf: world.at(operation.asOf), limit, ttl }
      let processing: Processing | undefined
      return {
        args: [query, 'handler'],
        kind: 'many',
        async call({ commands }) {
          const begun = beginProcessing(model, { ...query, show: world.show }, world.now())
          processing = begun
          const script = scriptOf(handlers, begun, world)
          const report = await commands.process(query, script.handler)
          // What goes wrong in the handler is the handler's failure to the provider, and tells it nothing.
          if (script.broken !== undefined) throw script.broken
          const failures = report.failures.map(({ command, error }) => ({
            command,
            error: error instanceof Error ? error.message : error,
          }))
          return { ...report, failures }
        },
        expect: () => processing && endProcessing(model, processing),
      }
    }
    case 'commands.list': {
      const { method, limit } = operation
      return {
        args: [{ limit }],
        kind: 'read',
        call: async ({ commands }) =>
          readAll(world, method, limit, async (page) => commands.list(page)),
        expect: () => listCommands(model),
      }
    }
  }
}

function commandOf(ref: CommandRef, executeAt: Moment, world: World): ScheduledCommand | undefined {
  const at = { executeAt: world.at(executeAt) }
  if (ref === 'this one') {
    const handled = world.handling.at(-1)
    return handled && { ...handled, ...at }
  }
  const [name, data, workflow] = COMMANDS[ref] ?? ['', '', null]
  return workflow === null
    ? { name, data, ...at }
    : { name, data, ...at, workflowId: world.id(workflow) }
}

interface Script {
  readonly handler: CommandHandler
  /** What went wrong in a handler, other than what is planned. */
  broken: Error | undefined
}

function scriptOf(handlers: readonly Behaviour[], processing: Processing, world: World): Script {
  const script: Script = {
    broken: undefined,
    async handler(command) {
      const behaviour = handlers[processing.handled.length]
      try {
        await handle(command, behaviour, processing, world)
      } catch (error) {
        script.broken ??= toError(error)
        throw error
      }
      if (behaviour?.fails) throw new Error(FAILURE)
    },
  }
  return script
}

const FAILURE = 'as planned'

async function handle(
  command: ScheduledCommand,
  behaviour: Behaviour | undefined,
  processing: Processing,
  world: World,
): Promise<void> {
  world.say('handles', command)
  const by = handOver(world.model, processing, command, world.now())
  world.handling.push(command)
  for (const operation of behaviour?.does ?? []) await world.perform(operation)
  world.handling.pop()
  if (behaviour?.fails) world.note('commands.process failures')
  settle(world.model, processing, command, by, behaviour?.fails ? FAILURE : null)
}

export const commandFamily: Family<CommandOperation> = {
  name: 'commands',
  methods: ['commands.schedule', 'commands.process', 'commands.list'],
  operations,
  prepare,
  sweep: () => [
    { method: 'commands.list', limit: SWEEP_LIMIT, toError },
    { method: 'commands.process', asOf: LATE, limit: 100, ttl: 60_000, handlers: [] },
    { method: 'commands.list', limit: SWEEP_LIMIT, toError },
  ],
  wanted: () => [
    'commands.schedule of a command at work',
    'commands.process failures',
    'commands.process nothing',
    'commands.list nothing',
    'commands.list pages',
  ],
}

import { MAX_INSTANT, type PersistenceProvider } from '@holdfast/spec'
import { EPOCH } from '../clock.ts'
import { Inconclusive, equal } from '../expect.ts'
import {
  aCommand,
  aPointer,
  aSnapshot,
  aStep,
  aSubscription,
  aWorkflow,
  anError,
  anEvent,
} from '../fixtures.ts'
import { rule, type Rule, type Store } from '../rule.ts'
import type { Trial } from '../trial.ts'

/** With what `Date#getTimezoneOffset` says in January. */
const zones = [
  { name: 'UTC', offset: 0 },
  { name: 'Asia/Kolkata', offset: -330 },
  { name: 'America/New_York', offset: 300 },
] as const

/** Where clocks in these zones jump forward, are set back, and begin a day, a month and a year. */
const turns = [
  '2026-03-08T07:00:00Z',
  '2026-11-01T05:30:00Z',
  '2026-11-01T06:30:00Z',
  '2025-12-31T18:30:00Z',
  '2026-01-01T00:00:00Z',
  '2026-02-28T05:00:00Z',
].map((text) => Date.parse(text))

const instants = [0, -86_400_000, ...turns, ...turns.map((at) => at - 1)]

/** What is written under one zone, and all that is then read, under each. */
interface Script {
  write(store: Store): Promise<void>
  /** The same, whatever the zone, and asked again. */
  read(store: Store): Promise<Record<string, unknown>>
}

/** Decision 6: results do not depend on the time zone of the process. */
export const timeZones: readonly Rule[] = [
  rule('TZ-01', {
    title: 'workflows come back and are due alike in any time zone of the process',
    clause: 6,
    needs: ['workflows'],
    bugs: [
      'workflow-core#1373',
      'workflow-core#1329',
      'workflow-core W11',
      'workflow-core W12',
      'workflow-core W34',
    ],
    check: async (_, trial) => judgeZones(workflowScript, trial),
  }),

  rule('TZ-02', {
    title: 'events come back, are found and are purged alike in any time zone of the process',
    clause: 6,
    needs: ['events'],
    bugs: ['workflow-core W11', 'workflow-core W22', 'workflow-core#1094', 'workflow-core#1419'],
    check: async (_, trial) => judgeZones(eventScript, trial),
  }),

  rule('TZ-03', {
    title: 'the times of all other records come back alike in any time zone of the process',
    clause: 6,
    needs: [],
    bugs: ['workflow-core W12', 'Gorkflow LibSQL: order of text', 'Gorkflow Dynamo: RFC 3339'],
    check: async (_, trial) => judgeZones(otherScript, trial),
  }),
]

const workflowScript: Script = {
  async write({ workflows }) {
    for (const [index, at] of instants.entries()) {
      const id = `workflow-${index}`
      const pointers = [aPointer({ sleepUntil: at, startTime: at, endTime: at })]
      const error = { message: 'It broke', timestamp: at }
      const times = { createdAt: at, updatedAt: at, startedAt: at, completedAt: at }
      const created = aWorkflow({ id, nextExecution: at, pointers, error, ...times })
      await workflows.create(created)
    }
  },
  async read({ workflows }) {
    const answers: Record<string, unknown> = { all: await workflows.list({ limit: 1000 }) }
    for (const at of turns) {
      answers[`due at ${at}`] = await workflows.getRunnable({ asOf: at })
      const from = await workflows.list({ createdFrom: at, createdTo: at + 3_600_000 })
      answers[`created from ${at}`] = from.items.map(({ id }) => id)
    }
    return answers
  },
}

const eventScript: Script = {
  async write({ events }) {
    for (const [index, eventTime] of instants.entries())
      await events.create(anEvent({ id: `event-${index}`, eventTime }))
    // Not older, in any zone, but for who takes the one for the other.
    await events.create(anEvent({ id: 'done', eventTime: EPOCH, processed: true }))
    await events.purge({ olderThan: EPOCH })
  },
  async read({ events }) {
    const topic = { eventName: 'paid', eventKey: 'order-1' }
    const answers: Record<string, unknown> = {
      all: await events.find({ ...topic, asOf: -MAX_INSTANT }),
    }
    for (const at of turns) {
      answers[`due at ${at}`] = await events.getRunnable({ asOf: at })
      const { items } = await events.find({ ...topic, asOf: at })
      answers[`found from ${at}`] = items.map(({ id }) => id)
    }
    return answers
  },
}

const otherScript: Script = {
  async write(store) {
    const { steps, subscriptions, commands, snapshots, errors }: PersistenceProvider = store
    for (const [index, at] of turns.entries()) {
      const id = `record-${index}`
      const times = { createdAt: at, updatedAt: at, startedAt: at, completedAt: at }
      await steps?.create(aStep({ stepId: id, ...times }))
      await subscriptions?.create(aSubscription({ id, subscribeAsOf: at, ...heldUntil(at) }))
      await commands?.schedule(aCommand({ name: id, executeAt: at }))
      await snapshots?.save(aSnapshot({ instanceId: id, createdAt: at }))
      await errors?.append([anError({ id, errorTime: at })])
    }
  },
  async read(store) {
    const { steps, subscriptions, commands, snapshots, errors }: PersistenceProvider = store
    const workflowId = 'workflow-1'
    const answers: Record<string, unknown> = {
      steps: await steps?.list({ workflowId }),
      errors: await errors?.list({ workflowId }),
      commands: await commands?.list(),
      snapshots: (await snapshots?.list())?.items.map(({ createdAt }) => createdAt),
    }
    for (const at of turns.slice(0, 2)) {
      const topic = { eventName: 'paid', eventKey: 'order-1', asOf: at }
      answers[`subscribed until ${at}`] = await subscriptions?.find(topic)
      // A handler that fails keeps its command, for the other zones to find.
      const report = await commands?.process({ asOf: at, limit: 1000 }, () => {
        throw new Error('Not now')
      })
      answers[`due at ${at}`] = report?.failures.map(({ command }) => command)
    }
    return answers
  },
}

function heldUntil(tokenExpiry: number): { token: string; workerId: string; tokenExpiry: number } {
  return { token: 'token', workerId: 'worker-1', tokenExpiry }
}

/** What is written under any of the zones is read alike under each of them. */
async function judgeZones({ write, read }: Script, trial: Trial): Promise<void> {
  let expected: Record<string, unknown> | undefined
  for (const writer of zones) {
    const store = await inZone(writer, async () => {
      const opened = await trial.fresh()
      await write(opened)
      return opened
    })
    for (const reader of zones) {
      const answers = await inZone(reader, async () => read(store))
      expected ??= answers
      const where = `written in ${writer.name}, read in ${reader.name}`
      for (const [question, answer] of Object.entries(expected))
        equal(answers[question], answer, `${question}: ${where}`)
      trial.count('zones')
    }
  }
}

async function inZone<T>(
  { name, offset }: (typeof zones)[number],
  work: () => Promise<T>,
): Promise<T> {
  const before = process.env.TZ
  process.env.TZ = name
  try {
    if (new Date(EPOCH).getTimezoneOffset() !== offset)
      throw new Inconclusive(`The time zone cannot be set to ${name} in this thread`)
    return await work()
  } finally {
    if (before === undefined) delete process.env.TZ
    else process.env.TZ = before
  }
}

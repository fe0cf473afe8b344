import {
  compressingCodec,
  isPersistenceError,
  jsonCodec,
  type ExecutionError,
  type Snapshot,
  type StepExecution,
  type Subscription,
  type WorkflowInstance,
} from '@holdfast/spec'
import {
  commandParams,
  eventParams,
  outputParams,
  stateParams,
  stepParams,
  subscriptionParams,
  workflowParams,
} from '@holdfast/spec/rows'
import { describe, expect, it } from 'vitest'
import {
  errorParams,
  readCommand,
  readError,
  readEvent,
  readOutput,
  readState,
  readStep,
  readSubscription,
  readWorkflow,
  type CommandRow,
  type ErrorRow,
  type EventRow,
  type OutputRow,
  type StateRow,
  type StepRow,
  type SubscriptionRow,
  type WorkflowRow,
} from '../src/codec.ts'
import {
  readSnapshot,
  readSummary,
  readTask,
  snapshotParams,
  taskParams,
  type SnapshotRow,
  type TaskRow,
} from '../src/codec-tasks.ts'

const PAYLOAD = {
  ['__proto__']: 1,
  text: '\0\ud800 é',
  none: null,
  list: [[], {}],
  big: 2 ** 53 - 1,
}
const TIMES = { createdAt: 1, updatedAt: 2, version: 3 }

describe.each([jsonCodec, compressingCodec({ threshold: 1 })])('with codec $name', (codec) => {
  const format = { codec, maxPayloadBytes: 1000 }

  const full: WorkflowInstance = {
    ...{ id: 'w', definitionId: 'd', definitionVersion: '', description: '\0', reference: 'r' },
    ...{ resourceId: 's', tags: { a: 'b' }, status: 'runnable', nextExecution: 0, pointers: [] },
    ...{ data: PAYLOAD, input: null, progress: 0.5, startedAt: 0, completedAt: 0 },
    ...TIMES,
  }
  const least: WorkflowInstance = {
    ...{ id: 'w', definitionId: 'd', status: 'pending', nextExecution: null, pointers: [] },
    ...TIMES,
  }

  it.each([full, least])('a workflow comes back', (workflow) => {
    const { createdAt, updatedAt, version, ...rest } = workflow
    const row = { ...workflowParams(rest, format), createdAt, updatedAt, version }
    expect(readWorkflow(row as unknown as WorkflowRow, format)).toStrictEqual(workflow)
  })

  it('a step comes back', () => {
    const step: StepExecution = {
      ...{ workflowId: 'w', stepId: 's', executionIndex: 0, status: 'failed', attempt: 0 },
      ...{ output: null, error: { message: '', details: PAYLOAD } },
      ...TIMES,
    }
    const { createdAt, updatedAt, version, ...rest } = step
    const row = { ...stepParams(rest, format), createdAt, updatedAt, version }
    expect(readStep(row as unknown as StepRow, format)).toStrictEqual(step)
  })

  it.each([null, '', 0, false, [], PAYLOAD])('an output and a state of %j come back', (value) => {
    const output = { workflowId: 'w', stepId: 's', output: value }
    const stored = outputParams(output, format) as unknown as OutputRow
    expect(readOutput(stored, format)).toStrictEqual(output)
    const entry = { workflowId: 'w', key: 'k', value }
    const row = stateParams(entry, format) as unknown as StateRow
    expect(readState(row, format)).toStrictEqual(entry)
  })

  it.each([
    { processed: true, data: null },
    { processed: false, data: PAYLOAD },
    { processed: false },
  ])('an event comes back: %j', (members) => {
    const event = { id: 'e', eventName: 'n', eventKey: 'k', eventTime: -1, ...members }
    const processed = members.processed ? 1 : 0
    const row = { ...eventParams(event, format), processed, arrival: 1 } as unknown as EventRow
    expect(readEvent(row, format)).toStrictEqual(event)
  })

  it.each([
    { token: null, workerId: null, tokenExpiry: null },
    { token: 't', workerId: 'u', tokenExpiry: 0, data: null },
  ])('a subscription comes back: %j', (members) => {
    const subscription: Subscription = {
      ...{ id: 's', workflowId: 'w', stepId: '\ud800', executionPointerId: '' },
      ...{ eventName: 'n', eventKey: 'k', subscribeAsOf: 0 },
      ...members,
    }
    const row = subscriptionParams(subscription, format) as unknown as SubscriptionRow
    expect(readSubscription(row, format)).toStrictEqual(subscription)
  })

  it.each([{ workflowId: 'w' }, {}])('a command comes back: %j', (members) => {
    const command = { name: 'n', data: '\0\udc00', executeAt: 0, ...members }
    const row = { ...commandParams(command, format), key: 'k' } as unknown as CommandRow
    expect(readCommand(row, format)).toStrictEqual(command)
  })

  const snapshot: Snapshot = {
    ...{ instanceId: 'i', workflowId: 'w', status: 'running', definitionHash: '\0' },
    ...{ state: PAYLOAD, metadata: { a: null } },
    readyTasks: [
      { taskId: 'a', input: null, tags: ['g'], priority: -1 },
      { taskId: 'b', tags: [], priority: 0 },
    ],
    ...TIMES,
  }

  it('a snapshot comes back, and its summary without its body', () => {
    const row = { ...snapshotParams(snapshot, format), ...TIMES } as unknown as SnapshotRow
    expect(readSnapshot(row, format)).toStrictEqual(snapshot)
    const { state: _, metadata: __, readyTasks: ___, ...summary } = snapshot
    expect(readSummary({ ...row, body: '{' } as SnapshotRow, format)).toStrictEqual(summary)
  })

  it('ready tasks come back', () => {
    const { tasks, inputs } = taskParams(snapshot.readyTasks, 'h', format)
    const bodies = JSON.parse(inputs) as { taskId: string; body: string }[]
    const rows = (JSON.parse(tasks) as Pick<TaskRow, 'taskId' | 'priority' | 'tags'>[]).map(
      ({ tags, ...task }, index) => ({
        ...{ instanceId: 'i', workflowId: 'w', readyAt: 0, ...task },
        ...{ tags: JSON.stringify(tags), body: bodies[index]?.body ?? '' },
      }),
    )
    const where = { instanceId: 'i', workflowId: 'w', definitionHash: 'h', readyAt: 0 }
    expect(rows.map((row) => readTask(row, format))).toStrictEqual([
      { ...where, taskId: 'a', input: null, tags: ['g'], priority: -1 },
      { ...where, taskId: 'b', tags: [], priority: 0 },
    ])
  })

  it('an error comes back', () => {
    const error: ExecutionError = { id: 'x', workflowId: 'w', errorTime: 0, message: '', stack: '' }
    const [row] = JSON.parse(String(errorParams([error], format).errors)) as ErrorRow[]
    expect(row && readError(row, format)).toStrictEqual(error)
  })

  it('what cannot be read is CORRUPT, and says which record', () => {
    for (const body of ['', '{', '[]', 'null', '~~']) {
      const row = { workflowId: 'w', key: 'the key', body }
      const error = thrownBy(() => readState(row, format))
      expect(isPersistenceError(error, 'CORRUPT')).toBe(true)
      expect(String(error)).toContain('the key')
    }
  })

  it('what is too large is TOO_LARGE, by its JSON and not by what the codec makes of it', () => {
    const entry = { workflowId: 'w', key: 'k', value: 'x'.repeat(1000) }
    expect(
      isPersistenceError(
        thrownBy(() => stateParams(entry, format)),
        'TOO_LARGE',
      ),
    ).toBe(true)
  })
})

it('no column of a snapshot holds what SQLite text cannot: U+0000 and lone surrogates go into the body', () => {
  const format = { codec: jsonCodec, maxPayloadBytes: 1000 }
  const nasty = '\0\ud800'
  const params = snapshotParams(
    {
      ...{ instanceId: 'i', workflowId: 'w', status: 'running', definitionHash: nasty },
      ...{ state: nasty, readyTasks: [], version: 0, createdAt: null },
    },
    format,
  )
  for (const value of Object.values(params)) {
    expect(String(value).isWellFormed() && !String(value).includes('\0')).toBe(true)
  }
})

function thrownBy(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  return undefined
}

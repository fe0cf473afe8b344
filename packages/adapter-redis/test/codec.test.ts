import {
  compressingCodec,
  isPersistenceError,
  jsonCodec,
  type ExecutionError,
  type ScheduledCommand,
  type Snapshot,
  type StepExecution,
  type Subscription,
  type WorkflowEvent,
  type WorkflowInstance,
} from '@holdfast/spec'
import { describe, expect, it } from 'vitest'
import {
  readClaim,
  readSnapshot,
  readSummary,
  readTask,
  snapshotId,
  snapshotParams,
  taskId,
  taskParams,
} from '../src/codec-tasks.ts'
import {
  commandParams,
  errorRow,
  eventParams,
  outputBody,
  readCommand,
  readError,
  readEvent,
  readOutput,
  readState,
  readStep,
  readSubscription,
  readWorkflow,
  rowsOf,
  stateBody,
  stepParams,
  subscriptionRow,
  workflowParams,
  type Row,
} from '../src/codec.ts'
import { join } from '../src/order.ts'
import type { Param } from '../src/script.ts'

const PAYLOAD = { ['__proto__']: 1, text: '\0\ud800 é', none: null, list: [[], {}] }
// What would break a head: free text may hold it, and goes into the body.
const HOSTILE = 'a\0b\ud800'
const TIMES = { createdAt: 1, updatedAt: 2, version: 3 }

describe.each([jsonCodec, compressingCodec({ threshold: 1 })])('with codec $name', (codec) => {
  const format = { codec, maxPayloadBytes: 1000 }
  const text = (value: Param | undefined): string => String(value ?? '')

  const full: WorkflowInstance = {
    ...{ id: 'w', definitionId: 'd', definitionVersion: '', description: HOSTILE, reference: 'r' },
    ...{ resourceId: 's', tags: { a: 'b' }, status: 'runnable', nextExecution: 0, pointers: [] },
    ...{ data: PAYLOAD, input: null, progress: 0.5, startedAt: 0, completedAt: 0 },
    ...TIMES,
  }
  const least: WorkflowInstance = {
    ...{ id: 'w', definitionId: 'd', status: 'pending', nextExecution: null, pointers: [] },
    ...TIMES,
  }

  it.each([full, least])('a workflow comes back', (workflow) => {
    const { createdAt: _, updatedAt: __, version: ___, ...content } = workflow
    const params = workflowParams(content, format)
    const { status, nextExecution, definitionId, reference, resourceId, completedAt } = params
    const fields = [status, nextExecution, definitionId, reference, resourceId, completedAt]
    const head = join(...[...fields, 1, 2, 3, 'q', 'q'].map(text))
    expect(readWorkflow(['w', head, text(params.body)], format)).toStrictEqual(workflow)
  })

  it('a step comes back', () => {
    const step: StepExecution = {
      ...{ workflowId: 'w', stepId: 's', executionIndex: 0, status: 'failed', attempt: 0 },
      ...{ output: null, error: { message: HOSTILE, details: PAYLOAD } },
      ...TIMES,
    }
    const { createdAt: _, updatedAt: __, version: ___, ...content } = step
    const { id, executionIndex, body } = stepParams(content, format)
    const head = join(...[executionIndex, 1, 2, 3, 'q', 'q'].map(text))
    expect(readStep([text(id), head, text(body)], format)).toStrictEqual(step)
  })

  it.each([null, '', 0, false, [], PAYLOAD])('an output and a state of %j come back', (value) => {
    const output = { workflowId: 'w', stepId: 's', output: value }
    const step = { workflowId: 'w', stepId: 's' }
    expect(readOutput(step, outputBody(output, format), format)).toStrictEqual(output)
    const entry = { workflowId: 'w', key: 'k', value }
    const key = { workflowId: 'w', key: 'k' }
    expect(readState(key, stateBody(entry, format), format)).toStrictEqual(entry)
  })

  it.each<Partial<WorkflowEvent>>([
    { processed: true, data: null },
    { processed: false, data: PAYLOAD },
    { processed: false },
  ])('an event comes back: %j', (members) => {
    const event = {
      ...{ id: 'e', eventName: 'n', eventKey: 'k', eventTime: -1, processed: false },
      ...members,
    }
    const { id, head, body } = eventParams(event, 'q', format)
    expect(readEvent([text(id), `${text(head)}\0${7}`, text(body)], format)).toStrictEqual(event)
  })

  it.each([
    { token: null, workerId: null, tokenExpiry: null },
    { token: 't', workerId: 'u', tokenExpiry: 0, data: null },
    { token: 't', workerId: 'u', tokenExpiry: null },
  ])('a subscription comes back: %j', (members) => {
    const subscription: Subscription = {
      ...{ id: 's', workflowId: 'w', stepId: HOSTILE, executionPointerId: '' },
      ...{ eventName: 'n', eventKey: 'k', subscribeAsOf: 0 },
      ...members,
    }
    const row = subscriptionRow(subscription, 'q', format)
    expect(readSubscription(row, format)).toStrictEqual(subscription)
  })

  it.each([{ workflowId: 'w' }, {}])('a command comes back: %j', (members) => {
    const command: ScheduledCommand = { name: 'n', data: HOSTILE, executeAt: 0, ...members }
    const { executeAt, workflowId, body } = commandParams(command, format)
    const head = join(...[executeAt, '', '', '', workflowId].map(text))
    expect(readCommand(['k', head, text(body)], format)).toStrictEqual(command)
  })

  const snapshot: Snapshot = {
    ...{ instanceId: 'i', workflowId: 'w', status: 'running', definitionHash: HOSTILE },
    ...{ state: PAYLOAD, metadata: { a: null } },
    readyTasks: [
      { taskId: 'a', input: null, tags: ['g', 'h'], priority: -1 },
      { taskId: 'b', tags: [], priority: 0 },
    ],
    ...TIMES,
  }

  it('a snapshot comes back, and its summary without its body', () => {
    const { id, status, brief, body } = snapshotParams(snapshot, format)
    const head = join(...[status, 1, 2, 3, 'q'].map(text))
    expect(id).toBe(snapshotId(snapshot))
    expect(readSnapshot([text(id), head, text(body)], format)).toStrictEqual(snapshot)
    const { state: _, metadata: __, readyTasks: ___, ...summary } = snapshot
    expect(readSummary([text(id), head, text(brief)], format)).toStrictEqual(summary)
  })

  it('ready tasks come back, and none of a snapshot that does not run', () => {
    const [task, priority, body, tags, ...rest] = taskParams(snapshot, format)
    expect(tags).toBe(2)
    expect(rest.slice(2, 4)).toEqual(['b', 0])
    const id = taskId({ instanceId: 'i', workflowId: 'w', taskId: text(task) })
    const head = join('1', '5', text(priority), '9', '1', 'v', '6', '', 'q', 'g', 'h')
    const where = { instanceId: 'i', workflowId: 'w', taskId: 'a' }
    expect(readTask([id, head, text(body)], format)).toStrictEqual({
      ...{ ...where, definitionHash: HOSTILE, input: null, readyAt: 5, priority: -1 },
      tags: ['g', 'h'],
    })
    expect(readClaim(id, head)).toStrictEqual({
      ...{ ...where, workerId: 'v', token: 9, claimedAt: 6, expiresAt: null },
    })
    expect(taskParams({ ...snapshot, status: 'paused' }, format)).toEqual([])
  })

  it('an error comes back', () => {
    const error: ExecutionError = {
      ...{ id: 'x', workflowId: 'w', errorTime: 0, message: HOSTILE, stack: '' },
    }
    const [id, head, body] = errorRow(error, 'q', format)
    expect(readError([id, `${head}\0${7}`, body], format)).toStrictEqual(error)
  })

  it('what cannot be read is CORRUPT, and says which record', () => {
    for (const body of [null, '', '{', '[]', 'null', '~~']) {
      const read = (): unknown => readState({ workflowId: 'w', key: 'the key' }, body, format)
      const error = thrownBy(read)
      expect(isPersistenceError(error, 'CORRUPT')).toBe(true)
      expect(String(error)).toContain('the key')
    }
  })

  it('what is too large is TOO_LARGE, by its JSON and not by what the codec makes of it', () => {
    const entry = { workflowId: 'w', key: 'k', value: 'x'.repeat(1000) }
    const error = thrownBy(() => stateBody(entry, format))
    expect(isPersistenceError(error, 'TOO_LARGE')).toBe(true)
  })
})

it('rows come one after the other', () => {
  const rows: readonly Row[] = rowsOf(['a', 'head', 'body', 'b', 'head', null])
  expect(rows).toEqual([
    ['a', 'head', 'body'],
    ['b', 'head', null],
  ])
  expect(rowsOf([])).toEqual([])
})

function thrownBy(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  return undefined
}

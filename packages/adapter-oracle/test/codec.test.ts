import { compressingCodec, isPersistenceError, jsonCodec } from '@holdfast/spec'
import type { ExecutionError, StepExecution, Subscription, WorkflowInstance } from '@holdfast/spec'
import { describe, expect, it } from 'vitest'
import * as codec from '../src/codec.ts'
import {
  placeOfTask,
  readSnapshot,
  readSummary,
  readTask,
  snapshotParams,
} from '../src/codec-tasks.ts'

const MAX = 1_000
const format: codec.Format = { codec: jsonCodec, maxPayloadBytes: MAX }

// What no column would keep; and Oracle takes an empty string for a null.
const hostile = 'a\u0000b\ud800"\\'

const workflow: WorkflowInstance = {
  id: 'w1',
  definitionId: 'order',
  definitionVersion: hostile,
  description: '',
  reference: 'ref',
  resourceId: 'res',
  tags: { a: hostile },
  status: 'failed',
  nextExecution: 5,
  pointers: [],
  data: { ['__proto__']: null, text: hostile },
  error: { message: hostile },
  completedAt: 7,
  createdAt: 1,
  updatedAt: 2,
  version: 3,
}

/** What a caller sends of a record. */
function contentOf<T extends Versioned>(record: T): Omit<T, keyof Versioned> {
  const { createdAt: _, updatedAt: __, version: ___, ...content } = record
  return content
}

interface Versioned {
  readonly createdAt: number
  readonly updatedAt: number
  readonly version: number
}

function rowOf(given: WorkflowInstance, big: (value: number) => codec.Int): codec.WorkflowRow {
  const { createdAt, updatedAt, version } = given
  const params = codec.workflowParams(contentOf(given), format)
  return {
    id: String(params.id),
    definition_id: String(params.definitionId),
    reference: params.reference as string | null,
    resource_id: params.resourceId as string | null,
    status: given.status,
    next_execution: given.nextExecution === null ? null : big(given.nextExecution),
    completed_at: params.completedAt === null ? null : big(Number(params.completedAt)),
    created_at: big(createdAt),
    updated_at: big(updatedAt),
    version: big(version),
    body: String(params.body),
  }
}

describe('workflows', () => {
  it.each([
    ['text', String],
    ['numbers', Number],
  ] as const)('come back from columns that the driver reads as %s', (_, big) => {
    expect(codec.readWorkflow(rowOf(workflow, big), format)).toStrictEqual(workflow)
  })

  it('tell absent from null', () => {
    const { reference: _, resourceId: __, completedAt: ___, ...bare } = workflow
    const read = codec.readWorkflow(rowOf({ ...bare, nextExecution: null }, String), format)
    expect(read).toStrictEqual({ ...bare, nextExecution: null })
  })

  it('send nothing that a column does not keep', () => {
    const content = contentOf(workflow)
    for (const value of Object.values(codec.workflowParams(content, format))) {
      expect(String(value)).not.toContain('\u0000')
      expect(String(value).isWellFormed()).toBe(true)
      expect(value).not.toBe('')
    }
  })

  it('are named when their body cannot be read', () => {
    const row = { ...rowOf(workflow, String), body: '{' }
    const read = (): unknown => codec.readWorkflow(row, format)
    expect(read).toThrow(/workflow w1/)
    expect(read).toThrow(expect.toSatisfy((error) => isPersistenceError(error, 'CORRUPT')))
  })

  it('are refused when they are too large', () => {
    const content = contentOf(workflow)
    const send = (): unknown => codec.workflowParams({ ...content, input: 'x'.repeat(MAX) }, format)
    expect(send).toThrow(expect.toSatisfy((error) => isPersistenceError(error, 'TOO_LARGE')))
  })

  it('pass through a codec', () => {
    const compressed = { ...format, codec: compressingCodec({ threshold: 1 }) }
    const content = contentOf(workflow)
    const { body } = codec.workflowParams(content, compressed)
    expect(body).toMatch(/^~/)
    const row = { ...rowOf(workflow, String), body: String(body) }
    expect(codec.readWorkflow(row, compressed)).toStrictEqual(workflow)
  })
})

describe('other records', () => {
  it('steps come back', () => {
    const step: StepExecution = {
      workflowId: 'w',
      stepId: 's',
      executionIndex: 4,
      status: 'failed',
      attempt: 2,
      input: null,
      error: { message: hostile },
      createdAt: 1,
      updatedAt: 2,
      version: 3,
    }
    const content = contentOf(step)
    const { body } = codec.stepParams(content, format)
    const row = { workflow_id: 'w', step_id: 's', execution_index: 4, body: String(body) }
    const times = { created_at: '1', updated_at: '2', version: '3' }
    expect(codec.readStep({ ...row, ...times }, format)).toStrictEqual(step)
  })

  it('subscriptions come back', () => {
    const subscription: Subscription = {
      id: 'i',
      workflowId: 'w',
      stepId: hostile,
      executionPointerId: '',
      eventName: 'e',
      eventKey: 'k',
      subscribeAsOf: -1,
      token: null,
      workerId: null,
      tokenExpiry: null,
    }
    const columns = codec.subscriptionColumns(subscription, format)
    const read = codec.readSubscription(columns as unknown as codec.SubscriptionRow, format)
    expect(read).toStrictEqual(subscription)
  })

  it('errors come back', () => {
    const error: ExecutionError = { id: 'i', workflowId: 'w', errorTime: 9, message: hostile }
    const row = { ...codec.errorColumns(error, format), arrival: '1' }
    expect(codec.readError(row, format)).toStrictEqual(error)
  })

  it('commands come back', () => {
    const command = { name: 'n', data: hostile, executeAt: 3 }
    const { executeAt, workflowId, body } = codec.commandParams(command, format)
    expect([executeAt, workflowId]).toEqual([3, null])
    const row = { key: 'k', execute_at: '3', workflow_id: null, body: String(body) }
    expect(codec.readCommand(row, format)).toStrictEqual(command)
  })
})

describe('snapshots', () => {
  const snapshot = {
    instanceId: 'i',
    workflowId: 'w',
    status: 'running' as const,
    definitionHash: hostile,
    state: [hostile],
    readyTasks: [
      { taskId: 'a', tags: [], priority: 0 },
      { taskId: 'b', tags: ['x', 'x'], priority: -1, input: null },
    ],
    createdAt: null,
    version: 0,
  }
  const row = {
    instance_id: 'i',
    workflow_id: 'w',
    status: 'running' as const,
    created_at: '1',
    updated_at: '2',
    version: '3',
  }

  it('come back whole, and as summaries without what may be large', () => {
    const { head, body } = snapshotParams(snapshot, format)
    const whole = { ...snapshot, createdAt: 1, updatedAt: 2, version: 3 }
    expect(readSnapshot({ ...row, body: String(body) }, format)).toStrictEqual(whole)
    const { state: _, readyTasks: __, ...summary } = whole
    expect(readSummary({ ...row, head: String(head) }, format)).toStrictEqual(summary)
  })

  it('send their tasks when they run, and none otherwise', () => {
    expect(snapshotParams({ ...snapshot, status: 'paused' }, format).tasks).toBe('[]')
    const [first, second] = JSON.parse(String(snapshotParams(snapshot, format).tasks)) as [
      { tags: null; digest: string; body: string },
      { tags: string; digest: string; body: string },
    ]
    expect([first.tags, second.tags]).toEqual([null, '["x","x"]'])
    const place = { instance_id: 'i', workflow_id: 'w', task_id: 'b', priority: -1, ready_at: '7' }
    const task = { ...place, body: second.body }
    expect(readTask(task, format)).toStrictEqual({
      ...{ instanceId: 'i', workflowId: 'w', taskId: 'b', priority: -1, readyAt: 7 },
      ...{ tags: ['x', 'x'], input: null, definitionHash: hostile },
    })
    expect(readTask({ ...task, body: first.body }, format)).not.toHaveProperty('input')
    expect(placeOfTask(task)).toEqual([-1, 7, 'i', 'w', 'b'])
  })
})

it('a task has another digest when anything of it is another', () => {
  const digestOf = (change: object): string => {
    const readyTasks = [{ taskId: 't', tags: [], priority: 0, ...change }]
    const row = {
      instanceId: 'i',
      workflowId: 'w',
      status: 'running',
      definitionHash: 'h',
    } as const
    const { tasks } = snapshotParams(
      { ...row, state: null, readyTasks, createdAt: null, version: 0 },
      format,
    )
    return (JSON.parse(String(tasks)) as [{ digest: string }])[0].digest
  }
  const changes = [
    {},
    { priority: 1 },
    { tags: ['a'] },
    { tags: ['b'] },
    { input: null },
    { input: 1 },
  ]
  expect(new Set(changes.map(digestOf)).size).toBe(changes.length)
  expect(digestOf({})).toBe(digestOf({}))
})

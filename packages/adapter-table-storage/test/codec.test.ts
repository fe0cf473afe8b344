import {
  compressingCodec,
  isPersistenceError,
  jsonCodec,
  type ExecutionError,
  type ReadyTask,
  type ScheduledCommand,
  type Snapshot,
  type StepExecution,
  type Subscription,
  type WorkflowEvent,
  type WorkflowInstance,
} from '@holdfast/spec'
import { describe, expect, it } from 'vitest'
import {
  isSameTask,
  readClaim,
  readSnapshot,
  readSummary,
  readTask,
  withLease,
  writeSnapshot,
  writeTask,
} from '../src/codec-tasks.ts'
import {
  cleared,
  fields,
  numberOrNull,
  readCommand,
  readError,
  readEvent,
  readOutput,
  readState,
  readStep,
  readSubscription,
  readWorkflow,
  stamped,
  textOrNull,
  writeCommand,
  writeError,
  writeEvent,
  writeOutput,
  writeState,
  writeStep,
  writeSubscription,
  writeWorkflow,
} from '../src/codec.ts'
import type { Content } from '../src/table.ts'
import { packContent, packText, unpackContent, unpackText } from '../src/pack.ts'

const PAYLOAD = { ['__proto__']: 1, text: '\0\ud800 é', none: null, list: [[], {}] }
const HOSTILE = 'a\0b\ud800'
/** An id. The emulator cuts what it gets at the line separator. */
const ODD = '\u2028%2F+é😀\u0001'
const TIMES = { createdAt: 1, updatedAt: 2, version: 3 }
const STAMPS = { ...TIMES, createdBy: ODD, updatedBy: ODD }

describe.each([jsonCodec, compressingCodec({ threshold: 1 })])('with codec $name', (codec) => {
  const format = { codec, maxPayloadBytes: 1000 }

  const full: WorkflowInstance = {
    ...{ id: ODD, definitionId: 'd', definitionVersion: '', description: HOSTILE, reference: ODD },
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
    const row = stamped(writeWorkflow(content, format), STAMPS)
    expect(readWorkflow(row, format)).toStrictEqual(workflow)
  })

  it('a step comes back', () => {
    const step: StepExecution = {
      ...{ workflowId: ODD, stepId: 's', executionIndex: 0, status: 'failed', attempt: 0 },
      ...{ output: null, error: { message: HOSTILE, details: PAYLOAD } },
      ...TIMES,
    }
    const { createdAt: _, updatedAt: __, version: ___, ...content } = step
    expect(readStep(stamped(writeStep(content, format), STAMPS), format)).toStrictEqual(step)
  })

  it('an output and an entry of the state come back', () => {
    const output = { workflowId: ODD, stepId: 's', output: null }
    expect(readOutput(writeOutput(output, format), format)).toStrictEqual(output)
    const entry = { workflowId: ODD, key: 'k', value: PAYLOAD }
    expect(readState(writeState(entry, format), format)).toStrictEqual(entry)
  })

  it('an event comes back', () => {
    const event: WorkflowEvent = {
      ...{ id: ODD, eventName: 'n', eventKey: ODD, data: PAYLOAD, eventTime: -1, processed: false },
    }
    for (const processed of [true, false]) {
      const wanted = { ...event, processed }
      expect(readEvent(writeEvent(wanted, 7, 'r', format), format)).toStrictEqual(wanted)
    }
  })

  it('a subscription comes back, also when its lease was cleared', () => {
    const held: Subscription = {
      ...{ id: ODD, workflowId: 'w', stepId: HOSTILE, executionPointerId: '', eventName: 'n' },
      ...{ eventKey: 'k', subscribeAsOf: 0, token: 't', workerId: ODD, tokenExpiry: 0 },
    }
    const nobody = { token: null, workerId: null, tokenExpiry: null }
    const content = writeSubscription(held, 'r', format)
    expect(readSubscription(content, format)).toStrictEqual(held)
    const open = { ...content, ...cleared(nobody) }
    expect(readSubscription(open, format)).toStrictEqual({ ...held, ...nobody })
  })

  it.each<ScheduledCommand>([
    { name: 'n', data: HOSTILE, executeAt: 5, workflowId: ODD },
    { name: 'n', data: '', executeAt: -5 },
  ])('a command comes back', (command) => {
    expect(readCommand(writeCommand(command, 'key', format), format)).toStrictEqual(command)
  })

  it('an error comes back', () => {
    const error: ExecutionError = {
      ...{ id: ODD, workflowId: 'w', errorTime: 0, message: HOSTILE, stack: '', details: PAYLOAD },
    }
    expect(readError(writeError(error, 7, format), format)).toStrictEqual(error)
  })

  it('a snapshot, its summary, its tasks and their claims come back', () => {
    const task = { taskId: ODD, input: PAYLOAD, tags: [ODD, '!'], priority: -1 }
    const content = { definitionHash: HOSTILE, state: PAYLOAD, readyTasks: [task] }
    const snapshot: Snapshot = {
      ...{ instanceId: ODD, workflowId: 'w', status: 'running', ...content },
      ...TIMES,
    }
    const { content: whole, brief } = writeSnapshot(snapshot, format)
    expect(readSnapshot(stamped(whole, STAMPS), format)).toStrictEqual(snapshot)
    const { state: _, readyTasks: __, ...summary } = snapshot
    expect(readSummary(stamped(brief, STAMPS), format)).toStrictEqual(summary)

    const lease = fields({ held: 1, workerId: 'v', token: 7, claimedAt: 1 })
    const write = (it: ReadyTask): Content => withLease(writeTask(snapshot, it, format), 5, lease)
    const row = write(task)
    const key = { instanceId: ODD, workflowId: 'w', taskId: ODD }
    const { input, tags, priority } = task
    const wanted = { ...key, definitionHash: HOSTILE, input, tags, priority, readyAt: 5 }
    expect(readTask(row, format)).toStrictEqual(wanted)
    const claim = { ...key, workerId: 'v', token: 7, claimedAt: 1, expiresAt: null }
    expect(readClaim(row)).toStrictEqual(claim)

    // Read without its body, as a save does.
    const { body0: ___, ...head } = row
    expect(isSameTask(head, row)).toBe(true)
    const others = [
      { ...task, input: 1 },
      { ...task, tags: [] },
      { ...task, priority: 0 },
    ]
    for (const other of others) expect(isSameTask(head, write(other))).toBe(false)
  })

  it('a body that is not there, or is damaged, is CORRUPT', () => {
    const { body0: _, ...rest } = writeState({ workflowId: 'w', key: 'k', value: 1 }, format)
    for (const content of [rest, { ...rest, body0: Buffer.from('{') }]) {
      const read = (): unknown => readState(content, format)
      expect(read).toThrow(expect.toSatisfy((error) => isPersistenceError(error, 'CORRUPT')))
    }
  })
})

it('absent and cleared properties are null, and 0 is not', () => {
  for (const content of [fields({ a: null, b: undefined }), cleared({ a: null, b: null })]) {
    expect(textOrNull(content, 'a')).toBeNull()
    expect(numberOrNull(content, 'b')).toBeNull()
  }
  expect(numberOrNull(fields({ a: 0 }), 'a')).toBe(0)
})

it('text is cut into chunks of 64 KiB, whatever characters are at the cut', () => {
  for (const text of ['', 'x', '😀'.repeat(16_384), `x${'😀'.repeat(100_000)}`]) {
    const content = packText('p', text)
    for (const chunk of Object.values(content)) expect(chunk.length).toBeLessThanOrEqual(65_536)
    expect(unpackText('p', content)).toBe(text)
  }
  const pack = (): unknown => packText('p', 'x'.repeat(983_041))
  expect(pack).toThrow(expect.toSatisfy((error) => isPersistenceError(error, 'TOO_LARGE')))
})

it('a row comes back out of another one', () => {
  const content = { a: 'text', b: Buffer.from([0, 255]), c: '' }
  expect(unpackContent('p', packContent('p', content))).toEqual(content)
})

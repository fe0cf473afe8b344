import {
  compressingCodec,
  jsonCodec,
  type ExecutionError,
  type ScheduledCommand,
  type Subscription,
  type WorkflowEvent,
} from '@holdfast/spec'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  commandItem,
  errorItem,
  eventItem,
  readCommand,
  readError,
  readEvent,
  readSubscription,
  subscriptionItem,
} from '../src/codec-events.ts'
import {
  listedTasks,
  readClaim,
  readSnapshot,
  readSummary,
  readTask,
  snapshotContent,
  taskItem,
  tombstoneOf,
} from '../src/codec-tasks.ts'
import {
  outputItem,
  readOutput,
  readState,
  readStep,
  readWorkflow,
  stateItem,
  stepItem,
  workflowItem,
} from '../src/codec.ts'
import { itemId } from '../src/keys.ts'
import { ascii, join, numberOf, orderOf } from '../src/order.ts'

const PAYLOAD = { ['__proto__']: 1, text: '\0\ud800 é', none: null, list: [[], {}] }
const HOSTILE = 'a\0b\ud800'
const TIMES = { createdAt: 1, updatedAt: 2 }

/** As the item comes back from the service. */
function stored<T>(item: T): T {
  return JSON.parse(JSON.stringify(item)) as T
}

describe.each([jsonCodec, compressingCodec({ threshold: 1 })])('with codec $name', (codec) => {
  const format = { codec, maxPayloadBytes: 1000 }

  it('a workflow comes back, with all members and with none', () => {
    const full = {
      ...{ id: 'w', definitionId: 'd', definitionVersion: '', description: HOSTILE },
      ...{ reference: 'r', resourceId: 's', tags: { a: 'b' }, status: 'runnable' as const },
      ...{ nextExecution: 0, pointers: [], data: PAYLOAD, input: null, progress: 0.5 },
      ...{ completedAt: 0, ...TIMES },
    }
    const least = { id: 'w', definitionId: 'd', status: 'pending' as const, pointers: [] }
    for (const workflow of [full, { ...least, nextExecution: null, ...TIMES }]) {
      const item = stored(workflowItem(workflow, 'request', 9, format))
      expect(readWorkflow(item, format)).toEqual({ ...workflow, version: 1 })
    }
  })

  it('a step, an output and a value come back', () => {
    const key = { workflowId: 'w', stepId: 's' }
    const step = {
      ...key,
      ...{ executionIndex: 3, status: 'failed' as const, attempt: 0, input: PAYLOAD },
      ...{ error: { message: HOSTILE, details: null }, ...TIMES },
    }
    const item = stored(stepItem(step, 'request', 9, format))
    expect(readStep(item, format)).toEqual({ ...step, version: 1 })
    const output = { ...key, output: null }
    expect(readOutput(stored(outputItem(output, format)), format)).toEqual(output)
    const entry = { workflowId: 'w', key: 'k', value: PAYLOAD }
    expect(readState(stored(stateItem(entry, format)), format)).toEqual(entry)
  })

  it('an event, a subscription, a command and an error come back', () => {
    const topic = { eventName: 'n', eventKey: 'k' }
    const event: WorkflowEvent = { id: 'e', ...topic, eventTime: -1, processed: true, data: null }
    expect(readEvent(stored(eventItem(event, 7, 'request', format)), format)).toEqual(event)
    const open: Subscription = {
      ...{ id: 's', workflowId: 'w', stepId: '', executionPointerId: HOSTILE, ...topic },
      ...{ subscribeAsOf: 0, data: PAYLOAD, token: null, workerId: null, tokenExpiry: null },
    }
    for (const subscription of [open, { ...open, token: 't', workerId: 'v', tokenExpiry: 5 }]) {
      const item = stored(subscriptionItem(subscription, 'request', format))
      expect(readSubscription(item, format)).toEqual(subscription)
    }
    const command: ScheduledCommand = { name: 'n', data: HOSTILE, executeAt: -5 }
    for (const scheduled of [command, { ...command, workflowId: 'w' }])
      expect(readCommand(stored(commandItem(scheduled, 'key', format)), format)).toEqual(scheduled)
    const error: ExecutionError = { id: 'x', workflowId: 'w', errorTime: 0, message: HOSTILE }
    expect(readError(stored(errorItem(error, 1, 'request', format)), format)).toEqual(error)
  })

  it('a snapshot, its tasks and a claim come back', () => {
    const snapshot = {
      ...{ instanceId: 'i', workflowId: 'w', status: 'running' as const, definitionHash: '' },
      ...{ state: PAYLOAD, version: 0, createdAt: null },
      readyTasks: [{ taskId: 't', input: PAYLOAD, tags: ['b', 'a', 'b'], priority: -1 }],
    }
    const item = stored({
      ...snapshotContent(snapshot, 1, format),
      ...{ ...TIMES, updatedBy: 'request', floor: 0 },
    })
    const read = { ...snapshot, ...TIMES, version: 1 }
    expect(readSnapshot(item, format)).toEqual(read)
    const { state: _, readyTasks, ...summary } = read
    expect(readSummary(item, format)).toEqual(summary)

    const [listed] = listedTasks(snapshot, format)
    if (listed === undefined) throw new Error('No task')
    const task = stored(taskItem(snapshot, listed, 7, 41))
    const { instanceId, workflowId } = snapshot
    expect(readTask(task, format)).toEqual({
      ...{ instanceId, workflowId, ...readyTasks[0], readyAt: 7, definitionHash: '' },
    })
    const lease = { workerId: 'v', claimedAt: 8, worker: '', extendedBy: '' }
    expect(readClaim({ ...task, token: 42, lease, expiry: null })).toEqual({
      ...{ instanceId, workflowId, taskId: 't', workerId: 'v', token: 42 },
      ...{ claimedAt: 8, expiresAt: null },
    })
    expect(tombstoneOf(item, [{ ...item, floor: 3 }, task])).toMatchObject({ floor: 41 })
    expect(listedTasks({ ...snapshot, status: 'paused' }, format)).toEqual([])
  })

  it('what cannot be read is CORRUPT, and what is too large is TOO_LARGE', () => {
    const entry = { workflowId: 'w', key: 'k', value: 1 }
    const item = stateItem(entry, format)
    expect(() => readState({ ...item, body: '{' }, format)).toThrow(
      expect.objectContaining({ code: 'CORRUPT' }),
    )
    expect(() => stateItem({ ...entry, value: 'x'.repeat(1000) }, format)).toThrow(
      expect.objectContaining({ code: 'TOO_LARGE' }),
    )
  })
})

describe('keys and places', () => {
  const id = fc.string({ unit: 'binary', minLength: 1, maxLength: 255 })
  const FORBIDDEN = /[/\\?#]/

  it('an id of an item is one that the service takes, and stands for its ids alone', () => {
    const ids = fc.tuple(id, id)
    fc.assert(
      fc.property(ids, ids, (a, b) => {
        const [one, other] = [itemId('step', ...a), itemId('step', ...b)]
        expect(FORBIDDEN.test(one)).toBe(false)
        expect(/^[\x21-\x7e]+$/.test(one)).toBe(true)
        expect(Buffer.byteLength(one)).toBeLessThanOrEqual(1023)
        expect(one === other).toBe(a[0] === b[0] && a[1] === b[1])
      }),
    )
  })

  it.each([
    [
      ['a:b', 'c'],
      ['a', 'b:c'],
    ],
    [['a=3ab'], ['a:b']],
    [['a'.repeat(300)], ['a'.repeat(301)]],
    [['\u00e9'], ['e\u0301']],
  ])('%j and %j are kept apart', (a, b) => {
    expect(itemId('x', ...a)).not.toBe(itemId('x', ...b))
    expect(join(...a)).not.toBe(join(...b))
  })

  it('text sorts by its code points, whatever compares it', () => {
    const text = fc.string({ unit: 'binary', maxLength: 8 })
    fc.assert(
      fc.property(text, text, (a, b) => {
        const wanted = Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b)))
        const [x, y] = [ascii(a), ascii(b)]
        expect(x < y ? -1 : x > y ? 1 : 0).toBe(wanted)
        expect(/^[\x21-\x7e]*$/.test(x)).toBe(true)
      }),
    )
  })

  it('numbers sort as numbers do, and come back', () => {
    const number = fc.maxSafeInteger()
    fc.assert(
      fc.property(number, number, (a, b) => {
        const [x, y] = [orderOf(a), orderOf(b)]
        expect(x < y).toBe(a < b)
        expect(numberOf(x)).toBe(a)
      }),
    )
  })
})

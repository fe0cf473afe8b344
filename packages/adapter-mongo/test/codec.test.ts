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
import fc from 'fast-check'
import { BSON } from 'mongodb'
import { describe, expect, it } from 'vitest'
import {
  listedTasks,
  placeOfTask,
  readClaim,
  readSnapshot,
  readSummary,
  readTask,
  snapshotFields,
} from '../src/codec-tasks.ts'
import {
  commandRow,
  errorRow,
  eventRow,
  outputBody,
  readCommand,
  readError,
  readEvent,
  readOutput,
  readState,
  readStep,
  readSubscription,
  readWorkflow,
  stateBody,
  stepFields,
  subscriptionRow,
  workflowFields,
} from '../src/codec.ts'
import { join, lastIds, ownedBy, pageFilter } from '../src/keys.ts'
import type { SnapshotRow, TaskRow } from '../src/rows.ts'

const ns = 'tests'
// What BSON would change: keys, undefined members, special objects, and text that is not well-formed.
const PAYLOAD = {
  ...{ ['__proto__']: 1, $set: { 'a.b': 1 }, '': null, _bsontype: 'ObjectId', $ref: 'r', $id: 1 },
  ...{ text: '\0\ud800 é', list: [[], {}], big: 2 ** 53, 2: 'b', 1: 'a' },
}
const TIMES = { createdAt: 1, updatedAt: 2, version: 3 }
const WRITTEN = { createdBy: 'q', updatedBy: 'q' }

/** What the server gives back. */
function stored<T extends object>(row: T): T {
  return BSON.deserialize(BSON.serialize(row)) as T
}

describe.each([jsonCodec, compressingCodec({ threshold: 1 })])('with codec $name', (codec) => {
  const format = { namespace: ns, codec, maxPayloadBytes: 1000 }

  const full: WorkflowInstance = {
    ...{ id: 'w', definitionId: 'd', definitionVersion: '', description: 'a\0', reference: 'r' },
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
    const head = { _id: join(ns, 'w'), ns, ...TIMES, ...WRITTEN }
    const row = stored({ ...head, ...workflowFields(content, format) })
    expect(readWorkflow(row, format)).toStrictEqual(workflow)
  })

  it('only a runnable workflow is due', () => {
    const { createdAt: _, updatedAt: __, version: ___, ...content } = full
    expect(workflowFields(content, format).due).toBe(0)
    expect(workflowFields({ ...content, status: 'complete' }, format).due).toBeNull()
    expect(workflowFields({ ...content, nextExecution: null }, format).due).toBeNull()
  })

  it('a step, an output and a state entry come back', () => {
    const step: StepExecution = {
      ...{ workflowId: 'w', stepId: 's', executionIndex: 0, status: 'failed', attempt: 0 },
      ...{ output: null, error: { message: 'a\0', details: PAYLOAD } },
      ...TIMES,
    }
    const { createdAt: _, updatedAt: __, version: ___, ...content } = step
    const _id = join(ns, 'w', 's')
    const head = { _id, owner: join(ns, 'w'), ...TIMES, ...WRITTEN }
    expect(readStep(stored({ ...head, ...stepFields(content, format) }), format)).toStrictEqual(
      step,
    )
    const output = { workflowId: 'w', stepId: 's', output: null }
    const outputRow = stored({ _id, body: outputBody(output, format) })
    expect(readOutput(outputRow, format)).toStrictEqual(output)
    const entry = { workflowId: 'w', key: 's', value: PAYLOAD }
    expect(readState(stored({ _id, body: stateBody(entry, format) }), format)).toStrictEqual(entry)
  })

  it('an event and a subscription come back', () => {
    const event: WorkflowEvent = {
      ...{ id: 'e', eventName: 'n', eventKey: 'k', eventTime: -1, processed: true, data: PAYLOAD },
    }
    expect(readEvent(stored(eventRow(event, 7, 'q', format)), format)).toStrictEqual(event)
    const subscription: Subscription = {
      ...{ id: 's', workflowId: 'w', stepId: '', executionPointerId: 'p', eventName: 'n' },
      ...{ eventKey: 'k', subscribeAsOf: 0, token: 't', workerId: 'v', tokenExpiry: null },
    }
    const row = stored(subscriptionRow(subscription, 'q', format))
    expect(readSubscription(row, format)).toStrictEqual(subscription)
  })

  it.each([{}, { workflowId: 'w' }])('a command comes back: %o', (owner) => {
    const command: ScheduledCommand = { name: 'n', data: '\ud800', executeAt: 5, ...owner }
    const row = stored(commandRow(command, 'key', format))
    expect(readCommand(row, format)).toStrictEqual(command)
    // A token that is there, and null, would be one that only a single command may have.
    expect(row).not.toHaveProperty('token')
  })

  it('an error comes back', () => {
    const error: ExecutionError = {
      ...{ id: 'e', workflowId: 'w', errorTime: 1, message: '', stack: 'a\0', details: PAYLOAD },
    }
    expect(readError(stored(errorRow(error, 7, 'q', format)), format)).toStrictEqual(error)
  })

  const snapshot: Snapshot = {
    ...{ instanceId: 'i', workflowId: 'w', status: 'running', definitionHash: 'h', state: PAYLOAD },
    ...{ metadata: {}, readyTasks: [{ taskId: 't', input: null, tags: ['x'], priority: -1 }] },
    ...TIMES,
  }

  it('a snapshot and its summary come back', () => {
    const tasks = listedTasks(snapshot, format)
    const row: SnapshotRow = stored({
      ...{ _id: join(ns, 'i', 'w'), ns, ...TIMES, updatedBy: 'q' },
      ...snapshotFields(snapshot, tasks, format),
    })
    expect(readSnapshot(row, format)).toStrictEqual(snapshot)
    const { state: _, metadata: __, readyTasks: ___, ...summary } = snapshot
    expect(readSummary(row, format)).toStrictEqual(summary)
  })

  it('a task and its claim come back', () => {
    const [listed] = listedTasks(snapshot, format)
    if (listed === undefined) throw new Error('Not listed')
    const row: TaskRow = stored({
      ...{ ...listed, ns, ready: true, readyAt: 4, listing: 3, token: 9, held: true },
      ...{ workerId: 'v', claimedAt: 5, expiresAt: null },
    })
    const key = { instanceId: 'i', workflowId: 'w', taskId: 't' }
    expect(readTask(row, format)).toStrictEqual({
      ...{ ...key, definitionHash: 'h', input: null, tags: ['x'], priority: -1, readyAt: 4 },
    })
    const claim = { ...key, workerId: 'v', token: 9, claimedAt: 5, expiresAt: null }
    expect(readClaim(row)).toStrictEqual(claim)
    expect(placeOfTask(row)).toStrictEqual([-1, 4, 'i', 'w', 't'])
  })

  it('only a running snapshot lists tasks, and other tasks are told apart', () => {
    expect(listedTasks({ ...snapshot, status: 'paused' }, format)).toEqual([])
    const digestOf = (tasks: Snapshot['readyTasks']): string => {
      const changed = { ...snapshot, readyTasks: tasks }
      return snapshotFields(changed, listedTasks(changed, format), format).listed
    }
    const [task] = snapshot.readyTasks
    if (task === undefined) throw new Error('No task')
    const other = { ...task, taskId: 'u' }
    const digests = [
      ...[[], [task], [task, other], [{ ...task, priority: 0 }], [{ ...task, tags: [] }]],
      [{ ...task, input: 1 }],
    ].map(digestOf)
    expect(new Set(digests).size).toBe(digests.length)
    expect(digestOf([other, task])).toBe(digestOf([task, other]))
  })

  it.each([['{'], ['null'], [7], [undefined]])('a body that is %j is CORRUPT', (body) => {
    const row = { _id: join(ns, 'w', 'k'), body: body as string }
    const read = (): unknown => readState(row, format)
    expect(read).toThrow(expect.objectContaining({ code: 'CORRUPT' }))
  })

  it('a body above the limit is TOO_LARGE', () => {
    try {
      stateBody({ workflowId: 'w', key: 'k', value: 'x'.repeat(1000) }, format)
    } catch (error) {
      expect(isPersistenceError(error, 'TOO_LARGE')).toBe(true)
      return
    }
    throw new Error('Not refused')
  })
})

describe('keys', () => {
  const id = fc
    .string({ unit: 'binary', minLength: 1, maxLength: 5 })
    .filter((text) => !text.includes('\0'))

  it('are injective, and come apart again', () => {
    fc.assert(
      fc.property(id, id, id, (a, b, c) => {
        expect(lastIds(join(ns, a, b, c), 3)).toEqual([a, b, c])
        expect(lastIds(join(ns, a), 1)).toEqual([a])
      }),
    )
  })

  it('of one owner are one range, in which nobody else is', () => {
    const utf8 = (text: string): Buffer => Buffer.from(text)
    const within = (key: string, owner: string): boolean => {
      const { $gte, $lt } = ownedBy(owner) as { readonly $gte: string; readonly $lt: string }
      return utf8(key).compare(utf8($gte)) >= 0 && utf8(key).compare(utf8($lt)) < 0
    }
    fc.assert(
      fc.property(id, id, id, (a, b, key) => {
        expect(within(join(ns, a, key), join(ns, a))).toBe(true)
        expect(within(join(ns, b, key), join(ns, a))).toBe(a === b)
        expect(within(join(ns, a), join(ns, a))).toBe(false)
      }),
    )
  })

  it('a page goes on after a place, field by field, within its bounds', () => {
    const base = { ns, due: { $lte: 9 } }
    expect(pageFilter(base, ['due', '_id'], null)).toBe(base)
    expect(pageFilter(base, ['due', '_id'], [5, 'x'])).toEqual({
      $or: [
        { ns, due: { $lte: 9, $gt: 5 } },
        { ns, due: { $lte: 9, $eq: 5 }, _id: { $gt: 'x' } },
      ],
    })
    expect(pageFilter({ ns }, ['at'], [5], -1)).toEqual({ $or: [{ ns, at: { $lt: 5 } }] })
  })
})

import { jsonCodec, type SnapshotRow } from '@holdfast/spec'
import { describe, expect, it } from 'vitest'
import { readHeld, readTask, saveParams } from '../src/codec.ts'

const format = { codec: jsonCodec, maxPayloadBytes: 1_000 }

const hostile = 'a\u0000b\ud800"\\'

const snapshot: SnapshotRow = {
  ...{ instanceId: 'i', workflowId: 'w', status: 'running', definitionHash: hostile },
  ...{ state: [hostile], createdAt: null, version: 0 },
  readyTasks: [
    { taskId: 'a', tags: [], priority: 0 },
    { taskId: 'b', tags: ['x', 'x'], priority: -1, input: null },
  ],
}

interface Sent {
  readonly task_id: string
  readonly tags: string | null
  readonly priority: number
  readonly digest: string
  readonly body: string
}

function sentOf(given: SnapshotRow): readonly Sent[] {
  return JSON.parse(String(saveParams(given, format).tasks)) as readonly Sent[]
}

describe('tasks', () => {
  it('are sent when the snapshot runs, and none otherwise', () => {
    expect(sentOf({ ...snapshot, status: 'paused' })).toEqual([])
    const sent = sentOf(snapshot)
    const where = { instance_id: 'i', workflow_id: 'w', ready_at: '7' }
    const key = { instanceId: 'i', workflowId: 'w', readyAt: 7, definitionHash: hostile }
    expect(sent.map((task) => readTask({ ...where, ...task }, format))).toStrictEqual([
      { ...key, taskId: 'a', tags: [], priority: 0 },
      { ...key, taskId: 'b', tags: ['x', 'x'], priority: -1, input: null },
    ])
  })

  it('have their tags beside the body as well, and never as an empty text, which is null', () => {
    expect(sentOf(snapshot).map(({ tags }) => tags)).toEqual([null, '["x","x"]'])
  })

  it('have another digest when anything of them is another', () => {
    const digestOf = (change: object): string | undefined =>
      sentOf({ ...snapshot, readyTasks: [{ taskId: 't', tags: [], priority: 0, ...change }] })[0]
        ?.digest
    const changes = [
      ...[{}, { priority: 1 }, { tags: ['a'] }, { tags: ['b'] }, { input: null }, { input: 1 }],
    ]
    expect(new Set(changes.map(digestOf)).size).toBe(changes.length)
    expect(digestOf({})).toBe(digestOf({}))
  })
})

it('a claim comes back from binds', () => {
  const key = { instance_id: 'i', workflow_id: 'w', task_id: 't', worker_id: 'v' }
  const row = { ...key, fencing_token: '9', claimed_at: 5, expires_at: null }
  expect(readHeld(row)).toEqual({
    ...{ instanceId: 'i', workflowId: 'w', taskId: 't', workerId: 'v' },
    ...{ token: 9, claimedAt: 5, expiresAt: null },
  })
})

import { jsonCodec, type SnapshotRow } from '@holdfast/spec'
import { expect, it } from 'vitest'
import { readTask, saveParams } from '../src/codec.ts'

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
  readonly tags: readonly string[]
  readonly priority: number
  readonly body: string
}

it('a save sends its tasks when it runs, and none otherwise', () => {
  expect(saveParams({ ...snapshot, status: 'paused' }, format).tasks).toBe('[]')
  const sent = JSON.parse(String(saveParams(snapshot, format).tasks)) as readonly Sent[]
  const where = { instance_id: 'i', workflow_id: 'w', ready_at: '7' }
  const key = { instanceId: 'i', workflowId: 'w', readyAt: 7, definitionHash: hostile }
  expect(sent.map((task) => readTask({ ...where, ...task }, format))).toStrictEqual([
    { ...key, taskId: 'a', tags: [], priority: 0 },
    { ...key, taskId: 'b', tags: ['x', 'x'], priority: -1, input: null },
  ])
})

it('tasks come back whatever a type parser of the application makes of integers', () => {
  const key = { instance_id: 'i', workflow_id: 'w', task_id: 't', tags: [], body: '{}' }
  const expected = { priority: -1, readyAt: 7 }
  expect(readTask({ ...key, priority: -1n, ready_at: 7n }, format)).toMatchObject(expected)
  expect(readTask({ ...key, priority: '-1', ready_at: 7 }, format)).toMatchObject(expected)
})

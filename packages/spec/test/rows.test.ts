import { describe, expect, it } from 'vitest'
import {
  compressingCodec,
  isPersistenceError,
  jsonCodec,
  type ErrorCode,
  type ExecutionError,
  type SnapshotRow,
  type StepExecution,
  type Subscription,
  type WorkflowInstance,
} from '../src/index.ts'
import * as rows from '../src/rows/index.ts'

const MAX = 1_000
const format = { codec: jsonCodec, maxPayloadBytes: MAX }

// What one database or another does not keep in a column as it is.
const hostile = 'a\u0000b\ud800"\\'
const payload = { ['__proto__']: null, text: hostile, empty: '' }
const times = { createdAt: 1, updatedAt: 2 }

const workflow: WorkflowInstance = {
  ...{ id: 'w1', definitionId: 'order', definitionVersion: hostile, description: '' },
  ...{ reference: 'ref', resourceId: 'res', tags: { a: hostile }, status: 'failed' },
  ...{ nextExecution: 5, pointers: [], data: payload, error: { message: hostile } },
  ...{ completedAt: 7, ...times, version: 3 },
}

const step: StepExecution = {
  ...{ workflowId: 'w', stepId: 's', executionIndex: 4, status: 'failed', attempt: 2 },
  ...{ input: null, error: { message: hostile }, ...times, version: 3 },
}

const subscription: Subscription = {
  ...{ id: 'i', workflowId: 'w', stepId: hostile, executionPointerId: '', eventName: 'e' },
  ...{ eventKey: 'k', subscribeAsOf: -1, token: null, workerId: null, tokenExpiry: null },
}

const error: ExecutionError = { id: 'i', workflowId: 'w', errorTime: 9, message: hostile }

const snapshot: SnapshotRow = {
  ...{ instanceId: 'i', workflowId: 'w', status: 'running', definitionHash: hostile },
  ...{ state: [payload], metadata: { a: '' }, createdAt: null, version: 3 },
  readyTasks: [{ taskId: 'a', tags: [''], priority: -1, input: null }],
}

/** The row that a database gives back for parameters: in snake case, with its integers as the driver reads them. */
function stored<Row>(params: rows.Columns, int: (value: number) => rows.Int, more = {}): Row {
  const members = Object.entries({ ...params, ...more }).map(([name, value]) => [
    name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    typeof value === 'number' ? int(value) : value,
  ])
  return Object.fromEntries(members) as Row
}

/** What a caller sends of a record. */
function sent<T extends typeof times & { readonly version: number }>(
  record: T,
): Omit<T, keyof typeof times | 'version'> {
  const { createdAt: _, updatedAt: __, version: ___, ...content } = record
  return content
}

function codeOf(work: () => unknown): ErrorCode | undefined {
  try {
    work()
  } catch (thrown) {
    if (isPersistenceError(thrown)) return thrown.code
    throw thrown
  }
  return undefined
}

describe.each([
  ['text', String],
  ['numbers', Number],
  ['bigints', BigInt],
] as const)('with integers that the driver reads as %s', (_, int) => {
  it('workflows come back', () => {
    const row = (given: WorkflowInstance): rows.WorkflowRow =>
      stored(rows.workflowParams(sent(given), format), int, { ...times, version: 3 })
    expect(rows.readWorkflow(row(workflow), format)).toStrictEqual(workflow)
    const { reference: ___, resourceId: ____, completedAt: _____, ...bare } = workflow
    const idle = { ...bare, nextExecution: null }
    expect(rows.readWorkflow(row(idle), format)).toStrictEqual(idle)
  })

  it('steps come back', () => {
    const params = rows.stepParams(sent(step), format)
    const row = stored<rows.StepRow>(params, int, { ...times, version: 3 })
    expect(rows.readStep(row, format)).toStrictEqual(step)
  })

  it.each([true, false])('events come back, processed: %s', (processed) => {
    const event = {
      id: 'e',
      eventName: 'n',
      eventKey: 'k',
      eventTime: -1,
      processed,
      data: hostile,
    }
    const params = rows.eventParams(event, format)
    expect(params).not.toHaveProperty('processed')
    for (const flag of [processed, processed ? 1 : 0]) {
      const row = stored<rows.EventRow>(params, int, { processed: flag })
      expect(rows.readEvent(row, format)).toStrictEqual(event)
    }
  })

  it.each([
    [subscription],
    [{ ...subscription, token: 't', workerId: 'v', tokenExpiry: 0, data: null }],
  ])('subscriptions come back: %o', (given) => {
    const columns = rows.subscriptionColumns(given, format)
    const row = stored<rows.SubscriptionRow>(rows.subscriptionParams(given, format), int)
    expect(stored(columns, int)).toStrictEqual(row)
    expect(Object.keys(columns).sort()).toEqual(Object.keys(row).sort())
    expect(rows.readSubscription(row, format)).toStrictEqual(given)
  })

  it.each([{}, { workflowId: 'w' }])('commands come back: %o', (owner) => {
    const command = { name: 'n', data: hostile, executeAt: 3, ...owner }
    const params = rows.commandParams(command, format)
    const row = stored<rows.CommandRow>(params, int, { key: 'k' })
    expect(rows.readCommand(row, format)).toStrictEqual(command)
  })

  it('errors come back', () => {
    const row = stored<rows.ErrorRow>(rows.errorColumns(error, format), int, { arrival: 1 })
    expect(rows.readError(row, format)).toStrictEqual(error)
  })

  it('snapshots come back whole, and as summaries without what may be large', () => {
    const { body, head, ...params } = rows.snapshotParams(snapshot, format)
    const whole = { ...snapshot, ...times }
    const row = stored<rows.SnapshotRow>({ ...params, body: body ?? null }, int, times)
    expect(rows.readSnapshot(row, format)).toStrictEqual(whole)
    expect(rows.placeOfSnapshot(row)).toEqual(['i', 'w'])
    const { state: ___, metadata: ____, readyTasks: _____, ...summary } = whole
    const listed = stored<rows.SummaryRow>({ ...params, head: head ?? null }, int, times)
    expect(rows.readSummary(listed, format)).toStrictEqual(summary)
  })

  it.each([null, 8])('claims come back, and the places of tasks: %s', (expiresAt) => {
    const key = { instanceId: 'i', workflowId: 'w', taskId: 't' }
    const claim = { ...key, workerId: 'v', token: 2 ** 53 - 1, claimedAt: 0, expiresAt }
    expect(rows.readClaim(stored(claim, int))).toStrictEqual(claim)
    const place = stored<rows.TaskPlaceRow>({ ...key, priority: -1, readyAt: 7 }, int)
    expect(rows.placeOfTask(place)).toEqual([-1, 7, 'i', 'w', 't'])
  })
})

it.each([null, '', 0, false, [], payload])('outputs and states of %j come back', (value) => {
  const output = { workflowId: 'w', stepId: 's', output: value }
  const { body: text, ...key } = rows.outputParams(output, format)
  expect(key).toEqual({ workflowId: 'w', stepId: 's' })
  expect(rows.readOutput({ workflowId: 'w', stepId: 's' }, String(text), format)).toEqual(output)
  const entry = { workflowId: 'w', key: 'k', value }
  const { body, ...place } = rows.stateParams(entry, format)
  expect(place).toEqual({ workflowId: 'w', key: 'k' })
  expect(rows.readState({ workflowId: 'w', key: 'k' }, String(body), format)).toEqual(entry)
})

it('no column has what a database may not keep: empty text, U+0000, lone surrogates', () => {
  const params = [
    rows.workflowParams(sent(workflow), format),
    rows.stepParams(sent(step), format),
    rows.subscriptionParams(subscription, format),
    rows.subscriptionColumns(subscription, format),
    rows.commandParams({ name: '', data: hostile, executeAt: 0 }, format),
    rows.errorColumns(error, format),
    rows.snapshotParams(snapshot, format),
  ]
  for (const value of params.flatMap((each) => Object.values(each))) {
    expect(value).not.toBe('')
    expect(String(value)).not.toContain('\u0000')
    expect(String(value).isWellFormed()).toBe(true)
  }
})

it('a body has nothing that has a column', () => {
  const event = { id: 'e', eventName: 'n', eventKey: 'k', eventTime: 0, processed: true, data: 1 }
  const params = [
    rows.workflowParams(sent(workflow), format),
    rows.stepParams(sent(step), format),
    { ...rows.eventParams(event, format), processed: 'yes' },
    rows.subscriptionParams(subscription, format),
    rows.commandParams({ name: 'n', data: 'd', executeAt: 0, workflowId: 'w' }, format),
    rows.snapshotParams(snapshot, format),
  ]
  for (const { body, ...columns } of params) {
    const inBody = Object.keys(JSON.parse(String(body)) as object)
    expect(inBody.filter((name) => name in columns)).toEqual([])
  }
})

it('bodies pass through the codec, and are refused above the limit', () => {
  const compressed = { ...format, codec: compressingCodec({ threshold: 1 }) }
  const params = rows.workflowParams(sent(workflow), compressed)
  expect(params.body).toMatch(/^~/)
  const row = stored<rows.WorkflowRow>(params, Number, { ...times, version: 3 })
  expect(rows.readWorkflow(row, compressed)).toStrictEqual(workflow)
  const large = { ...sent(workflow), input: 'x'.repeat(MAX) }
  expect(codeOf(() => rows.workflowParams(large, compressed))).toBe('TOO_LARGE')
})

it('a body that cannot be read is CORRUPT, and says which record it is of', () => {
  const key = { workflowId: 'w', stepId: 's', key: 'k' }
  const row = { id: 'i', workflow_id: 'w', step_id: 's', instance_id: 'i', key: 'k', body: '{' }
  const reads: [string, () => unknown][] = [
    ['workflow i', () => rows.readWorkflow(row as never, format)],
    ['step s', () => rows.readStep(row as never, format)],
    ['the output of step s', () => rows.readOutput(key, '{', format)],
    ['state k', () => rows.readState(key, '{', format)],
    ['event i', () => rows.readEvent(row as never, format)],
    ['subscription i', () => rows.readSubscription(row as never, format)],
    ['command k', () => rows.readCommand(row as never, format)],
    ['error i', () => rows.readError(row as never, format)],
    ['snapshot i, w', () => rows.readSnapshot(row as never, format)],
    ['snapshot i, w', () => rows.readSummary({ ...row, head: '{' } as never, format)],
  ]
  for (const [what, read] of reads) {
    expect(codeOf(read)).toBe('CORRUPT')
    expect(read).toThrow(`The stored bytes of ${what} cannot be read`)
  }
})

describe('judge', () => {
  const stored = (version: number, updated_by: string): rows.Stored => ({ version, updated_by })

  it('finds what the same request wrote before', () => {
    expect(rows.judge(stored(3, 'mine'), 2, 'mine', 'step s')).toBe('done')
    expect(rows.isRepeat({ version: '3', updated_by: 'mine' }, 2, 'mine')).toBe(true)
  })

  it('asks for another try when the record has the version now', () => {
    expect(rows.judge(stored(2, 'theirs'), 2, 'mine', 'step s')).toBe('again')
  })

  it.each([
    ['nothing stored', undefined, 'NOT_FOUND', 'There is no step s'],
    ['another version', stored(4, 'mine'), 'CONFLICT', 'Version 4 of step s is stored, not 2'],
    ['another writer', stored(3, 'theirs'), 'CONFLICT', 'Version 3 of step s is stored, not 2'],
  ] as const)('refuses %s', (_, given, code, message) => {
    const judged = (): unknown => rows.judge(given, 2, 'mine', 'step s')
    expect(codeOf(judged)).toBe(code)
    expect(judged).toThrow(message)
  })
})

describe('createOnce', () => {
  const create = (
    inserted: (string | undefined)[],
    found: ({ readonly created_by: string } | undefined)[],
  ): Promise<string> =>
    rows.createOnce(
      'step s',
      'mine',
      () => Promise.resolve(inserted.shift()),
      () => Promise.resolve(found.shift()),
      () => 'found',
    )

  it('creates, or finds what the same request created', async () => {
    await expect(create(['created'], [])).resolves.toBe('created')
    await expect(create([undefined], [{ created_by: 'mine' }])).resolves.toBe('found')
  })

  it('tries again when the record went away meanwhile', async () => {
    await expect(create([undefined, 'created'], [undefined])).resolves.toBe('created')
  })

  it('leaves what somebody else created', async () => {
    const created = create([undefined], [{ created_by: 'theirs' }])
    const isConflict = (thrown: unknown): boolean => isPersistenceError(thrown, 'CONFLICT')
    await expect(created).rejects.toSatisfy(isConflict)
    await expect(created).rejects.toThrow('There is a step s already')
  })
})

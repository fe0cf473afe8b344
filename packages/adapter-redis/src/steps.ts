import { sliceOf, type StepBackend, type StepExecution, type StepPlace } from '@holdfast/spec'
import { outputBody, readOutput, readStep, rowsOf, stepParams, type Row } from './codec.ts'
import type { Context } from './context.ts'
import { judge, type Written } from './judge.ts'
import { NOW, ROWS, SETS, TEXT } from './lua.ts'
import { join, orderOf, split } from './order.ts'
import { lua, script, type Script } from './script.ts'

const LISTED = lua`
local function listedAt(id, head)
  return $workflowId .. '\0' .. num(head[1]) .. string.sub(id, #$workflowId + 2)
end
`

const scripts = {
  create: script(
    'steps.create',
    TEXT,
    NOW,
    SETS,
    LISTED,
    lua`
local stored = redis.call('HGET', @steps, $id)
if stored then
  if split(stored)[5] ~= $requestId then return { 'taken', '' } end
  return { 'stored', stored, redis.call('HGET', @steps.body, $id) }
end
local created = $createdAt ~= '' and $createdAt or int(now)
local updated = $updatedAt ~= '' and $updatedAt or int(now)
local head = { $executionIndex, created, updated, '1', $requestId, $requestId }
redis.call('HSET', @steps, $id, join(head))
redis.call('HSET', @steps.body, $id, $body)
put(@steps.list, listedAt($id, head))
return { 'written', created, updated }
`,
  ),

  get: script(
    'steps.get',
    lua`return { $id, redis.call('HGET', @steps, $id), redis.call('HGET', @steps.body, $id) }`,
  ),

  update: script(
    'steps.update',
    TEXT,
    NOW,
    SETS,
    LISTED,
    lua`
local stored = redis.call('HGET', @steps, $id)
if not stored then return { 'missing' } end
local old = split(stored)
if tonumber(old[4]) == $version + 1 and old[6] == $requestId then
  return { 'stored', stored, redis.call('HGET', @steps.body, $id) }
end
if old[4] ~= $version then return { 'version', old[4] } end
local updated = int(math.max(tonumber(old[3]), now))
local head = { $executionIndex, old[2], updated, int($version + 1), old[5], $requestId }
redis.call('HSET', @steps, $id, join(head))
redis.call('HSET', @steps.body, $id, $body)
move(@steps.list, listedAt($id, old), listedAt($id, head))
return { 'written', old[2], updated }
`,
  ),

  list: script(
    'steps.list',
    SETS,
    ROWS,
    lua`
local members = page(@steps.list, $workflow, $after, '', $limit)
return rows(@steps, @steps.body, members, #$workflow + 18, $workflow)
`,
  ),

  saveOutput: script(
    'steps.saveOutput',
    lua`
redis.call('HSET', @outputs, $id, $body)
redis.call('ZADD', @outputs.list, 0, $id)
`,
  ),

  loadOutput: script('steps.loadOutput', lua`return redis.call('HGET', @outputs, $id)`),
} as const satisfies Record<string, Script>

export function createSteps(context: Context): StepBackend {
  const { run } = context

  const read = (row: Row): StepExecution => readStep(row, context)

  return {
    async create(step, { requestId }) {
      const { createdAt, updatedAt, ...change } = step
      const id = join(step.workflowId, step.stepId)
      const params = { ...stepParams(change, context), createdAt, updatedAt, requestId }
      const answer = judge(await run<Written>(scripts.create, params), 0, nameOf(step))
      if (answer[0] === 'stored') return read([id, answer[1], answer[2]])
      return { ...change, ...timesOf(answer), version: 1 }
    },

    async get({ workflowId, stepId }) {
      const params = { id: join(workflowId, stepId) }
      const answer = await run<readonly [string, string | null, string | null]>(scripts.get, params)
      const [id, head, body] = answer
      return head === null ? null : read([id, head, body])
    },

    async update(step, { requestId }) {
      const { version, ...content } = step
      const id = join(step.workflowId, step.stepId)
      const params = { ...stepParams(content, context), version, requestId }
      const answer = judge(await run<Written>(scripts.update, params), version, nameOf(step))
      if (answer[0] === 'stored') return read([id, answer[1], answer[2]])
      return { ...step, ...timesOf(answer), version: version + 1 }
    },

    async list(workflowId, { limit, after }) {
      const answer = await run<readonly (string | null)[]>(scripts.list, {
        workflow: join(workflowId, ''),
        after: after && orderOf(after[0]) + after[1],
        limit: limit + 1,
      })
      return sliceOf(rowsOf(answer), limit, read, placeOf, (row) => placeOf(row)[1])
    },

    async saveOutput(output) {
      const id = join(output.workflowId, output.stepId)
      await run(scripts.saveOutput, { id, body: outputBody(output, context) })
    },

    async loadOutput({ workflowId, stepId }) {
      const body = await run<string | null>(scripts.loadOutput, { id: join(workflowId, stepId) })
      return body === null ? null : readOutput({ workflowId, stepId }, body, context)
    },
  }
}

function nameOf({ workflowId, stepId }: { workflowId: string; stepId: string }): string {
  return `step ${stepId} of ${workflowId}`
}

function timesOf([, createdAt, updatedAt]: readonly ['written', string, string]): {
  readonly createdAt: number
  readonly updatedAt: number
} {
  return { createdAt: Number(createdAt), updatedAt: Number(updatedAt) }
}

function placeOf([id, head]: Row): StepPlace {
  const [, stepId = ''] = split(id)
  return [Number(split(head)[0]), stepId]
}

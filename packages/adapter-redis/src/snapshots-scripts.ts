import { NOW, ROWS, SETS, TEXT } from './lua.ts'
import { lua, script, type Script } from './script.ts'

/**
 * The rows of tasks: `setTask` and `dropTask`. The set of free ones has the ready ones that nobody holds, in the order
 * in which they are taken; those whose claim will expire wait in the set of leases, by their expiry.
 */
export const TASKS: string = lua`
local function freeTaskAt(id, head)
  return head[1] == '1' and head[5] == '0' and num(head[3]) .. num(head[2]) .. id
end
local function leasedTaskAt(id, head) return head[5] == '1' and head[8] ~= '' and num(head[8]) .. id end
local function indexTask(id, old, new)
  move(@tasks.free, old and freeTaskAt(id, old), new and freeTaskAt(id, new))
  move(@tasks.leases, old and leasedTaskAt(id, old), new and leasedTaskAt(id, new))
  if old and old[9] ~= '' and not (new and new[9] == old[9]) then
    redis.call('HDEL', @tasks.requests, old[9])
  end
end
local function setTask(id, old, new)
  redis.call('HSET', @tasks, id, join(new))
  if not old then put(@tasks.list, id) end
  indexTask(id, old, new)
end
local function dropTask(id, old)
  redis.call('HDEL', @tasks, id)
  redis.call('HDEL', @tasks.body, id)
  redis.call('ZREM', @tasks.list, id)
  indexTask(id, old)
end
`

/** Whether somebody holds a task, and whether a claim is the one that does. */
export const HOLDS: string = lua`
local function isHeld(head) return head[5] == '1' and (head[8] == '' or tonumber(head[8]) > now) end
local function isHeldBy(head, workerId, token)
  return isHeld(head) and head[6] == workerId and head[4] == token
end
`

/** `dropSnapshot(id)` deletes one that is there, with its tasks. */
export const DROP_SNAPSHOT: string = lua`
${TASKS}
local function dropSnapshot(id)
  for _, task in ipairs(all(@tasks.list, id .. '\0')) do
    dropTask(task, split(redis.call('HGET', @tasks, task)))
  end
  local head = split(redis.call('HGET', @snapshots, id))
  redis.call('HDEL', @snapshots, id)
  redis.call('HDEL', @snapshots.brief, id)
  redis.call('HDEL', @snapshots.body, id)
  redis.call('ZREM', @snapshots.list, 'a' .. id, 's' .. head[1] .. '\0' .. id)
end
`

// The tasks of a snapshot that is saved: those that it lists are ready, and one that was ready keeps its place in the
// queue. One that is not listed any more goes, unless somebody holds it.
const REPLACE_TASKS = lua`
local function replaceTasks()
  local given, at, wanted, order = fieldsOf($tasks), 1, {}, {}
  while at <= #given do
    local task, tags = $id .. '\0' .. given[at], tonumber(given[at + 3])
    wanted[task] = { priority = given[at + 1], body = given[at + 2], from = at + 4, to = at + 3 + tags }
    order[#order + 1] = task
    at = at + 4 + tags
  end
  for _, task in ipairs(all(@tasks.list, $id .. '\0')) do
    if not wanted[task] then
      local old = split(redis.call('HGET', @tasks, task))
      if isHeld(old) then
        local head = copy(old)
        head[1] = '0'
        setTask(task, old, head)
      else
        dropTask(task, old)
      end
    end
  end
  for _, task in ipairs(order) do
    local stored = redis.call('HGET', @tasks, task)
    local old = stored and split(stored)
    local head = { '1', int(now), '0', '0', '0', '', '', '', '' }
    if old then
      for i = 4, 9 do head[i] = old[i] end
      if old[1] == '1' then head[2] = old[2] end
    end
    head[3] = wanted[task].priority
    for i = wanted[task].from, wanted[task].to do head[#head + 1] = given[i] end
    setTask(task, old, head)
    redis.call('HSET', @tasks.body, task, wanted[task].body)
  end
end
`

export const snapshotScripts: Readonly<Record<'save' | 'load' | 'delete' | 'list', Script>> = {
  save: script(
    'snapshots.save',
    TEXT,
    NOW,
    SETS,
    TASKS,
    HOLDS,
    REPLACE_TASKS,
    lua`
local stored = redis.call('HGET', @snapshots, $id)
local old = stored and split(stored)
if old and tonumber(old[4]) == $version + 1 and old[5] == $requestId then
  return { 'stored', stored, redis.call('HGET', @snapshots.body, $id) }
end
if $fencedTask ~= '' then
  local task = redis.call('HGET', @tasks, $id .. '\0' .. $fencedTask)
  if not task or not isHeldBy(split(task), $workerId, $token) then return { 'lost' } end
end
if not old and $version ~= '0' then return { 'missing' } end
if old and old[4] ~= $version then return { 'version', old[4] } end
local created = old and old[2] or $createdAt ~= '' and $createdAt or int(now)
local updated = int(old and math.max(tonumber(old[3]), now) or now)
local head = { $status, created, updated, int($version + 1), $requestId }
redis.call('HSET', @snapshots, $id, join(head))
redis.call('HSET', @snapshots.brief, $id, $brief)
redis.call('HSET', @snapshots.body, $id, $body)
move(@snapshots.list, old and 'a' .. $id, 'a' .. $id)
move(@snapshots.list, old and 's' .. old[1] .. '\0' .. $id, 's' .. $status .. '\0' .. $id)
replaceTasks()
return { 'written', created, updated }
`,
  ),

  load: script(
    'snapshots.load',
    lua`return { $id, redis.call('HGET', @snapshots, $id), redis.call('HGET', @snapshots.body, $id) }`,
  ),

  delete: script(
    'snapshots.delete',
    TEXT,
    SETS,
    DROP_SNAPSHOT,
    lua`
if redis.call('HEXISTS', @snapshots, $id) == 0 then return 0 end
dropSnapshot($id)
return 1
`,
  ),

  list: script(
    'snapshots.list',
    SETS,
    ROWS,
    lua`
local members = page(@snapshots.list, $list, $after, '', $limit)
return rows(@snapshots, @snapshots.brief, members, #$list + 1)
`,
  ),
}

import { DROP_COMMAND } from './commands-scripts.ts'
import { NOW, SETS, TEXT } from './lua.ts'
import { lua, script, type Script } from './script.ts'
import { DROP_SNAPSHOT } from './snapshots-scripts.ts'
import { DROP_SUBSCRIPTION, OPEN_SUBSCRIPTIONS } from './subscriptions-scripts.ts'

/** How many entries of an index a script looks at before it lets others have their turn. */
export const LOOKED_AT = 10_000

/** How many workflows a script purges, and how many records may go with them, before it lets others have their turn. */
const PURGED = 100
const PURGED_WITH = 1000

// A workflow is in the list of all ones, and in those of its status, definition, reference and resource, each of which
// begins with a letter of its own; in the list of due ones; and in the one that is purged by.
const INDEXES = lua`
local function lists(id, head)
  local place = num(head[7]) .. id
  return {
    'a' .. place,
    's' .. head[1] .. '\0' .. place,
    'd' .. head[3] .. '\0' .. place,
    head[4] ~= '' and 'r' .. head[4] .. '\0' .. place,
    head[5] ~= '' and 'o' .. head[5] .. '\0' .. place,
  }
end
local function due(id, head)
  return head[1] == 'runnable' and head[2] ~= '' and num(head[2]) .. id
end
local function aged(id, head)
  return head[1] .. '\0' .. num(head[6] ~= '' and head[6] or head[8]) .. id
end
local function index(id, old, new)
  local before, after = old and lists(id, old) or {}, new and lists(id, new) or {}
  for i = 1, 5 do move(@workflows.list, before[i], after[i]) end
  move(@workflows.due, old and due(id, old), new and due(id, new))
  move(@workflows.aged, old and aged(id, old), new and aged(id, new))
end
`

const DROP = lua`
local function each(key, prefix, drop)
  local members = all(key, prefix)
  for _, member in ipairs(members) do
    drop(member, string.sub(member, #prefix + 1))
    redis.call('ZREM', key, member)
  end
  return #members
end
local function drop(id)
  local with = id .. '\0'
  index(id, split(redis.call('HGET', @workflows, id)))
  redis.call('HDEL', @workflows, id)
  redis.call('HDEL', @workflows.body, id)
  return each(@subscriptions.workflow, with, function(_, subscription) dropSubscription(subscription) end)
    + each(@steps.list, with, function(_, place)
      local step = with .. string.sub(place, 18)
      redis.call('HDEL', @steps, step)
      redis.call('HDEL', @steps.body, step)
    end)
    + each(@outputs.list, with, function(output) redis.call('HDEL', @outputs, output) end)
    + each(@state.list, with, function(entry) redis.call('HDEL', @state, entry) end)
    + each(@commands.workflow, with, function(_, command) dropCommand(command) end)
    + each(@errors.list, with, function(_, place)
      local error = string.sub(place, 35)
      redis.call('HDEL', @errors, error)
      redis.call('HDEL', @errors.body, error)
    end)
    + each(@snapshots.list, 'a' .. with, function(member) dropSnapshot(string.sub(member, 2)) end)
end
`

const DROPPING = [TEXT, SETS, INDEXES, DROP_SUBSCRIPTION, DROP_COMMAND, DROP_SNAPSHOT, DROP]

const CREATE: Script = script(
  'workflows.create',
  TEXT,
  NOW,
  SETS,
  INDEXES,
  lua`
local stored = redis.call('HGET', @workflows, $id)
if stored then
  if split(stored)[10] ~= $requestId then return { 'taken', '' } end
  return { 'stored', stored, redis.call('HGET', @workflows.body, $id) }
end
local created = $createdAt ~= '' and $createdAt or int(now)
local updated = $updatedAt ~= '' and $updatedAt or int(now)
local head = { $status, $nextExecution, $definitionId, $reference, $resourceId, $completedAt,
  created, updated, '1', $requestId, $requestId }
redis.call('HSET', @workflows, $id, join(head))
redis.call('HSET', @workflows.body, $id, $body)
index($id, nil, head)
return { 'written', created, updated }
`,
)

const GET: Script = script(
  'workflows.get',
  lua`
local found = {}
for i = $*, #ARGV do
  local head = redis.call('HGET', @workflows, ARGV[i])
  if head then
    found[#found + 1] = ARGV[i]
    found[#found + 1] = head
    found[#found + 1] = redis.call('HGET', @workflows.body, ARGV[i])
  end
end
return found
`,
)

const UPDATE: Script = script(
  'workflows.update',
  TEXT,
  NOW,
  SETS,
  INDEXES,
  OPEN_SUBSCRIPTIONS,
  lua`
local stored = redis.call('HGET', @workflows, $id)
if not stored then return { 'missing' } end
local old = split(stored)
if tonumber(old[9]) == $version + 1 and old[11] == $requestId then
  return { 'stored', stored, redis.call('HGET', @workflows.body, $id) }
end
if old[9] ~= $version then return { 'version', old[9] } end
local opened = fieldsOf($subscriptions)
for i = 1, #opened, 3 do
  if redis.call('HEXISTS', @subscriptions, opened[i]) == 1 then
    return { 'taken', 'subscription ' .. opened[i] }
  end
end
local updated = int(math.max(tonumber(old[8]), now))
local head = { $status, $nextExecution, $definitionId, $reference, $resourceId, $completedAt,
  old[7], updated, int($version + 1), old[10], $requestId }
redis.call('HSET', @workflows, $id, join(head))
redis.call('HSET', @workflows.body, $id, $body)
index($id, old, head)
for i = 1, #opened, 3 do openSubscription(opened[i], opened[i + 1], opened[i + 2]) end
return { 'written', old[7], updated }
`,
)

const DELETE: Script = script(
  'workflows.delete',
  ...DROPPING,
  lua`
if redis.call('HEXISTS', @workflows, $id) == 0 then return 0 end
drop($id)
return 1
`,
)

const RUNNABLE: Script = script(
  'workflows.getRunnable',
  SETS,
  lua`return page(@workflows.due, '', $after, $asOf, $limit)`,
)

// The arguments after the parameters are the beginnings of the lists that hold what is asked for. The shortest one is
// read, and what is on it is compared with the whole question.
const LIST: Script = script(
  'workflows.list',
  TEXT,
  lua`
local function high(list)
  if $after ~= '' then return '(' .. list .. $after end
  return '(' .. list .. $to .. '\255'
end
local function low(list) return '[' .. list .. $from end
local list, fewest
for i = $*, #ARGV do
  local count = $* == #ARGV and 0 or redis.call('ZLEXCOUNT', @workflows.list, low(ARGV[i]), high(ARGV[i]))
  if not fewest or count < fewest then list, fewest = ARGV[i], count end
end
local asked = { $status, false, $definitionId, $reference, $resourceId }
local function matches(head)
  local parts = split(head)
  for i = 1, 5 do
    if asked[i] and asked[i] ~= '' and asked[i] ~= parts[i] then return false end
  end
  return true
end
local found, count, looked, bound = { '' }, 0, 0, high(list)
local limit = tonumber($limit)
local step = $* == #ARGV and limit or math.max(limit, 100)
while count < limit do
  local members = redis.call('ZREVRANGEBYLEX', @workflows.list, bound, low(list), 'LIMIT', 0, step)
  for _, member in ipairs(members) do
    local id = string.sub(member, #list + 18)
    local head = redis.call('HGET', @workflows, id)
    if count < limit and matches(head) then
      count = count + 1
      found[#found + 1] = id
      found[#found + 1] = head
      found[#found + 1] = redis.call('HGET', @workflows.body, id)
    end
  end
  if #members < step then return found end
  bound = '(' .. members[step]
  looked = looked + step
  if count < limit and looked >= tonumber($lookedAt) then
    found[1] = string.sub(members[step], #list + 1)
    return found
  end
end
return found
`,
)

const PURGE: Script = script(
  'workflows.purge',
  ...DROPPING,
  lua`
local old = redis.call('ZRANGEBYLEX', @workflows.aged, '[' .. $status .. '\0', '(' .. $status .. '\0' .. $olderThan,
  'LIMIT', 0, ${PURGED})
local purged, with = 0, 0
for _, member in ipairs(old) do
  with = with + drop(string.sub(member, #$status + 19))
  purged = purged + 1
  if with >= ${PURGED_WITH} then break end
end
return { purged, (purged < #old or #old == ${PURGED}) and 1 or 0 }
`,
)

export const workflowScripts: Readonly<
  Record<'create' | 'get' | 'update' | 'delete' | 'getRunnable' | 'list' | 'purge', Script>
> = {
  create: CREATE,
  get: GET,
  update: UPDATE,
  delete: DELETE,
  getRunnable: RUNNABLE,
  list: LIST,
  purge: PURGE,
}

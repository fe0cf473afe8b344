import { NOW, ROWS, SETS, TEXT } from './lua.ts'
import { lua, script, type Script } from './script.ts'
import { HOLDS, TASKS } from './snapshots-scripts.ts'

/** How many free tasks a script compares with a worker's tags before it lets others have their turn. */
const LOOKED_AT = 10_000

// The time is part of the token, so that tokens also grow when a server comes back without its last writes.
const TAKE = lua`
local function take(id, old)
  local last = tonumber(redis.call('HGET', @meta, 'token') or '0')
  local token = int(math.max(last + 1, now))
  redis.call('HSET', @meta, 'token', token)
  local head = copy(old)
  head[4], head[5], head[6], head[7] = token, '1', $workerId, int(now)
  head[8] = $ttl ~= '' and int(now + $ttl) or ''
  head[9] = $requestId
  setTask(id, old, head)
  return join(head)
end
`

// Claims that have expired are let go of here, by those who look for work: there is no job in the background.
const FREE_EXPIRED = lua`
local function letGo(id, old)
  if old[1] == '0' then return dropTask(id, old) end
  local head = copy(old)
  head[5], head[9] = '0', ''
  setTask(id, old, head)
end
local function freeExpired()
  local late = expired(@tasks.leases)
  for _, member in ipairs(late) do
    local id = string.sub(member, 18)
    letGo(id, split(redis.call('HGET', @tasks, id)))
  end
  return #late == 1000
end
`

/** `search(after, limit, found)` calls `found` for free tasks with none but the tags given; it returns where it stopped. */
const SEARCH = lua`
local allowed = {}
for i = $*, #ARGV do allowed[ARGV[i]] = true end
local function matches(head)
  if $tagged == '' then return true end
  for i = 10, #head do
    if not allowed[head[i]] then return false end
  end
  return true
end
local function search(after, limit, found)
  local count, looked = 0, 0
  local step = $tagged == '' and limit or math.max(limit, 100)
  while true do
    local members = page(@tasks.free, '', after, '', step)
    for _, member in ipairs(members) do
      after = member
      local id = string.sub(member, 35)
      local head = split(redis.call('HGET', @tasks, id))
      if matches(head) then
        found(id, head)
        count = count + 1
        if count == limit then return '' end
      end
    end
    if #members < step then return '' end
    looked = looked + step
    if looked >= ${LOOKED_AT} then return after end
  end
end
`

export const claimScripts: Readonly<
  Record<'claim' | 'extend' | 'release' | 'findAvailable' | 'claimNext', Script>
> = {
  claim: script(
    'claims.claim',
    TEXT,
    NOW,
    SETS,
    TASKS,
    HOLDS,
    TAKE,
    lua`
local stored = redis.call('HGET', @tasks, $id)
if not stored then return false end
local head = split(stored)
if isHeld(head) then return head[9] == $requestId and stored end
return head[1] == '1' and take($id, head)
`,
  ),

  extend: script(
    'claims.extend',
    TEXT,
    NOW,
    SETS,
    TASKS,
    HOLDS,
    lua`
local stored = redis.call('HGET', @tasks, $id)
if not stored then return false end
local old = split(stored)
if not isHeldBy(old, $workerId, $token) then return false end
local head = copy(old)
head[8] = $ttl ~= '' and int(now + $ttl) or ''
setTask($id, old, head)
return join(head)
`,
  ),

  release: script(
    'claims.release',
    TEXT,
    NOW,
    SETS,
    TASKS,
    HOLDS,
    FREE_EXPIRED,
    lua`
local stored = redis.call('HGET', @tasks, $id)
if not stored then return 0 end
local old = split(stored)
if not isHeldBy(old, $workerId, $token) then return 0 end
letGo($id, old)
return 1
`,
  ),

  /** Where to go on, and rows. Where to go on is nil when expired claims are left: then there are no rows yet. */
  findAvailable: script(
    'claims.findAvailable',
    TEXT,
    NOW,
    SETS,
    ROWS,
    TASKS,
    FREE_EXPIRED,
    SEARCH,
    lua`
if freeExpired() then return { false } end
local found = {}
local next = search($after, tonumber($limit), function(id) found[#found + 1] = id end)
local answer = rows(@tasks, @tasks.body, found, 1)
table.insert(answer, 1, next)
return answer
`,
  ),

  /** Where to go on, which is empty at the end, and perhaps a row. */
  claimNext: script(
    'claims.claimNext',
    TEXT,
    NOW,
    SETS,
    ROWS,
    TASKS,
    HOLDS,
    TAKE,
    FREE_EXPIRED,
    SEARCH,
    lua`
local taken = redis.call('HGET', @tasks.requests, $requestId)
if taken then
  local head = split(redis.call('HGET', @tasks, taken))
  if head[9] ~= $requestId or not isHeld(head) then taken = false end
end
local next = ''
if not taken then
  if freeExpired() then return { false } end
  local first
  next = search($after, 1, function(id, head) taken, first = id, head end)
  if not taken then return { next } end
  take(taken, first)
  redis.call('HSET', @tasks.requests, $requestId, taken)
end
local answer = rows(@tasks, @tasks.body, { taken }, 1)
table.insert(answer, 1, '')
return answer
`,
  ),
}

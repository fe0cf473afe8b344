import { lua } from './script.ts'

// What scripts have in common. A script's writes stay when it fails in the middle, so every script first looks at all
// that it needs, and then writes; its first write is one that a server without memory refuses.

/** Text of one length that sorts like the integer; integers as text; the parts of a head; the fields of `pack`. */
export const TEXT: string = lua`
local function num(value)
  local n = tonumber(value)
  if n < 0 then return '0' .. string.format('%016.0f', n + 9007199254740992) end
  return '1' .. string.format('%016.0f', n)
end
local function int(value) return string.format('%.0f', value) end
local function split(head)
  local parts, from = {}, 1
  while true do
    local at = string.find(head, '\0', from, true)
    if not at then
      parts[#parts + 1] = string.sub(head, from)
      return parts
    end
    parts[#parts + 1] = string.sub(head, from, at - 1)
    from = at + 1
  end
end
local function join(parts) return table.concat(parts, '\0') end
local function fieldsOf(packed)
  local fields, at = {}, 1
  while at <= #packed do
    local colon = string.find(packed, ':', at, true)
    local length = tonumber(string.sub(packed, at, colon - 1))
    fields[#fields + 1] = string.sub(packed, colon + 1, colon + length)
    at = colon + length + 1
  end
  return fields
end
local function copy(parts)
  local copied = {}
  for i, part in ipairs(parts) do copied[i] = part end
  return copied
end
`

/** `now`: the injected time, else the server's, in whole ms. */
export const NOW: string = lua`
local now = tonumber($now)
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
`

/** Sorted sets by bytes. No id has the byte 255, which UTF-8 does not know: it comes after every member of a prefix. */
export const SETS: string = lua`
local function put(key, member) redis.call('ZADD', key, 0, member) end
local function move(key, old, new)
  if old == new then return end
  if new then put(key, new) end
  if old then redis.call('ZREM', key, old) end
end
local function all(key, prefix)
  return redis.call('ZRANGEBYLEX', key, '[' .. prefix, '(' .. prefix .. '\255')
end
local function page(key, prefix, after, high, limit)
  local low = after == '' and '[' .. prefix or '(' .. prefix .. after
  return redis.call('ZRANGEBYLEX', key, low, '(' .. prefix .. high .. '\255', 'LIMIT', 0, limit)
end
local function expired(key)
  return redis.call('ZRANGEBYLEX', key, '-', '(' .. num(now) .. '\255', 'LIMIT', 0, 1000)
end
`

/** The rows of a page: for each member its id, which begins at `from`, the head and the body. */
export const ROWS: string = lua`
local function rows(heads, bodies, members, from, prefix)
  local found = {}
  for _, member in ipairs(members) do
    local id = (prefix or '') .. string.sub(member, from)
    found[#found + 1] = id
    found[#found + 1] = redis.call('HGET', heads, id)
    found[#found + 1] = redis.call('HGET', bodies, id)
  end
  return found
end
`

-- What a part of a learning changes besides tokens' records.

local function clamp(n) return math.max(0, math.min(n, 2147483647)) end

-- all calls a command with the elements of a list, some at a time.
local function all(command, key, list)
  for from = 1, #list, 2000 do call(command, key, unpack(list, from, math.min(from + 1999, #list))) end
end

-- count adds to the messages learned.
local function count(tokens, ham, spam)
  if ham ~= 0 or spam ~= 0 then
    local t = call('HMGET', tokens, 'h', 's')
    call('HSET', tokens, 'h', clamp(t[1] + ham), 's', clamp(t[2] + spam))
  end
end

-- span widens a group's span of times of use by the time of a learning.
local function span(tokens, time, any)
  local times = call('HMGET', tokens, 'o', 'n')
  local oldest, newest = tonumber(times[1]), tonumber(times[2])
  if any and (oldest == 0 or time < oldest) then call('HSET', tokens, 'o', time) end
  if time > newest then call('HSET', tokens, 'n', time) end
end

-- rest applies the marks, samples and parameters of a part, which begin at position p.
local function rest(marks, samples, meta, tokens, b, p)
  local n
  n, p = unpack_('<I4', b, p)
  local final, set, del = {}, {}, {}
  for _ = 1, n do
    local gone = string.byte(b, p + 20) == 0
    final[string.sub(b, p, p + 19)] = not gone and string.sub(b, p + 20, p + 24)
    p = p + 25
  end
  for digest, mark in pairs(final) do
    if mark then set[#set + 1], set[#set + 2] = digest, mark else del[#del + 1] = digest end
  end
  all('HDEL', marks, del)
  all('HSET', marks, set)
  n, p = unpack_('<I4', b, p)
  for _ = 1, n do
    local slot, value
    slot = string.sub(b, p, p + 4)
    value, p = unpack_('<I4c0', b, p + 5)
    if #value > 20 then
      call('HSET', samples, slot, value)
    else -- frees the slot, if it is still that message's
      local held = call('HGET', samples, slot)
      if held and (value == string.rep('\0', 20) or string.sub(held, 1, 20) == value) then call('HDEL', samples, slot) end
    end
  end
  n, p = unpack_('<I4', b, p)
  for _ = 1, n do
    local name, keep, value
    name, keep, value, p = unpack_('<I4c0BI4c0', b, p)
    if keep == 1 then call('HSET', meta, name, value) else call('HDEL', meta, name) end
  end
  if n > 0 then call('HINCRBY', tokens, 'w', 1) end
end

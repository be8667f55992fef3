local call, pack, unpack_ = redis.call, struct.pack, struct.unpack

-- state returns what a client needs to know of a group.
local function state(tokens, marks, intents)
  local s = call('HMGET', tokens, 'v', 'r', 'o', 'n', 'h', 's', 'x', 'w')
  s[9], s[10], s[11] = call('HLEN', tokens) - 8, call('HLEN', marks), call('HLEN', intents)
  return s
end

-- bump numbers a change of a group, and tells the clients' caches what it was. The log keeps 128 changes, or as many as
-- is said.
local function bump(tokens, log, id, payload, keep)
  local v = call('HINCRBY', tokens, 'v', 1)
  call('HSET', tokens, 'r', id)
  call('XADD', log, 'MAXLEN', '~', keep or 128, string.format('%.0f-0', v), 'r', id, 'p', payload)
end

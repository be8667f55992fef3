-- Applies the parts of one learning, one part a group, once.
-- KEYS: for each part tokens, marks, samples, meta, log, clients, intents.
-- ARGV: client, number of the client's learning, Unix time, intent's name, intent, conditions, then one part each.
local client, seq, now = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local parts = #KEYS / 7
local id = client .. ARGV[2]

for i = 0, parts - 1 do
  if not call('HGET', KEYS[7 * i + 1], 'v') then return {'GONE'} end
end

local last = call('HGET', KEYS[6], client)
local done = last and unpack_('<I4', last) >= seq
if not done then
  local conds = ARGV[6]
  for p = 1, #conds, 21 do
    local mark = call('HGET', KEYS[2], string.sub(conds, p, p + 19))
    if string.byte(conds, p + 20) ~= (mark and string.byte(mark) or 0) then return {'CONFLICT'} end
  end
end

-- Redis decides at the first write whether there is memory, a replica and so on: from here on nothing can fail. A learning
-- that was applied before writes as well, for the sake of a WAIT that follows.
for i = 0, parts - 1 do
  call('HSET', KEYS[7 * i + 6], client, pack('<I4I4', (done and unpack_('<I4', last)) or seq, now))
end
if not done and ARGV[5] ~= '' then call('HSET', KEYS[7], ARGV[4], ARGV[5]) end

-- changes applies a part's changes of tokens and returns the new records and the position after them.
local function changes(tokens, b, time)
  local n, p = unpack_('<I4', b, 13)
  if n == 0 then return '', p end
  local order, cur = {}, {}
  for i = 0, n - 1 do
    local tok = string.sub(b, p + 20 * i, p + 20 * i + 7)
    if cur[tok] == nil then
      cur[tok] = false
      order[#order + 1] = tok
    end
  end
  for from = 1, #order, 2000 do
    local to = math.min(from + 1999, #order)
    local old = call('HMGET', tokens, unpack(order, from, to))
    for i = from, to do
      local r = old[i - from + 1]
      if r then
        local h, s, l, w = unpack_('<I4I4I4f', r)
        cur[order[i]] = {h, s, l, w}
      end
    end
  end
  for _ = 1, n do
    local tok = string.sub(b, p, p + 7)
    local h, s, w
    h, s, w, p = unpack_('<i4i4f', b, p + 8)
    local r = cur[tok]
    if r or h ~= 0 or s ~= 0 then
      r = r or {0, 0, 0, 0}
      r[1], r[2], r[4] = clamp(r[1] + h), clamp(r[2] + s), r[4] + w
      if h ~= 0 or s ~= 0 then r[3] = math.max(r[3], time) end
      cur[tok] = (r[1] > 0 or r[2] > 0) and r
    end
  end
  local set, del, payload = {}, {}, {}
  for i, tok in ipairs(order) do
    local r, rec = cur[tok], nil
    if r then
      rec = pack('<I4I4I4f', r[1], r[2], r[3], r[4])
      set[#set + 1], set[#set + 2] = tok, rec
    else
      rec = string.rep('\0', 16)
      del[#del + 1] = tok
    end
    payload[i] = tok .. rec
  end
  all('HSET', tokens, set)
  all('HDEL', tokens, del)
  span(tokens, time, #set > 0)
  return table.concat(payload), p
end

local function apply(k, b)
  local tokens = KEYS[k + 1]
  local time, ham, spam = unpack_('<I4i4i4', b)
  local payload, p = changes(tokens, b, time)
  count(tokens, ham, spam)
  rest(KEYS[k + 2], KEYS[k + 3], KEYS[k + 4], tokens, b, p)
  bump(tokens, KEYS[k + 5], id, payload)
  return payload
end

local out = {done and 'DONE' or 'OK'}
for i = 0, parts - 1 do
  local k = 7 * i
  local payload = done and '' or apply(k, ARGV[7 + i])
  local s = state(KEYS[k + 1], KEYS[k + 2], KEYS[k + 7])
  s[12] = payload
  out[i + 2] = s
end
return out

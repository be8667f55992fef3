-- Begins a batch of learnings, once: what it changes in all groups besides tokens' records, and a note of those.
-- KEYS: of group 0 tokens, meta, clients, intents; then for each part marks and samples.
-- ARGV: client, number of the client's batch, Unix time, intent's name, intent, then for each part conditions and the part.
local client, seq, now, name = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
if not call('HGET', KEYS[1], 'v') then return 'GONE' end
local last = call('HGET', KEYS[3], client)
local done = call('HEXISTS', KEYS[4], name) == 1 or last and unpack_('<I4', last) >= seq
local parts = (#ARGV - 5) / 2

-- holds says whether messages are marked as the conditions say.
local function holds(marks, conds)
  for from = 1, #conds, 21000 do
    local digests = {}
    for p = from, math.min(from + 20999, #conds), 21 do digests[#digests + 1] = string.sub(conds, p, p + 19) end
    for i, mark in ipairs(call('HMGET', marks, unpack(digests))) do
      if string.byte(conds, from + 21 * i - 1) ~= (mark and string.byte(mark) or 0) then return false end
    end
  end
  return true
end

for i = 1, not done and parts or 0 do
  if not holds(KEYS[2 * i + 3], ARGV[2 * i + 4]) then return 'CONFLICT' end
end

-- From the first write on nothing can fail (see apply.lua). One that was begun before writes as well, for a WAIT.
call('HSET', KEYS[3], client, last or pack('<I4I4', 0, now))
if done then return 'DONE' end
call('HSET', KEYS[4], name, ARGV[5])
for i = 1, parts do
  local b = ARGV[2 * i + 5]
  local _, ham, spam = unpack_('<I4i4i4', b)
  count(KEYS[1], ham, spam)
  rest(KEYS[2 * i + 3], KEYS[2 * i + 4], KEYS[2], KEYS[1], b, 17)
end
return 'OK'

-- Gives the tokens of a group the records that a batch has made of them, once, if the group is as the batch knew it.
-- KEYS: tokens, marks, log, clients, intents.
-- ARGV: client, number of the client's batch, Unix time, the group's version and the change that made it, time of the
-- batch, then token and record after each other, a record of zeros for a token that is forgotten.
local client, seq, now, time, b = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[6]), ARGV[7]
local tokens = KEYS[1]
local is = call('HMGET', tokens, 'v', 'r')
if not is[1] then return {'GONE'} end
local last = call('HGET', KEYS[4], client)
local done = last and unpack_('<I4', last) >= seq
if not done and (is[1] ~= ARGV[4] or is[2] ~= ARGV[5]) then return {'CHANGED'} end
call('HSET', KEYS[4], client, done and last or pack('<I4I4', seq, now))
if not done then
  local set, del, n, zero = {}, {}, 0, string.rep('\0', 16)
  for p = 1, #b, 24 do
    local record = string.sub(b, p + 8, p + 23)
    if record == zero then
      del[#del + 1] = string.sub(b, p, p + 7)
    else
      set[n + 1], set[n + 2] = string.sub(b, p, p + 7), record
      n = n + 2
    end
  end
  all('HSET', tokens, set)
  all('HDEL', tokens, del)
  span(tokens, time, n > 0)
  bump(tokens, KEYS[3], client .. ARGV[2], b, 32)
end
return {done and 'DONE' or 'OK', state(tokens, KEYS[2], KEYS[5])}

-- Raises the time of use of tokens that are known.
-- KEYS: tokens, log. ARGV: id of the change, pairs of token and time, 12 bytes each, of up to 1,000 tokens.
local b, tokens, times = ARGV[2], {}, {}
local newest = tonumber(call('HGET', KEYS[1], 'n') or '')
if not newest or b == '' then return 0 end
for p = 1, #b, 12 do
  tokens[#tokens + 1], times[#times + 1] = string.sub(b, p, p + 7), (unpack_('<I4', b, p + 8))
end
local set, payload = {}, {}
for i, r in ipairs(call('HMGET', KEYS[1], unpack(tokens))) do
  if r then
    local h, s, l, w = unpack_('<I4I4I4f', r)
    if l < times[i] then
      r = pack('<I4I4I4f', h, s, times[i], w)
      set[#set + 1], set[#set + 2] = tokens[i], r
      payload[#payload + 1] = tokens[i] .. r
      newest = math.max(newest, times[i])
    end
  end
end
if #set > 0 then
  call('HSET', KEYS[1], unpack(set))
  call('HSET', KEYS[1], 'n', newest)
  bump(KEYS[1], KEYS[2], ARGV[1], table.concat(payload), 32)
end
return #payload

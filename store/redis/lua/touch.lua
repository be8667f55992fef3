-- Raises the time of use of tokens that are known.
-- KEYS: tokens. ARGV: pairs of token and time, 12 bytes each.
local b, newest = ARGV[1], tonumber(call('HGET', KEYS[1], 'n') or 0)
for p = 1, #b, 12 do
  local tok, time = string.sub(b, p, p + 7), unpack_('<I4', b, p + 8)
  local r = call('HGET', KEYS[1], tok)
  if r then
    local h, s, l, w = unpack_('<I4I4I4f', r)
    if l < time then
      call('HSET', KEYS[1], tok, pack('<I4I4I4f', h, s, time, w))
      newest = math.max(newest, time)
    end
  end
end
if #b > 0 and call('HEXISTS', KEYS[1], 'n') == 1 then call('HSET', KEYS[1], 'n', newest) end
return 0

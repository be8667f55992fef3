-- Sets the time of use of tokens that have one of the future to now. KEYS: tokens, log.
-- ARGV: id of the change, now, the latest time that is none of the future, then tokens.
local n, now, latest = 0, tonumber(ARGV[2]), tonumber(ARGV[3])
for i = 4, #ARGV do
  local r = call('HGET', KEYS[1], ARGV[i])
  if r then
    local h, s, l, w = unpack_('<I4I4I4f', r)
    if l > latest then
      call('HSET', KEYS[1], ARGV[i], pack('<I4I4I4f', h, s, now, w))
      n = n + 1
    end
  end
end
if n > 0 then
  call('HSET', KEYS[1], 'n', now)
  bump(KEYS[1], KEYS[2], ARGV[1], 'F')
end
return n

-- Removes fields that still have the value they were chosen by. KEYS: a hash; for tokens also the log.
-- ARGV: id of the change, then pairs of field and value.
local n = 0
for i = 2, #ARGV, 2 do
  if call('HGET', KEYS[1], ARGV[i]) == ARGV[i + 1] then n = n + call('HDEL', KEYS[1], ARGV[i]) end
end
if n > 0 and KEYS[2] then bump(KEYS[1], KEYS[2], ARGV[1], 'F') end
return n

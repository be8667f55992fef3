-- Removes fields that still have the value they were chosen by. KEYS: a hash; for tokens also the log.
-- ARGV: id of the change, then up to 1,000 fields, then their values.
local n = (#ARGV - 1) / 2
local gone = {}
for i, value in ipairs(call('HMGET', KEYS[1], unpack(ARGV, 2, n + 1))) do
  if value == ARGV[n + 1 + i] then gone[#gone + 1] = ARGV[i + 1] end
end
if #gone > 0 then
  call('HDEL', KEYS[1], unpack(gone))
  if KEYS[2] then
    local zero = string.rep('\0', 16)
    bump(KEYS[1], KEYS[2], ARGV[1], table.concat(gone, zero) .. zero, 32)
  end
end
return #gone

-- Returns the state of groups, and the changes since the version that the client knows (-1: it knows nothing).
-- KEYS: for each group tokens, marks, log, intents. ARGV: for each group the version.
local out = {}
for i = 0, #KEYS / 4 - 1 do
  local k = 4 * i
  local s, known = state(KEYS[k + 1], KEYS[k + 2], KEYS[k + 4]), tonumber(ARGV[i + 1])
  local v = s[1] and tonumber(s[1])
  if v and known >= 0 and v > known then
    s[12] = call('XRANGE', KEYS[k + 3], string.format('%.0f', known), '+', 'COUNT', 200)
  else
    s[12] = {}
  end
  out[i + 1] = s
end
return out

-- Returns the state of groups, and the changes since the version that the client knows (-1: it knows nothing), oldest
-- first: some of them if they are long, so that others do not wait.
-- KEYS: for each group tokens, marks, log, intents. ARGV: for each group the version.
local out, left = {}, 1000000
for i = 0, #KEYS / 4 - 1 do
  local k = 4 * i
  local s, known = state(KEYS[k + 1], KEYS[k + 2], KEYS[k + 4]), tonumber(ARGV[i + 1])
  local v = s[1] and tonumber(s[1])
  local log = {}
  if v and known >= 0 and v > known then
    local from = string.format('%.0f', known)
    repeat
      local some = call('XRANGE', KEYS[k + 3], from, '+', 'COUNT', 4)
      for _, entry in ipairs(some) do
        log[#log + 1] = entry
        left = left - 100 - #entry[2][4]
        from = '(' .. entry[1]
      end
    until #some < 4 or left < 0
  end
  s[12] = log
  out[i + 1] = s
end
return out


-- Changes tallies, "count seen total" each. KEYS: their hash. ARGV: the time in seconds, then for each tally its name, 1
-- to begin anew, and what is added to count and total.
for i = 2, #ARGV, 4 do
  local name, count, total = ARGV[i], 0, 0
  local old = ARGV[i + 1] ~= '1' and call('HGET', KEYS[1], name)
  if old then
    local c, t = string.match(old, '^(%S+) %S+ (%S+)$')
    count, total = tonumber(c) or 0, tonumber(t) or 0
  end
  count, total = math.max(count + ARGV[i + 2], 0), total + ARGV[i + 3]
  if total ~= total or math.abs(total) == math.huge then
    count, total = 0, 0
  end
  if count == 0 and total == 0 then
    call('HDEL', KEYS[1], name)
  else
    call('HSET', KEYS[1], name, string.format('%.0f %s %.17g', count, ARGV[1], total))
  end
end
return 1

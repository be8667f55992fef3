
-- Deletes tallies that are still as they were. KEYS: their hash. ARGV: for each its name and value.
for i = 1, #ARGV, 2 do
  if call('HGET', KEYS[1], ARGV[i]) == ARGV[i + 1] then
    call('HDEL', KEYS[1], ARGV[i])
  end
end
return 1

-- Without an argument sets the group's oldest time of use aside, as unknown. With one, which is the smallest of the tokens that
-- were there after that, puts it in its place unless something older was learned meanwhile.
local t = KEYS[1]
if not call('HGET', t, 'v') then return 0 end
if not ARGV[1] then return call('HSET', t, 'o', 0) end
local learned, found = tonumber(call('HGET', t, 'o')), tonumber(ARGV[1])
if learned == 0 or found ~= 0 and found < learned then call('HSET', t, 'o', found) end
return 0

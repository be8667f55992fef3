-- Keeps or gives back a lease that is still its owner's. KEYS: lease. ARGV: owner, milliseconds (0 gives it back).
if call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[2] == '0' then return call('UNLINK', KEYS[1]) end
return call('PEXPIRE', KEYS[1], ARGV[2])

-- Returns format, key and epoch of the store, made as given if there are none. It writes in every way that any script
-- does, so that what the user's ACL lacks is found out before something is half done.
-- KEYS: root, two keys for trying. ARGV: key and epoch; none to create nothing.
call('UNLINK', KEYS[2], KEYS[3])
call('SET', KEYS[2], 'x', 'NX', 'PX', 1000)
call('GET', KEYS[2])
call('PEXPIRE', KEYS[2], 1000)
call('UNLINK', KEYS[2])
call('HSET', KEYS[2], 'x', 'x')
call('HINCRBY', KEYS[2], 'n', 1)
call('HLEN', KEYS[2])
call('HEXISTS', KEYS[2], 'x')
call('HDEL', KEYS[2], 'x')
call('XADD', KEYS[3], 'MAXLEN', '~', 1, '1-0', 'x', 'x')
call('XRANGE', KEYS[3], '-', '+')
call('UNLINK', KEYS[2], KEYS[3])
if ARGV[1] and not call('HGET', KEYS[1], 'epoch') then
  call('HSET', KEYS[1], 'format', 1, 'key', ARGV[1], 'epoch', ARGV[2])
end
return call('HMGET', KEYS[1], 'format', 'key', 'epoch')

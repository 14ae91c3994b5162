-- Adds to a counter, which starts anew where the old one has ended.
-- KEYS: the counter. ARGV: what to add; the time; the end of a new one; how long Redis keeps it.
local ends = redis.call('HGET', KEYS[1], 'ends')
if not ends or tonumber(ends) <= tonumber(ARGV[2]) then
    redis.call('DEL', KEYS[1])
    redis.call('HSET', KEYS[1], 'ends', ARGV[3])
    redis.call('PEXPIRE', KEYS[1], ARGV[4])
end
redis.call('HINCRBY', KEYS[1], 'total', ARGV[1])
-- As text: a number of Lua's own would lose its last digits.
return redis.call('HMGET', KEYS[1], 'total', 'ends')

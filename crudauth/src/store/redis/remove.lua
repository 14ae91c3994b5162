-- Removes an entry and a counter, and says whether one of them was alive.
-- KEYS: the entry, the counter. ARGV: the time; what the names of owners' lists begin with; the
-- key as it is noted there.
local now = tonumber(ARGV[1])
local entry = redis.call('GET', KEYS[1]) or ''
local ends = redis.call('HGET', KEYS[2], 'ends') or ''
local owner = tonumber(string.sub(entry, 17, 32))
if owner then
    redis.call('ZREM', ARGV[2] .. string.sub(entry, 33, 32 + owner), ARGV[3])
end
redis.call('DEL', KEYS[1], KEYS[2])
if (tonumber(string.sub(entry, 1, 16)) or 0) > now or (tonumber(ends) or 0) > now then return 1 end
return 0

-- Writes an entry, if what is there allows it, and notes it with its owner.
-- KEYS: the entry, then the owner's list if it has an owner.
-- ARGV: `any`, `none` or `same`; the time; the entry; how long Redis keeps it; the value that must
--       be there for `same`; the end; the key to note.
local mode, now, entry, kept = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]
if mode ~= 'any' then
    local old = redis.call('GET', KEYS[1])
    local live = old and tonumber(string.sub(old, 1, 16)) > now
    if mode == 'none' and live then return 0 end
    if mode == 'same' then
        if not live then return 0 end
        local owner = tonumber(string.sub(old, 17, 32)) or 0
        if string.sub(old, 33 + owner) ~= ARGV[5] then return 0 end
    end
end
redis.call('SET', KEYS[1], entry, 'PX', kept)
if KEYS[2] then
    local past = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, 100)
    if #past > 0 then redis.call('ZREM', KEYS[2], unpack(past)) end
    redis.call('ZADD', KEYS[2], ARGV[6], ARGV[7])
    if redis.call('PTTL', KEYS[2]) < tonumber(kept) then
        redis.call('PEXPIRE', KEYS[2], kept)
    end
end
return 1

-- Makes all steps of a batch, or none where a bound forbids it.
-- KEYS: those of the steps, one after the other. ARGV: the time; what the names of owners' lists
-- begin with; then each step: its kind, how many keys it has, how many arguments, and these.
--   add     a counter; what to add, the end of a new one, how long Redis keeps it, `1` if it extends
--           one that is there, the largest sum or nothing
--   back    the share if there is one, and counters; `1` if there is a share, what to take from each
--   remove  an entry and a counter; the key as it is noted with an owner
--   put     an entry, and its owner's list if it has an owner; the entry, how long Redis keeps it, the
--           end, the key to note
local now, owners = tonumber(ARGV[1]), ARGV[2]

local function live(counter)
    local standing = redis.call('HMGET', counter, 'total', 'ends')
    if standing[2] and tonumber(standing[2]) > now then return standing[1], standing[2] end
end

local steps = {}
local key, at = 0, 3
while ARGV[at] do
    local step = { kind = ARGV[at], keys = {}, args = {} }
    local keys, args = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
    for number = 1, keys do step.keys[number] = KEYS[key + number] end
    for number = 1, args do step.args[number] = ARGV[at + 2 + number] end
    key, at = key + keys, at + 3 + args
    steps[#steps + 1] = step
end

-- Everything is judged before anything is written: Redis undoes nothing.
local exceeded
for number, step in ipairs(steps) do
    if step.kind == 'add' then
        local total, ends = live(step.keys[1])
        total, ends = total or '0', ends or step.args[2]
        local sum, most = tonumber(total) + tonumber(step.args[1]), tonumber(step.args[5])
        if math.abs(sum) > 9007199254740991 then
            return redis.error_reply('ERR a counter is at its limit')
        end
        if most and sum > most and (not exceeded or tonumber(exceeded[3]) < tonumber(ends)) then
            exceeded = { tostring(number), total, ends }
        end
    end
end
if exceeded then return exceeded end

local function note(list, kept, ends, noted)
    local past = redis.call('ZRANGEBYSCORE', list, '-inf', now, 'LIMIT', 0, 100)
    if #past > 0 then redis.call('ZREM', list, unpack(past)) end
    redis.call('ZADD', list, ends, noted)
    if redis.call('PTTL', list) < tonumber(kept) then redis.call('PEXPIRE', list, kept) end
end

local made = { '0' }
local make = {}

function make.add(keys, args)
    local counter, by, new, kept = keys[1], args[1], args[2], args[3]
    local total, ends = live(counter)
    if not total then
        redis.call('DEL', counter)
        redis.call('HSET', counter, 'ends', new)
        redis.call('PEXPIRE', counter, kept)
    elseif args[4] == '1' and tonumber(new) > tonumber(ends) then
        redis.call('HSET', counter, 'ends', new)
        redis.call('PEXPIRE', counter, kept)
    end
    redis.call('HINCRBY', counter, 'total', by)
    local standing = redis.call('HMGET', counter, 'total', 'ends')
    made[#made + 1], made[#made + 2] = standing[1], standing[2]
end

function make.back(keys, args)
    local first, shared = 1, 0
    if args[1] == '1' then
        first = 2
        shared = math.max(tonumber(live(keys[1]) or '0'), 0)
        redis.call('DEL', keys[1])
    end
    for number = first, #keys do
        local total = tonumber(live(keys[number]) or '0')
        if total > 0 then
            local taken = math.max(shared + tonumber(args[number - first + 2]), 0)
            -- As text: a large number of Lua's own is written with an exponent.
            local left = string.format('%.0f', math.max(total - taken, 0))
            redis.call('HSET', keys[number], 'total', left)
        end
    end
end

function make.remove(keys, args)
    local entry = redis.call('GET', keys[1]) or ''
    local owner = tonumber(string.sub(entry, 17, 32))
    if owner then redis.call('ZREM', owners .. string.sub(entry, 33, 32 + owner), args[1]) end
    redis.call('DEL', keys[1], keys[2])
end

function make.put(keys, args)
    redis.call('SET', keys[1], args[1], 'PX', args[2])
    if keys[2] then note(keys[2], args[2], args[3], args[4]) end
end

for _, step in ipairs(steps) do make[step.kind](step.keys, step.args) end
return made

/**
 * Reserves the target's next slot for one request. Slots are a fixed time apart, so no window of a second ever holds
 * more of them than the rate, whoever asks; a client sleeps until its slot. Time is Redis' own, so clocks of workers do
 * not matter.
 *
 * KEYS  next slot (µs) · leases of requests in flight (by expiry, ms) · requests of the scan · stop flag of the scan
 * ARGV  µs between slots · most leases · most requests · requests known to have been made · lease · ms a lease lives
 * Reply {outcome, µs until the slot, requests made so far}
 *
 * A lease that is held already gets another slot and is not counted again: its last slot passed unused. The count of
 * requests is never below what the caller knows, so an emptied Redis does not give a scan its requests anew.
 */
export const RESERVE = `
local used = math.max(tonumber(redis.call('GET', KEYS[3]) or '0'), tonumber(ARGV[4]))
if redis.call('EXISTS', KEYS[4]) == 1 then return {'stopped', 0, used} end

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now / 1000)
if not redis.call('ZSCORE', KEYS[2], ARGV[5]) then
  if used >= tonumber(ARGV[3]) then return {'exhausted', 0, used} end
  if redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[2]) then return {'full', 0, used} end
  used = used + 1
  redis.call('SET', KEYS[3], used, 'EX', 691200)
end

local slot = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
local wait = slot - now
local idle = math.ceil((wait + ARGV[1]) / 1000) + tonumber(ARGV[6])
redis.call('SET', KEYS[1], string.format('%.0f', slot + ARGV[1]), 'PX', idle)
redis.call('ZADD', KEYS[2], (now + wait) / 1000 + ARGV[6], ARGV[5])
redis.call('PEXPIRE', KEYS[2], idle)
return {'granted', wait, used}
`;

/**
 * Keeps leases alive; puts back those that an emptied Redis forgot.
 *
 * KEYS  leases   ARGV  ms a lease lives · leases …
 */
export const RENEW = `
local time = redis.call('TIME')
local expiry = (time[1] * 1000000 + time[2]) / 1000 + ARGV[1]
for index = 2, #ARGV do redis.call('ZADD', KEYS[1], expiry, ARGV[index]) end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
`;

import type { PaceRules } from "./pace-rules.ts";

/**
 * One step of a worker with a target's budget: it says what it holds, what came of its requests and what it needs, and
 * is granted slots to send in, seats to have requests in flight on, and requests of its scans. All time is Redis' own,
 * so clocks of workers do not matter. The worker restates what it holds each time: a lost reply, a doubled call or an
 * emptied Redis puts itself right with the next step.
 *
 * Slots are a fixed time apart, so no window of a second ever holds more of them than the rate, whoever asks. The time
 * between them grows when the target is in distress (`PACE_RULES`).
 *
 * KEYS  pace (hash) · seats by worker (hash) · workers by expiry, ms (zset) · workers without a seat, by arrival (zset)
 *       then for each scan: its requests made · its stop flag
 * ARGV  1 worker · 2 µs between slots at full rate · 3 most seats · 4 ms a silent worker's seats live
 *       5 seats held · 6 more seats wanted · 7 slots wanted · 8 µs until the end of the last slot held
 *       9 outcomes in order (o answered, x unreachable or timed out) · 10 sign of distress or '' · 11 ms to keep off
 *       12 ms a round trip takes · 13 rate factor known, 0 before the first step
 *       then for each scan: requests wanted · most · known to have been made
 * Reply {state, µs until the first slot or until it is worth asking again, slots, µs between them, seats granted,
 *        whether others wait for a seat, rate factor × 1e6, events, then for each scan: stopped, granted, made so far}
 */
export function paceScript(rules: PaceRules): string {
  return SCRIPT.replace("__RULES__", JSON.stringify(rules));
}

const SCRIPT = `
local SECOND = 1000000
local R = cjson.decode('__RULES__')
local function int(value) return string.format('%.0f', value) end

local time = redis.call('TIME')
local now = time[1] * SECOND + time[2]
local worker, fullInterval, limit, leaseMs = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local held, wantSeats, wantSlots, ahead = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local outcomes, distress, keepOffMs, tripMs = ARGV[9], ARGV[10], tonumber(ARGV[11]), tonumber(ARGV[12])
local events = {}

-- Who has asked before finds an emptied Redis: others may hold slots that nobody knows of now, until these are over.
local known = tonumber(ARGV[13])
local othersUntil = known > 0 and now + (R.mostAheadMs + R.horizonMs) * 1000 + 2 * fullInterval / known or 0

local pace = { factor = known > 0 and known or 1, window = '', next = othersUntil, lowered = 0, raised = 0, clean = 0, said = 1, halt = 0,
  opens = 0, opened = 0, probe = 0, probed = 0, prober = '' }
local stored = redis.call('HGETALL', KEYS[1])
for i = 1, #stored, 2 do
  local isText = stored[i] == 'window' or stored[i] == 'prober'
  pace[stored[i]] = isText and stored[i + 1] or tonumber(stored[i + 1])
end

local function lower()
  if now - pace.lowered >= SECOND + tripMs * 1000 then
    pace.factor = math.max(pace.factor * R.decrease, math.min(1, fullInterval * R.leastRps / SECOND))
    pace.lowered, pace.said = now, pace.factor
    events[#events + 1] = 'lowered'
  end
  pace.raised, pace.clean = now + R.holdMs * 1000, 0
end

local function raise()
  while pace.factor < 1 and now - pace.raised >= SECOND do
    pace.raised = pace.raised + SECOND
    pace.clean = pace.clean + 1
    local step = math.min(R.mostIncrease, R.increase * 2 ^ math.floor((pace.clean - 1) / R.cleanSeconds))
    pace.factor = math.min(1, pace.factor + step)
  end
  if pace.factor >= math.min(1, pace.said * 2) and pace.factor > pace.said then
    pace.said = pace.factor
    events[#events + 1] = 'raised'
  end
end

local function open()
  pace.opens = pace.opens + 1
  pace.opened = now + math.min(R.openMs * 2 ^ (pace.opens - 1), R.longestOpenMs) * 1000
  pace.probe, pace.window = 0, ''
  events[#events + 1] = 'opened'
end

local function judge()
  if outcomes == '' then return end
  if pace.opens > 0 then
    -- Without a probe, an answer is to a request from before: it says nothing of the target's state.
    if pace.probe > 0 and outcomes:find('o', 1, true) then
      pace.opens, pace.window = 0, ''
      events[#events + 1] = 'closed'
    elseif now >= pace.opened then
      open()
    end
    return
  end
  pace.window = (pace.window .. outcomes):sub(-R.window)
  local _, failures = pace.window:gsub('x', '')
  local isDead = pace.window:sub(-R.inARow) == string.rep('x', R.inARow)
  if isDead or (#pace.window == R.window and failures * 2 > R.window) then open() end
end

local function hasNewScan()
  for i = 5, #KEYS, 2 do
    local known = tonumber(ARGV[14 + (i - 5) / 2 * 3 + 2])
    if known == 0 and redis.call('EXISTS', KEYS[i]) == 0 then return true end
  end
  return false
end

local function takeRequests(mayBeSent)
  local reply = {}
  for i = 5, #KEYS, 2 do
    local at = 14 + (i - 5) / 2 * 3
    local wanted, most, known = tonumber(ARGV[at]), tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
    local made = math.max(tonumber(redis.call('GET', KEYS[i]) or '0'), known)
    local isStopped = redis.call('EXISTS', KEYS[i + 1])
    local granted = (isStopped == 1 or not mayBeSent) and 0 or math.max(0, math.min(wanted, most - made))
    if granted > 0 then redis.call('SET', KEYS[i], int(made + granted), 'EX', 691200) end
    reply[#reply + 1] = isStopped
    reply[#reply + 1] = granted
    reply[#reply + 1] = made + granted
  end
  return reply
end

-- State and µs until it may be otherwise. What is open lets one probe through at a time. A new scan is never told that
-- the target is unreachable before it could have a probe of its own: the target may just have been started.
local function gate(isNew)
  if pace.halt > now then return 'halted', pace.halt - now end
  if pace.opens == 0 then return 'ok', 0 end
  local due = isNew and math.min(pace.opened, pace.probed + R.newScanProbeMs * 1000) or pace.opened
  if now >= due and pace.probe <= now and wantSlots > 0 then
    pace.probe, pace.probed, pace.opened = now + R.probeMs * 1000, now, math.min(pace.opened, now)
    pace.prober = worker
    return 'probe', 0
  end
  if pace.opens > 1 and pace.probe <= now and not isNew then return 'unreachable', 0 end
  return 'open', math.max(0, math.min(math.max(due, pace.probe) - now, SECOND))
end

local function takeSeats()
  for _, dead in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now / 1000)) do
    redis.call('HDEL', KEYS[2], dead)
    redis.call('ZREM', KEYS[3], dead)
    redis.call('ZREM', KEYS[4], dead)
  end
  local others, counts = 0, redis.call('HGETALL', KEYS[2])
  for i = 1, #counts, 2 do if counts[i] ~= worker then others = others + counts[i + 1] end end
  local arrived = redis.call('ZSCORE', KEYS[4], worker)
  local before = redis.call('ZCOUNT', KEYS[4], '-inf', arrived and '(' .. arrived or '+inf')
  local granted = math.max(0, math.min(wantSeats, limit - others - held - before))
  if wantSeats > 0 and held + granted == 0 then
    redis.call('ZADD', KEYS[4], 'NX', now, worker)
  else
    redis.call('ZREM', KEYS[4], worker)
  end
  redis.call('HSET', KEYS[2], worker, held + granted)
  redis.call('ZADD', KEYS[3], now / 1000 + leaseMs, worker)
  for i = 2, 4 do redis.call('PEXPIRE', KEYS[i], leaseMs * 2) end
  local waiting = redis.call('ZCARD', KEYS[4])
  if redis.call('ZSCORE', KEYS[4], worker) then waiting = waiting - 1 end
  return granted, waiting > 0
end

local function takeSlots(most)
  local interval = math.ceil(fullInterval / pace.factor)
  local count = math.min(most, math.max(1, math.floor(R.horizonMs * 1000 / interval)))
  local first = math.max(pace.next, now + ahead)
  local wait = first - now
  if count == 0 then return 0, 0, interval end
  if wait > interval + R.mostAheadMs * 1000 then return wait - interval, 0, interval end
  pace.next = first + count * interval
  return wait, count, interval
end

if keepOffMs > 0 and now + keepOffMs * 1000 > pace.halt then
  pace.halt = now + keepOffMs * 1000
  events[#events + 1] = 'halted'
end
raise()
if distress ~= '' then lower() end
judge()
-- Who may probe has nothing in flight and no slot to send in: its request was given up before it was sent.
if pace.prober == worker and held == 0 and ahead == 0 then pace.probe = 0 end

local state, wait = gate(hasNewScan())
local scans = takeRequests(state == 'ok' or state == 'probe')
local seats, isContended = takeSeats()
local slots, interval = 0, math.ceil(fullInterval / pace.factor)
if state == 'ok' or state == 'probe' then
  wantSlots = state == 'probe' and 1 or wantSlots
  if held + seats == 0 then
    wait, state = R.fullPollMs * 1000, wantSlots > 0 and 'full' or 'ok'
  else
    wait, slots, interval = takeSlots(wantSlots)
    state = 'ok'
  end
end

local fields = {}
for name, value in pairs(pace) do
  fields[#fields + 1] = name
  fields[#fields + 1] = type(value) == 'string' and value or string.format('%.17g', value)
end
redis.call('HSET', KEYS[1], unpack(fields))
redis.call('PEXPIRE', KEYS[1], int(math.max(R.memoryMs, (pace.halt - now) / 1000 + 1000)))
return { state, int(wait), slots, interval, seats, isContended and 1 or 0, int(pace.factor * 1e6), table.concat(events, ','),
  unpack(scans) }
`;

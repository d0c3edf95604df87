-- Lays the cues of a score on one bar grid, so that each cue begins on a bar line at its own time.
-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- A cue keeps its tempi and meters. The silence before it is filled with whole bars whose tempo is stretched to fit.
-- Where there is no room for bars, the last bar of the cue before is cut short and stretched instead. Notes are placed
-- by time, so none of this moves music.

local bars = {}

local TICKS = 960 -- to the quarter
local SIXTEENTH = TICKS // 4
local SLOWEST_BPM, FASTEST_BPM = 32, 300 -- at 32 half a tick is still less than a millisecond

local function ticks_per_bar(meter) return meter.beats * TICKS * 4 // meter.unit end

-- Returns the meter of one bar that has about so many ticks, written with the largest beat that fits.
local function meter_of(ticks)
  local beats, unit = math.max(1, math.floor(ticks / SIXTEENTH + 0.5)), 16
  while unit > 4 and beats % 2 == 0 do beats, unit = beats // 2, unit // 2 end
  return { beats = beats, unit = unit }
end

-- Returns seconds from the start of a cue to a tick.
function bars.seconds_at(tempo, tick)
  local us = 0
  for index, change in ipairs(tempo.tempi) do
    local after = tempo.tempi[index + 1]
    local stop = after and math.min(after.tick, tick) or tick
    if stop > change.tick or index == 1 then us = us + (stop - change.tick) * change.us_per_quarter end
    if not after or after.tick >= tick then break end
  end
  return us / TICKS / 1e6
end

-- Returns the bar lines of a cue up to `end_tick`, each with its meter; a pickup is a bar of its own.
local function bar_lines(tempo, end_tick)
  local lines = {}
  if tempo.pickup_ticks > 0 then lines[1] = { tick = 0, ticks = tempo.pickup_ticks, is_pickup = true } end
  for index, change in ipairs(tempo.meters) do
    local after = tempo.meters[index + 1]
    local stop = after and math.min(after.tick, end_tick) or end_tick
    local tick = change.tick == 0 and tempo.pickup_ticks or change.tick
    while tick < stop do
      lines[#lines + 1] = { tick = tick, ticks = ticks_per_bar(change.meter), meter = change.meter }
      tick = tick + ticks_per_bar(change.meter)
    end
  end
  return lines
end

-- A drawing: `points` by rising time, each {time, bpm, beats, unit} with beats 0 where the meter goes on; `bar` is the
-- bar in which the drawing ends, at `time`, which is `tick` of the last cue; `lines` are the bar lines of that cue.
local function add(drawing, time, bpm, meter)
  local points = drawing.points
  while #points > 0 and points[#points].time >= time - 1e-9 do
    local replaced = table.remove(points)
    meter = meter or (replaced.beats > 0 and { beats = replaced.beats, unit = replaced.unit } or nil)
  end
  points[#points + 1] = { time = time, bpm = bpm, beats = meter and meter.beats or 0, unit = meter and meter.unit or 0 }
end

local function drop_after(drawing, time)
  local points = drawing.points
  while #points > 0 and points[#points].time > time - 1e-9 do table.remove(points) end
end

-- Fills the time up to `start` with the rest of the present bar and whole bars; false where no sound tempo does it.
local function fill_with_bars(drawing, start, bpm)
  local gap, bar = start - drawing.time, drawing.bar
  if gap <= 1e-9 then return false end
  local rest = bar.start_tick + bar.ticks - drawing.tick
  local n_bars = math.max(0, math.floor((gap * bpm / 60 * TICKS - rest) / bar.ticks + 0.5))
  local stretched = (rest + n_bars * bar.ticks) / TICKS * 60 / gap
  if stretched < SLOWEST_BPM or stretched > FASTEST_BPM then return false end
  add(drawing, drawing.time, stretched, #drawing.points == 0 and bar.meter or nil)
  return true
end

-- Cuts the bars of the cue before short, so that its last one ends at `start`.
local function cut_short(drawing, start)
  local lines = drawing.lines
  local last = #lines
  while last > 1 and start - lines[last].time < 60 / FASTEST_BPM / 4 do last = last - 1 end
  local line = lines[last]
  local lasts = start - line.time
  if lasts <= 1e-9 then return drop_after(drawing, start) end
  drop_after(drawing, line.time)
  local meter = meter_of(lasts * line.bpm / 60 * TICKS)
  while ticks_per_bar(meter) / TICKS * 60 / lasts > FASTEST_BPM and meter.unit < 64 do meter.unit = meter.unit * 2 end
  add(drawing, line.time, ticks_per_bar(meter) / TICKS * 60 / lasts, meter)
end

local function bpm_at(tempo, tick)
  local bpm
  for _, change in ipairs(tempo.tempi) do
    if not bpm or change.tick <= tick then bpm = 6e7 / change.us_per_quarter end
  end
  return bpm
end

local function add_cue(drawing, tempo, start, end_tick)
  local lines = bar_lines(tempo, end_tick)
  local shown
  for _, line in ipairs(lines) do
    line.time, line.bpm = start + bars.seconds_at(tempo, line.tick), bpm_at(tempo, line.tick)
    if line.is_pickup then
      line.meter = meter_of(line.ticks)
      local lasts = bars.seconds_at(tempo, line.ticks)
      add(drawing, line.time, ticks_per_bar(line.meter) / TICKS * 60 / lasts, line.meter)
    elseif not shown or shown.beats ~= line.meter.beats or shown.unit ~= line.meter.unit then
      add(drawing, line.time, line.bpm, line.meter)
    end
    shown = not line.is_pickup and line.meter or nil
  end
  for _, change in ipairs(tempo.tempi) do
    if change.tick > tempo.pickup_ticks and change.tick < end_tick then
      drawing.pending[#drawing.pending + 1] = {
        time = start + bars.seconds_at(tempo, change.tick), bpm = 6e7 / change.us_per_quarter, beats = 0, unit = 0,
      }
    end
  end
  local last = lines[#lines]
  drawing.lines, drawing.tick, drawing.time = lines, end_tick, start + bars.seconds_at(tempo, end_tick)
  drawing.bar = { start_tick = last.tick, ticks = last.ticks, meter = last.meter }
end

-- Puts the tempo changes inside a cue between its meter changes.
local function merge_pending(drawing)
  local taken = {}
  for _, point in ipairs(drawing.points) do taken[#taken + 1] = point end
  for _, point in ipairs(drawing.pending) do
    local is_new = true
    for _, other in ipairs(taken) do
      if math.abs(other.time - point.time) < 1e-9 then is_new, other.bpm = false, point.bpm end
    end
    if is_new then taken[#taken + 1] = point end
  end
  table.sort(taken, function(a, b) return a.time < b.time end)
  drawing.points, drawing.pending = taken, {}
end

-- Returns the tempo points of cues that come in order of time.
-- Each cue is {start = seconds, end_tick = ticks, tempo = tempo map of score.json}.
function bars.points(cues)
  local first = cues[1]
  if not first then return {} end
  local meter = first.tempo.meters[1].meter
  local drawing = {
    points = {}, pending = {}, time = 0, tick = 0,
    bar = { start_tick = 0, ticks = ticks_per_bar(meter), meter = meter },
    lines = { { tick = 0, ticks = ticks_per_bar(meter), time = 0, bpm = bpm_at(first.tempo, 0) } },
  }
  drawing.bar.start_tick = -drawing.bar.ticks -- the silence before the first cue begins with a whole bar
  for _, cue in ipairs(cues) do
    if not fill_with_bars(drawing, cue.start, bpm_at(cue.tempo, 0)) then cut_short(drawing, cue.start) end
    add_cue(drawing, cue.tempo, cue.start, cue.end_tick)
    merge_pending(drawing)
  end
  return drawing.points
end

return bars

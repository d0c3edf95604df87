-- Turns score.json into what a REAPER project is to hold: tempo points, markers, regions and the items of each track.
-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Times are seconds from the first frame of the edit, which stands at the start of the project.

local plan = {}

local SCHEMA = 0
local PEDALS = { 64, 66, 67 }
-- Colours that editors give to markers, as red, green, blue.
local COLOURS = {
  red = { 220, 60, 60 }, orange = { 230, 140, 40 }, yellow = { 225, 205, 60 }, green = { 80, 170, 80 },
  cyan = { 70, 180, 190 }, blue = { 70, 110, 200 }, purple = { 140, 90, 190 }, magenta = { 200, 80, 170 },
  pink = { 230, 150, 180 }, black = { 40, 40, 40 }, white = { 235, 235, 235 },
}
local KIND_COLOURS = { cue = COLOURS.blue, scene = { 150, 150, 150 }, hit = COLOURS.yellow }

local function words(...)
  local kept = {}
  for _, text in ipairs({ ... }) do
    if text ~= "" then kept[#kept + 1] = text end
  end
  return table.concat(kept, " ")
end

-- Returns a function from frames to seconds, for a rate such as "25" or "24000/1001".
local function clock(rate)
  local numerator, denominator = rate:match("^(%d+)/?(%d*)$")
  numerator, denominator = tonumber(numerator), denominator == "" and 1 or tonumber(denominator)
  if not numerator or not denominator or numerator == 0 or denominator == 0 then
    error(("%q is no frame rate"):format(rate), 0)
  end
  return function(frame) return frame * denominator / numerator end
end

local function markers_of(score, seconds)
  local found = {}
  local function mark(frame, name, colour)
    found[#found + 1] = { time = seconds(frame), name = name, colour = colour }
  end
  for number, scene in ipairs(score.scenes) do
    mark(scene.in_frame, scene.name ~= "" and scene.name or "Scene " .. number, KIND_COLOURS.scene)
  end
  for _, cue in ipairs(score.cues) do
    for _, hit in ipairs(cue.hits) do
      mark(hit.frame, words("Hit", hit.need, hit.kind, hit.reason), KIND_COLOURS.hit)
    end
  end
  for _, marker in ipairs(score.markers) do
    mark(marker.frame, marker.name ~= "" and marker.name or "Marker", COLOURS[marker.colour:lower()])
  end
  return found
end

-- Releases at the end of a cue each pedal that it leaves down.
local function with_pedals_up(controls, at)
  local down = {}
  for _, control in ipairs(controls) do down[control.number] = control.value > 0 end
  for _, pedal in ipairs(PEDALS) do
    if down[pedal] then controls[#controls + 1] = { time = at, number = pedal, value = 0 } end
  end
  return controls
end

-- Returns the item of one part in one cue.
local function item_of(part, cue, start, seconds_at)
  local item = {
    cue = cue.number, name = words(cue.number, cue.title), channel = part.channel - 1, program = part.program,
    start = start, stop = start, notes = {},
  }
  for _, row in ipairs(part.notes) do
    local onset, length, pitch, velocity = table.unpack(row, 1, 4)
    local note = { time = seconds_at(onset), stop = seconds_at(onset + length), pitch = pitch, velocity = velocity }
    item.stop = math.max(item.stop, note.stop)
    item.notes[#item.notes + 1] = note
  end
  local controls = {}
  for _, row in ipairs(part.controls) do
    controls[#controls + 1] = { time = seconds_at(math.max(0, row[1])), number = row[2], value = row[3] }
  end
  table.sort(controls, function(a, b)
    if a.time ~= b.time then return a.time < b.time end
    if a.number ~= b.number then return a.number < b.number end
    return a.value < b.value
  end)
  item.controls = with_pedals_up(controls, math.max(item.stop, seconds_at(cue.end_tick)))
  return item
end

-- Returns the plan of a decoded score.json; `bars` is the module that draws the bar grid.
function plan.of(score, bars)
  if type(score) ~= "table" or type(score.cues) ~= "table" or type(score.rate) ~= "string" then
    error("this is not a score.json of v2m_bridge", 0)
  end
  if score.schema ~= SCHEMA then
    error(("this score has schema %s; this script reads %d"):format(tostring(score.schema), SCHEMA), 0)
  end
  local seconds = clock(score.rate)
  local made = { name = score.name, markers = markers_of(score, seconds), regions = {}, tracks = {} }
  local cues, order, by_name = {}, {}, {}
  for index, cue in ipairs(score.cues) do order[index] = cue end
  table.sort(order, function(a, b)
    if a.in_frame ~= b.in_frame then return a.in_frame < b.in_frame end
    return a.number < b.number
  end)
  for _, cue in ipairs(order) do
    local start, stop = seconds(cue.in_frame), seconds(cue.out_frame)
    local function seconds_at(tick) return start + bars.seconds_at(cue.tempo, tick) end
    made.regions[#made.regions + 1] =
      { time = start, stop = stop, name = words(cue.number, cue.title), colour = KIND_COLOURS.cue }
    for _, part in ipairs(cue.parts) do
      if not by_name[part.name] then
        by_name[part.name] = { name = part.name, items = {} }
        made.tracks[#made.tracks + 1] = by_name[part.name]
      end
      local item = item_of(part, cue, start, seconds_at)
      item.stop = math.max(item.stop, stop, seconds_at(cue.end_tick))
      table.insert(by_name[part.name].items, item)
    end
    cues[#cues + 1] = { start = start, end_tick = math.max(1, cue.end_tick), tempo = cue.tempo }
  end
  made.points = bars.points(cues)
  return made
end

return plan

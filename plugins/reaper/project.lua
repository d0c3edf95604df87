-- Puts a plan into the open REAPER project, and takes out what an earlier import put there.
-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- What is ours is known by more than its name: tracks carry the part's name, items the cue's number and their own GUID
-- (so that a copy that the user makes is the user's), and markers, regions and tempo points are listed in the project,
-- each with what it was when it was made. What has been changed since is the user's and stays. A locked item stays too.

local project = {}

local SECTION = "v2m_bridge"
local PART, CUE, OWNER = "P_EXT:v2m_part", "P_EXT:v2m_cue", "P_EXT:v2m_item"
local LOCKED = 1
local CONTROL_CHANGE, PROGRAM_CHANGE = 0xB0, 0xC0
local AT = "%.9f"

local function track_text(track, key, value)
  local _, text = reaper.GetSetMediaTrackInfo_String(track, key, value or "", value ~= nil)
  return text
end

local function item_text(item, key, value)
  local _, text = reaper.GetSetMediaItemInfo_String(item, key, value or "", value ~= nil)
  return text
end

local function remembered(what)
  local lines = {}
  local _, text = reaper.GetProjExtState(0, SECTION, what)
  for line in (text or ""):gmatch("[^\n]+") do lines[line] = true end
  return lines
end

local function remember(what, lines)
  reaper.SetProjExtState(0, SECTION, what, table.concat(lines, "\n"))
end

local function native(colour)
  return colour and reaper.ColorToNative(table.unpack(colour)) | 0x1000000 or 0
end

local function one_line(text) return (text:gsub("%c", " ")) end

local function marker_line(number, is_region, time, stop, name)
  local kind = is_region and "R" or "M"
  return table.concat({ kind, number, AT:format(time), is_region and AT:format(stop) or "-", one_line(name) }, "\t")
end

local function point_line(time, bpm, beats, unit)
  return table.concat({ AT:format(time), ("%.6f"):format(bpm), beats, unit }, "\t")
end

local function remove_markers()
  local ours = remembered("markers")
  local count = reaper.CountProjectMarkers(0)
  for index = count - 1, 0, -1 do
    local _, is_region, time, stop, name, number = reaper.EnumProjectMarkers3(0, index)
    if ours[marker_line(number, is_region, time, stop, name)] then
      reaper.DeleteProjectMarkerByIndex(0, index)
    end
  end
end

local function add_markers(plan)
  local lines = {}
  local function add(is_region, made)
    local name, stop = one_line(made.name), made.stop or made.time
    local number = reaper.AddProjectMarker2(0, is_region, made.time, stop, name, -1, native(made.colour))
    if number >= 0 then lines[#lines + 1] = marker_line(number, is_region, made.time, stop, name) end
  end
  for _, region in ipairs(plan.regions) do add(true, region) end
  for _, marker in ipairs(plan.markers) do add(false, marker) end
  remember("markers", lines)
end

local function each_point_from_last()
  local index = reaper.CountTempoTimeSigMarkers(0)
  return function()
    index = index - 1
    if index < 0 then return nil end
    local _, time, _, _, bpm, beats, unit = reaper.GetTempoTimeSigMarker(0, index)
    return index, point_line(time, bpm, math.max(0, beats), math.max(0, unit))
  end
end

-- Returns how many tempo points of the project are not ours.
function project.foreign_points()
  local ours, count = remembered("tempo"), 0
  for _, line in each_point_from_last() do
    if not ours[line] then count = count + 1 end
  end
  return count
end

local function set_tempo(points, replaces_all)
  local ours = remembered("tempo")
  for index, line in each_point_from_last() do
    if replaces_all or ours[line] then reaper.DeleteTempoTimeSigMarker(0, index) end
  end
  for _, point in ipairs(points) do
    reaper.SetTempoTimeSigMarker(0, -1, point.time, -1, -1, point.bpm, point.beats, point.unit, false)
  end
  local wanted, lines = {}, {}
  for _, point in ipairs(points) do wanted[AT:format(point.time)] = true end
  for _, line in each_point_from_last() do
    if wanted[line:match("^[^\t]+")] then lines[#lines + 1] = line end
  end
  remember("tempo", lines)
end

local function is_ours(item)
  return item_text(item, OWNER) ~= "" and item_text(item, OWNER) == item_text(item, "GUID")
end

-- Removes the items of the import before; returns which cue and part are kept because their item is locked.
local function remove_items()
  local kept = {}
  for track_index = 0, reaper.CountTracks(0) - 1 do
    local track = reaper.GetTrack(0, track_index)
    for index = reaper.CountTrackMediaItems(track) - 1, 0, -1 do
      local item = reaper.GetTrackMediaItem(track, index)
      if is_ours(item) then
        if reaper.GetMediaItemInfo_Value(item, "C_LOCK") // 1 & LOCKED ~= 0 then
          kept[item_text(item, CUE) .. "\t" .. item_text(item, PART)] = true
        else
          reaper.DeleteTrackMediaItem(track, item)
        end
      end
    end
  end
  return kept
end

-- Returns the track of a part: the one made before, wherever it stands and whatever it is called now, or a new one.
local function track_of(part)
  local count = reaper.CountTracks(0)
  for index = 0, count - 1 do
    local track = reaper.GetTrack(0, index)
    if track_text(track, PART) == part then return track end
  end
  reaper.InsertTrackAtIndex(count, true)
  local track = reaper.GetTrack(0, count)
  track_text(track, PART, part)
  track_text(track, "P_NAME", part)
  return track
end

local function fill(take, made)
  local function ppq(time) return math.floor(reaper.MIDI_GetPPQPosFromProjTime(take, time) + 0.5) end
  local start = ppq(made.start)
  reaper.MIDI_InsertCC(take, false, false, start, PROGRAM_CHANGE, made.channel, made.program, 0)
  for _, control in ipairs(made.controls) do
    local at, number, value = ppq(control.time), control.number, control.value
    reaper.MIDI_InsertCC(take, false, false, at, CONTROL_CHANGE, made.channel, number, value)
  end
  for _, note in ipairs(made.notes) do
    local on = ppq(note.time)
    local off = math.max(on + 1, ppq(note.stop))
    reaper.MIDI_InsertNote(take, false, false, on, off, made.channel, note.pitch, note.velocity, true)
  end
  reaper.MIDI_Sort(take)
end

local function add_item(track, part, made)
  local item = reaper.CreateNewMIDIItemInProj(track, made.start, made.stop, false)
  item_text(item, PART, part)
  item_text(item, CUE, made.cue)
  item_text(item, OWNER, item_text(item, "GUID"))
  local take = reaper.GetActiveTake(item)
  reaper.GetSetMediaItemTakeInfo_String(take, "P_NAME", made.name, true)
  fill(take, made)
end

-- Replaces the import before by a plan; returns how many locked items were kept. `tempo` says what becomes of the
-- project's tempo: "ours" replaces only tempo points that were made here, "all" every one, "none" touches none. Tempo
-- comes first, because items are measured against it.
function project.put(plan, tempo)
  remove_markers()
  local kept = remove_items()
  if tempo ~= "none" then set_tempo(plan.points, tempo == "all") end
  add_markers(plan)
  local n_kept = 0
  for _, part in ipairs(plan.tracks) do
    local track = track_of(part.name)
    for _, item in ipairs(part.items) do
      if kept[item.cue .. "\t" .. part.name] then
        n_kept = n_kept + 1
      else
        add_item(track, part.name, item)
      end
    end
  end
  return n_kept
end

return project

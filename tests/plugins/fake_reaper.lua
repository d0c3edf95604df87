-- A recording stand-in for the functions of REAPER that plugins/reaper calls, with REAPER's own signatures.
-- Calling any other function of the API is an error. Time runs through its tempo points as in REAPER: each point has a
-- bpm in quarters; without points the project runs at 120 bpm in 4/4.

local fake = { PPQ = 960 }

function fake.new_state()
  return {
    markers = {}, points = {}, tracks = {}, project = {}, global = {}, boxes = {}, answers = {}, files = {}, undo = {},
    next_number = 1, next_guid = 1, in_undo = false, refresh = 0,
  }
end

local function sorted_points(state)
  table.sort(state.points, function(a, b) return a.time < b.time end)
  return state.points
end

-- Returns quarters from the start of the project to a time.
function fake.quarters(state, time)
  local quarters, at, bpm = 0, 0, 120
  for _, point in ipairs(sorted_points(state)) do
    if point.time >= time then break end
    quarters, at, bpm = quarters + (point.time - at) * bpm / 60, point.time, point.bpm
  end
  return quarters + (time - at) * bpm / 60
end

local function text_of(owner, key, value, is_set)
  if is_set then owner.text[key] = value end
  return owner.text[key] ~= nil, owner.text[key] or ""
end

function fake.api(state, script)
  local api = {}

  local function ordered()
    table.sort(state.markers, function(a, b)
      if a.time ~= b.time then return a.time < b.time end
      return a.order < b.order
    end)
    return state.markers
  end

  function api.get_action_context() return true, script, 0, 0, 0, 0, 0 end
  function api.GetExtState(section, key) return state.global[section .. "/" .. key] or "" end
  function api.SetExtState(section, key, value) state.global[section .. "/" .. key] = value end
  function api.GetProjExtState(_, section, key)
    local value = state.project[section .. "/" .. key] or ""
    return #value, value
  end
  function api.SetProjExtState(_, section, key, value) state.project[section .. "/" .. key] = value end
  function api.file_exists(path)
    local file = io.open(path, "rb")
    if file then file:close() end
    return file ~= nil
  end
  function api.ShowMessageBox(text, _, kind)
    state.boxes[#state.boxes + 1] = text
    return kind == 0 and 1 or table.remove(state.answers, 1) or error("nobody answers: " .. text)
  end
  function api.GetUserFileNameForRead(_, _, _)
    local path = table.remove(state.files, 1)
    return path ~= nil, path or ""
  end
  function api.Undo_BeginBlock2(_) assert(not state.in_undo); state.in_undo = true end
  function api.Undo_EndBlock2(_, text, _)
    assert(state.in_undo)
    state.in_undo = false
    table.insert(state.undo, text)
  end
  function api.PreventUIRefresh(step) state.refresh = state.refresh + step end
  function api.UpdateTimeline() end
  function api.UpdateArrange() end
  function api.ColorToNative(red, green, blue) return red | green << 8 | blue << 16 end

  function api.CountProjectMarkers(_) return #state.markers, 0, 0 end
  function api.EnumProjectMarkers3(_, index)
    local marker = ordered()[index + 1]
    if not marker then return 0, false, 0, 0, "", 0, 0 end
    return index + 1, marker.is_region, marker.time, marker.is_region and marker.stop or 0, marker.name, marker.number,
      marker.colour
  end
  function api.AddProjectMarker2(_, is_region, time, stop, name, _, colour)
    local number = state.next_number
    state.next_number = number + 1
    state.markers[#state.markers + 1] =
      { is_region = is_region, time = time, stop = stop, name = name, number = number, colour = colour, order = number }
    return number
  end
  function api.DeleteProjectMarkerByIndex(_, index) return table.remove(ordered(), index + 1) ~= nil end

  function api.CountTempoTimeSigMarkers(_) return #state.points end
  function api.GetTempoTimeSigMarker(_, index)
    local point = sorted_points(state)[index + 1]
    return true, point.time, 0, 0, point.bpm, point.beats, point.unit, false
  end
  function api.DeleteTempoTimeSigMarker(_, index) return table.remove(sorted_points(state), index + 1) ~= nil end
  function api.SetTempoTimeSigMarker(_, index, time, measure, beat, bpm, beats, unit, is_linear)
    assert(index == -1 and measure == -1 and beat == -1 and not is_linear)
    assert(bpm > 0 and bpm < 960 and time >= 0, "a tempo that REAPER does not take")
    table.insert(state.points, { time = time, bpm = bpm, beats = beats, unit = unit })
    return true
  end

  function api.CountTracks(_) return #state.tracks end
  function api.GetTrack(_, index) return state.tracks[index + 1] end
  function api.InsertTrackAtIndex(index, _) table.insert(state.tracks, index + 1, { text = {}, items = {} }) end
  function api.GetSetMediaTrackInfo_String(track, key, value, is_set) return text_of(track, key, value, is_set) end
  function api.CountTrackMediaItems(track) return #track.items end
  function api.GetTrackMediaItem(track, index) return track.items[index + 1] end
  function api.DeleteTrackMediaItem(track, item)
    for index, other in ipairs(track.items) do
      if other == item then table.remove(track.items, index) return true end
    end
    return false
  end
  function api.CreateNewMIDIItemInProj(track, start, stop, in_quarters)
    assert(not in_quarters and stop > start)
    local item = { start = start, stop = stop, locked = 0, text = { GUID = "{" .. state.next_guid .. "}" } }
    state.next_guid = state.next_guid + 1
    item.take = { item = item, text = {}, notes = {}, controls = {}, is_sorted = true }
    track.items[#track.items + 1] = item
    return item
  end
  function api.GetActiveTake(item) return item.take end
  function api.GetMediaItemInfo_Value(item, key) assert(key == "C_LOCK") return item.locked + 0.0 end
  function api.GetSetMediaItemInfo_String(item, key, value, is_set) return text_of(item, key, value, is_set) end
  function api.GetSetMediaItemTakeInfo_String(take, key, value, is_set) return text_of(take, key, value, is_set) end
  function api.MIDI_GetPPQPosFromProjTime(take, time)
    return (fake.quarters(state, time) - fake.quarters(state, take.item.start)) * fake.PPQ
  end
  function api.MIDI_InsertNote(take, _, _, on, off, channel, pitch, velocity, unsorted)
    assert(math.type(on) == "integer" and off > on)
    take.is_sorted = take.is_sorted and not unsorted
    table.insert(take.notes, { on, off, channel, pitch, velocity })
    return true
  end
  function api.MIDI_InsertCC(take, _, _, at, message, channel, number, value)
    table.insert(take.controls, { at, message, channel, number, value })
    return true
  end
  function api.MIDI_Sort(take) take.is_sorted = true end

  return setmetatable(api, {
    __index = function(_, name) error("REAPER has no function " .. tostring(name) .. " here", 2) end,
  })
end

return fake

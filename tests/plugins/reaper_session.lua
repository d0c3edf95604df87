-- Plays a session in the stand-in for REAPER: lua5.4 reaper_session.lua SCRIPT < SESSION
-- The session is Lua text that sees `state`, `run()`, which runs the script once, and `show(name)`, which prints the
-- project as one line of JSON.

local here = arg[0]:match("^(.*[/\\])") or ""
local fake = dofile(here .. "fake_reaper.lua")
local state = fake.new_state()
local script = arg[1]

local function quoted(text)
  return '"' .. text:gsub('[%c"\\]', function(sign) return ("\\u%04x"):format(sign:byte()) end) .. '"'
end

local function encoded(value)
  if type(value) == "table" then
    local parts, is_array = {}, #value > 0 or next(value) == nil
    if is_array then
      for index, item in ipairs(value) do parts[index] = encoded(item) end
      return "[" .. table.concat(parts, ",") .. "]"
    end
    for name, item in pairs(value) do
      if name ~= "item" then parts[#parts + 1] = quoted(tostring(name)) .. ":" .. encoded(item) end
    end
    return "{" .. table.concat(parts, ",") .. "}"
  end
  if type(value) == "string" then return quoted(value) end
  if math.type(value) == "float" then return ("%.17g"):format(value) end
  return tostring(value)
end

local function run()
  reaper = fake.api(state, script)
  dofile(script)
  assert(state.refresh == 0 and not state.in_undo, "the user interface or undo was left open")
end

local function show()
  print(encoded({
    markers = state.markers, points = state.points, tracks = state.tracks, boxes = state.boxes, undo = state.undo,
  }))
end

local seen = { state = state, run = run, show = show, table = table, ipairs = ipairs, pairs = pairs }
assert(load(io.read("a"), "session", "t", seen))()

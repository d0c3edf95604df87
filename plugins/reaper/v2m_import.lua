-- @description Import a score of v2m_bridge: tempo map, cues, hits and a MIDI track for each part
-- @version 0.1.0
-- @author The v2m_bridge authors
-- @license GPL-3.0-or-later
-- @provides
--   [nomain] bars.lua
--   [nomain] json.lua
--   [nomain] plan.lua
--   [nomain] project.lua
-- @about
--   Reads the score.json that v2m_bridge writes. The first frame of the edit stands at the start of the project.
--   Importing again replaces what was imported before and nothing else; a locked item stays as it is.

local SECTION, LAST = "v2m_bridge", "score"
local TITLE = "v2m_bridge"
local OK_ONLY, YES_NO_CANCEL, YES_NO = 0, 3, 4
local YES, NO = 6, 7

local script = select(2, reaper.get_action_context())
local folder = script:match("^(.*[/\\])") or ""

local function part(name) return dofile(folder .. name .. ".lua") end

local json, bars, plan, project = part("json"), part("bars"), part("plan"), part("project")

local function read_file(path)
  local file, why = io.open(path, "rb")
  if not file then error("cannot read the score: " .. tostring(why), 0) end
  local text = file:read("a")
  file:close()
  return text
end

-- Returns the path of the score.json to import, or nil where the user thinks better of it.
local function chosen_score()
  local last = reaper.GetExtState(SECTION, LAST)
  if last ~= "" and reaper.file_exists(last) then
    local answer = reaper.ShowMessageBox("Import this score again?\n\n" .. last, TITLE, YES_NO_CANCEL)
    if answer == YES then return last end
    if answer ~= NO then return nil end
  end
  local is_chosen, path = reaper.GetUserFileNameForRead(last, "Choose the score.json of v2m_bridge", "json")
  return is_chosen and path or nil
end

-- Returns what becomes of the project's tempo, or nil where the user thinks better of it.
local function chosen_tempo()
  local foreign = project.foreign_points()
  if foreign == 0 then return "ours" end
  local answer = reaper.ShowMessageBox(
    ("The project has %d tempo or time signature markers of its own.\n\n"):format(foreign)
      .. "Replace them by those of the score?\n"
      .. "No keeps them: the notes still stand at their times, but not on the bars.",
    TITLE, YES_NO_CANCEL)
  if answer == YES then return "all" end
  return answer == NO and "none" or nil
end

-- Tells a v2m_bridge that runs for this score which cues REAPER has now, where the user wants it silent there.
local function hand_over(path, score)
  local beside = path:match("^(.*[/\\])") or ""
  if #score.cues == 0 or not reaper.file_exists(beside .. "../engine.json") then return end
  local answer = reaper.ShowMessageBox(
    "v2m_bridge is running for this score, and plays its cues as well.\n\n"
      .. "Hand them over to REAPER, so that they are silent there?",
    TITLE, YES_NO)
  if answer ~= YES then return end
  local numbers = {}
  for index, cue in ipairs(score.cues) do numbers[index] = cue.number end
  local file, why = io.open(beside .. "imported.txt", "wb")
  if not file then error("the cues are imported, but v2m_bridge cannot be told: " .. tostring(why), 0) end
  file:write(table.concat(numbers, "\n"), "\n")
  file:close()
end

local function import()
  local path = chosen_score()
  if not path then return end
  local score = json.decode(read_file(path))
  local made = plan.of(score, bars)
  local tempo = chosen_tempo()
  if not tempo then return end
  reaper.Undo_BeginBlock2(0)
  reaper.PreventUIRefresh(1)
  local went_well, said = pcall(project.put, made, tempo)
  reaper.PreventUIRefresh(-1)
  reaper.Undo_EndBlock2(0, "Import score of v2m_bridge", -1)
  reaper.UpdateTimeline()
  reaper.UpdateArrange()
  if not went_well then error(said, 0) end
  reaper.SetExtState(SECTION, LAST, path, true)
  if said > 0 then
    local what = said == 1 and "1 locked item was" or said .. " locked items were"
    reaper.ShowMessageBox(what .. " kept. Unlock what you want to have replaced, and import again.", TITLE, OK_ONLY)
  end
  hand_over(path, score)
end

local went_well, said = pcall(import)
if not went_well then reaper.ShowMessageBox(tostring(said), TITLE, OK_ONLY) end

-- Reads JSON, strictly: what RFC 8259 does not allow is an error that names its place.
-- SPDX-License-Identifier: GPL-3.0-or-later

local json = {}

-- Stands for null, which a Lua table cannot hold.
json.null = setmetatable({}, { __tostring = function() return "null" end })

local MAX_DEPTH = 64
local ESCAPES = {
  ['"'] = '"', ["\\"] = "\\", ["/"] = "/", b = "\b", f = "\f", n = "\n", r = "\r", t = "\t",
}
local WORDS = { ["true"] = true, ["false"] = false, null = json.null }

local function fail(text, at, why)
  local _, line = text:sub(1, at - 1):gsub("\n", "")
  error(("%s in line %d of the JSON (byte %d)"):format(why, line + 1, at), 0)
end

local function skip_space(text, at)
  return text:find("[^ \t\r\n]", at) or #text + 1
end

-- Returns the code of four hexadecimal digits at `at`.
local function hexadecimal(text, at)
  local digits = text:match("^%x%x%x%x", at)
  if not digits then fail(text, at, "a \\u without four digits") end
  return tonumber(digits, 16)
end

-- Returns the character of a \u escape whose digits begin at `at`, and where to go on.
local function escaped_unicode(text, at)
  local code = hexadecimal(text, at)
  at = at + 4
  if code >= 0xD800 and code < 0xDC00 and text:sub(at, at + 1) == "\\u" then
    local low = hexadecimal(text, at + 2)
    if low >= 0xDC00 and low < 0xE000 then
      return utf8.char(0x10000 + (code - 0xD800) * 0x400 + low - 0xDC00), at + 6
    end
  end
  if code >= 0xD800 and code < 0xE000 then fail(text, at - 4, "half a surrogate pair") end
  return utf8.char(code), at
end

local function read_string(text, at)
  local parts = {}
  at = at + 1
  while true do
    local stop = text:find('["\\%c]', at)
    if not stop then fail(text, #text + 1, "a string without end") end
    parts[#parts + 1] = text:sub(at, stop - 1)
    local sign = text:sub(stop, stop)
    if sign == '"' then return table.concat(parts), stop + 1 end
    if sign == "\127" then
      parts[#parts + 1], at = sign, stop + 1
    elseif sign ~= "\\" then
      fail(text, stop, "a control character in a string")
    else
      local letter = text:sub(stop + 1, stop + 1)
      if letter == "u" then
        parts[#parts + 1], at = escaped_unicode(text, stop + 2)
      elseif ESCAPES[letter] then
        parts[#parts + 1], at = ESCAPES[letter], stop + 2
      else
        fail(text, stop, "an unknown escape")
      end
    end
  end
end

local function read_number(text, at)
  local whole = text:match("^%-?%d+", at)
  if not whole or whole:find("^%-?0%d") then fail(text, at, "no value") end
  local stop = at + #whole
  local fraction = text:match("^%.%d+", stop) or ""
  local exponent = text:match("^[eE][+-]?%d+", stop + #fraction) or ""
  stop = stop + #fraction + #exponent
  if text:find("^[%w.+-]", stop) then fail(text, at, "a badly written number") end
  return tonumber(whole .. fraction .. exponent), stop
end

local read_value

local function read_array(text, at, depth)
  local items = {}
  at = skip_space(text, at + 1)
  if text:sub(at, at) == "]" then return items, at + 1 end
  while true do
    items[#items + 1], at = read_value(text, at, depth)
    at = skip_space(text, at)
    local sign = text:sub(at, at)
    if sign == "]" then return items, at + 1 end
    if sign ~= "," then fail(text, at, "no comma between the items of an array") end
    at = at + 1
  end
end

local function read_object(text, at, depth)
  local fields = {}
  at = skip_space(text, at + 1)
  if text:sub(at, at) == "}" then return fields, at + 1 end
  while true do
    at = skip_space(text, at)
    if text:sub(at, at) ~= '"' then fail(text, at, "a field without a name") end
    local name
    name, at = read_string(text, at)
    at = skip_space(text, at)
    if text:sub(at, at) ~= ":" then fail(text, at, "a field without a colon") end
    fields[name], at = read_value(text, at + 1, depth)
    at = skip_space(text, at)
    local sign = text:sub(at, at)
    if sign == "}" then return fields, at + 1 end
    if sign ~= "," then fail(text, at, "no comma between the fields of an object") end
    at = at + 1
  end
end

function read_value(text, at, depth)
  if depth > MAX_DEPTH then fail(text, at, "too much nesting") end
  at = skip_space(text, at)
  local sign = text:sub(at, at)
  if sign == "{" then return read_object(text, at, depth + 1) end
  if sign == "[" then return read_array(text, at, depth + 1) end
  if sign == '"' then return read_string(text, at) end
  local word = text:match("^%l+", at)
  if word and WORDS[word] ~= nil then return WORDS[word], at + #word end
  return read_number(text, at)
end

-- Returns the value that a JSON text holds; raises a string that says what is wrong and where.
function json.decode(text)
  local value, at = read_value(text, 1, 0)
  at = skip_space(text, at)
  if at <= #text then fail(text, at, "something after the end") end
  return value
end

return json

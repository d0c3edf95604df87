-- Print the notes of every MIDI region of a session, on Ardour's own grid.  Arguments: folder, name.
-- A line is: note, channel, pitch, first and last tick, and the samples that these are; 1920 ticks are a quarter.
assert(AudioEngine:set_backend("None (Dummy)", "", ""))
local session = load_session(arg[1], arg[2])
assert(session, "no session")

local function ticks_of(beats)
    local low, high = 0, 1 << 24
    while low < high do
        local middle = (low + high) // 2
        if Temporal.Beats(middle // 1920, middle % 1920) < beats then low = middle + 1 else high = middle end
    end
    return low
end

local function sample(ticks)
    return Temporal.timepos_t.from_ticks(ticks):samples()
end

for route in session:get_routes():iter() do
    local track = route:to_track()
    if not track:isnil() then
        for region in track:playlist():region_list():iter() do
            local begins = ticks_of(region:position():beats())
            for note in ARDOUR.LuaAPI.note_list(region:to_midiregion():midi_source(0):model()):iter() do
                local on = begins + ticks_of(note:time())
                local off = on + ticks_of(note:length())
                print(table.concat({"note", note:channel(), note:note(), on, off, sample(on), sample(off)}, "\t"))
            end
        end
    end
end
close_session()
quit()

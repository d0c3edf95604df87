-- Make a session with one MIDI track.  Arguments: folder, name, "external" where Ardour follows JACK transport.
-- The backend without hardware is enough: the session is played on JACK later, by a server without a window.
assert(AudioEngine:set_backend("None (Dummy)", "", ""))
local session = create_session(arg[1], arg[2], 48000)
assert(session, "no session")
session:new_midi_track(
    ARDOUR.ChanCount(ARDOUR.DataType("midi"), 1), ARDOUR.ChanCount(ARDOUR.DataType("midi"), 1), true,
    ARDOUR.PluginInfo(), nil, nil, 1, "v2m", ARDOUR.PresentationInfo.max_order, ARDOUR.TrackMode.Normal, false, false)
if arg[3] == "external" then
    session:cfg():set_external_sync(true)
end
session:save_state("", false, false, false, false, false)
close_session()
quit()

"""Files that other programs open: MIDI, markers, cue sheets, rendered picture."""

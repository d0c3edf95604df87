"""From a planned cue to chords and dynamics."""

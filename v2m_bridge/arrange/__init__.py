"""From chords and dynamics to parts that can be played."""

"""The reference edit written by hand in every format: `write(edit_rate, folder)` of each module returns the path."""

"""Where music goes, what it must hit, and the grid that gets it there."""

"""The daemon: the only writer of state, parent of reader, worker and player."""

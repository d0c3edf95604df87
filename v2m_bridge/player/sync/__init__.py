"""Following another program's transport: what it sends, where that lies on the edit, and how playing keeps to it.

Decoders (`mtc`, `midi_clock`, `mmc`) and the state machine (`follower`) are pure and told the time.
"""

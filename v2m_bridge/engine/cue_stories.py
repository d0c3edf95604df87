"""What a player that starts now must be told so that its cues stand as those of the player before."""

from __future__ import annotations

from v2m_bridge.core.commands import HELD, LIVE
from v2m_bridge.core.playing import DropCue, LoadCue, SetCueStand, ToPlayer


class CueStories:
    """For each cue the shortest run of messages that leads to where it is."""

    def __init__(self) -> None:
        self._stories: dict[str, list[LoadCue | SetCueStand]] = {}

    def take(self, message: ToPlayer) -> bool:
        """Remember a message; False where it is about no cue."""
        match message:
            case LoadCue(programme=programme):
                story = self._stories.get(programme.cue, [])
                stands = [told for told in story if isinstance(told, SetCueStand)]
                is_held = bool(stands) and stands[-1].stand == HELD
                self._stories[programme.cue] = [*story[:2], message] if is_held else [message, *stands]
            case SetCueStand(cue=cue, stand=stand):
                loads = [told for told in self._stories.get(cue, []) if isinstance(told, LoadCue)]
                if loads:
                    first = loads[:1] if stand == HELD else loads[-1:]
                    later = loads[-1:] if stand == HELD and len(loads) > 1 else []
                    self._stories[cue] = [*first, *([] if stand == LIVE else [message]), *later]
            case DropCue(cue=cue):
                self._stories.pop(cue, None)
            case _:
                return False
        return True

    def all(self) -> list[ToPlayer]:
        """Return every message, each cue's in order."""
        return [message for story in self._stories.values() for message in story]

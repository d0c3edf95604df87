"""What is known of the sound of an edit: who speaks when, and what music it holds already."""

from __future__ import annotations

from dataclasses import dataclass

from v2m_bridge.core.speech import Span, SpeechMask
from v2m_bridge.core.temp_music import TempMusic, TempReport


@dataclass(frozen=True, slots=True)
class Heard:
    """The sound of an edit as far as it shapes the music."""

    speech: SpeechMask | None = None
    """None where it is not known whether anybody speaks."""
    source_music: tuple[Span, ...] = ()
    """The edit's own music, over which nothing is scored."""
    temp_music: tuple[TempMusic, ...] = ()
    own_music: tuple[TempMusic, ...] = ()
    """What was heard of the edit's own music, clip by clip."""
    warnings: tuple[str, ...] = ()
    """Sound that could not be heard, and why."""

    @property
    def temp(self) -> TempReport:
        """The temp music as a report of its own."""
        return TempReport(self.temp_music)

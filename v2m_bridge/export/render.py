"""A score as a film with its music, or as sound alone."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from v2m_bridge.core.arrays import F32
from v2m_bridge.core.score import Score
from v2m_bridge.core.timeline import Timeline
from v2m_bridge.core.work import Rendered
from v2m_bridge.errors import OutputError
from v2m_bridge.export.files import check_replaceable, replacement
from v2m_bridge.export.mix import Mix
from v2m_bridge.export.mp4_file import write_mp4
from v2m_bridge.export.picture_edit import PictureEdit
from v2m_bridge.export.sound_font import find_sound_font
from v2m_bridge.export.synth import SAMPLE_RATE, synthesise
from v2m_bridge.export.wav_file import write_wav

Progress = Callable[[str, int, int], None]
_SUFFIXES: Final = (".mp4", ".wav")


def _silent(_label: str, _done: int, _total: int) -> None:
    """Report nothing."""


def render(
    score: Score,
    timeline: Timeline,
    out: Path,
    *,
    sound_font: Path | None = None,
    progress: Progress | None = None,
) -> Rendered:
    """Render the music of a score under the picture of its edit (``.mp4``) or alone (``.wav``).

    Parameters
    ----------
    score : Score
        What is played; the clips' own sound is not mixed in.
    timeline : Timeline
        The edit that the score was composed for.  Its length is the length of the file, to the frame and sample.
    out : Path
        Where to write; it appears whole or not at all.
    sound_font : Path, optional
        None takes the General MIDI one that comes with pretty_midi.
    progress : callable, optional
        Receives (label, done, total).

    Returns
    -------
    Rendered
        Peak of the mix before lossy coding, and a warning for each medium that could not be shown and is black.

    Raises
    ------
    OutputError
        When the kind of file is unknown, the place cannot be written, or FluidSynth or the SoundFont is missing.
    MediaError
        When a picture is wanted and none can be seen.
    """
    told = progress or _silent
    suffix = out.suffix.lower()
    if suffix not in _SUFFIXES:
        raise OutputError(f"cannot render to {out.name!r}", hint="End the name in .mp4 or .wav.")
    font = find_sound_font(sound_font)
    check_replaceable(out)
    edit = PictureEdit(timeline) if suffix == ".mp4" else None
    length_s = timeline.end.exact_s
    with replacement(out) as temporary, _mix(score, font, round(length_s * SAMPLE_RATE), told) as mix:
        if edit is None:
            write_wav(mix, temporary, lambda done, total: told("Writing", done, total))
        else:
            _write_film(edit, timeline, mix, temporary, score.name, told)
        peak_dbfs = mix.peak_dbfs
    return Rendered(
        path=str(out),
        duration_s=float(length_s),
        peak_dbfs=round(peak_dbfs, 2),
        warnings=edit.warnings if edit else (),
    )


def _write_film(edit: PictureEdit, timeline: Timeline, mix: Mix, path: Path, title: str, told: Progress) -> None:
    write_mp4(
        edit.frames(),
        size=edit.size,
        rate=timeline.rate,
        n_frames=timeline.end.frame,
        mix=mix,
        path=path,
        title=title,
        progress=lambda done, total: told("Encoding", done, total),
    )


@contextmanager
def _mix(score: Score, font: Path, n_samples: int, told: Progress) -> Iterator[Mix]:
    def blocks() -> Iterator[F32]:
        done = 0
        for block in synthesise(score, font, n_samples):
            done += len(block)
            yield block
            told("Playing", done, n_samples)

    with tempfile.TemporaryDirectory(prefix="v2m-") as folder:
        yield Mix(blocks(), n_samples, Path(folder) / "mix.f32")

"""A score as a film with its music, or as sound alone."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from v2m_bridge.core.arrays import F32
from v2m_bridge.core.guide import PlacedGuide
from v2m_bridge.core.score import Score
from v2m_bridge.core.speech import SpeechMask
from v2m_bridge.core.timeline import Timeline
from v2m_bridge.core.work import Rendered
from v2m_bridge.errors import OutputError
from v2m_bridge.export.cue_ends import silenced, silences
from v2m_bridge.export.files import check_replaceable, replacement
from v2m_bridge.export.film_sound import FilmSound, film_sound
from v2m_bridge.export.held_sound import MUSIC_PEAK_DBFS, HeldSound, faded_out, hold
from v2m_bridge.export.mp4_file import write_copied_mp4, write_mp4
from v2m_bridge.export.own_sound import OwnSound
from v2m_bridge.export.picture_copy import CodedPicture, NotCopied, coded_picture
from v2m_bridge.export.picture_edit import PictureEdit
from v2m_bridge.export.sound_font import find_sound_font
from v2m_bridge.export.synth import SAMPLE_RATE, synthesise
from v2m_bridge.export.wav_file import write_wav

Progress = Callable[[str, int, int], None]
_SUFFIXES: Final = (".mp4", ".wav")


def _silent(_label: str, _done: int, _total: int) -> None:
    """Report nothing."""


@dataclass(frozen=True, slots=True)
class SoundOfEdit:
    """What of the sound of an edit goes under its film, and where the music gives way."""

    guide: PlacedGuide | None = None
    """Heard where no sound clip of the edit can be."""
    speech: SpeechMask | None = None
    """None where it is not known whether anybody speaks."""
    with_temp: bool = False
    """Whether its temp music is heard."""


def render(
    score: Score,
    timeline: Timeline,
    out: Path,
    *,
    sound_font: Path | None = None,
    sound: SoundOfEdit | None = None,
    progress: Progress | None = None,
) -> Rendered:
    """Render the music of a score under the picture and sound of its edit (``.mp4``) or alone (``.wav``).

    Parameters
    ----------
    score : Score
        What is played.
    timeline : Timeline
        The edit that the score was composed for.  Its length is the length of the file, to the frame and sample.
    out : Path
        Where to write; it appears whole or not at all.
    sound_font : Path, optional
        None takes the best one that is known to be here.
    sound : SoundOfEdit, optional
        None is what the edit says, without temp music, and music that gives way to nobody.
    progress : callable, optional
        Receives (label, done, total).

    Returns
    -------
    Rendered
        Peak and loudness of the mix before lossy coding, how the picture was made, and a warning for each medium that
        could not be shown or heard, and for a loudness that was not reached.

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
    film = _Film(timeline, sound or SoundOfEdit(), told) if suffix == ".mp4" else None
    n_samples = round(timeline.end.exact_s * SAMPLE_RATE)
    with replacement(out) as temporary, tempfile.TemporaryDirectory(prefix="v2m-") as folder:
        played = silenced(_played(score, font, n_samples, told), silences(score))
        music = faded_out(played, n_samples)
        if film is None:
            mixed = FilmSound(hold(music, n_samples, Path(folder) / "music.f32").peaking_at(MUSIC_PEAK_DBFS), None)
            write_wav(mixed.sound, temporary, lambda done, total: told("Writing", done, total))
        else:
            mixed = film.sound(music, n_samples, Path(folder), told)
            film.write(mixed.sound, temporary, score.name, told)
    return _report(out, timeline, mixed, film)


def _report(out: Path, timeline: Timeline, mixed: FilmSound, film: _Film | None) -> Rendered:
    return Rendered(
        path=str(out),
        duration_s=float(timeline.end.exact_s),
        peak_dbfs=round(mixed.sound.peak_dbfs, 2),
        loudness_lufs=None if mixed.lufs is None else round(mixed.lufs, 2),
        picture=film.picture if film else "",
        warnings=(*(film.warnings if film else ()), *mixed.warnings),
    )


class _Film:
    """Picture and own sound of an edit."""

    def __init__(self, timeline: Timeline, sound: SoundOfEdit, told: Progress) -> None:
        told("Finding the picture", 0, 1)
        self._timeline = timeline
        self._speech = sound.speech
        self._edit = PictureEdit(timeline)
        self._own = OwnSound(timeline, sound.guide, with_temp=sound.with_temp)
        self._coded, self.picture = _coded(timeline)
        told("Finding the picture", 1, 1)

    @property
    def warnings(self) -> tuple[str, ...]:
        return (*self._edit.warnings, *self._own.warnings)

    def sound(self, music: Iterator[F32], n_samples: int, folder: Path, told: Progress) -> FilmSound:
        return film_sound(
            music, n_samples, self._own, self._speech, folder, lambda done, total: told("Mixing", done, total)
        )

    def write(self, sound: HeldSound, path: Path, title: str, told: Progress) -> None:
        rate = self._timeline.rate
        if self._coded is not None:
            write_copied_mp4(
                self._coded,
                rate=rate,
                sound=sound,
                path=path,
                title=title,
                progress=lambda done, total: told("Copying", done, total),
            )
            return
        write_mp4(
            self._edit.frames(),
            size=self._edit.size,
            rate=rate,
            n_frames=self._timeline.end.frame,
            sound=sound,
            path=path,
            title=title,
            progress=lambda done, total: told("Encoding", done, total),
        )


def _coded(timeline: Timeline) -> tuple[CodedPicture | None, str]:
    """Return the picture that can be copied, or None, and a clause that says so."""
    try:
        coded = coded_picture(timeline)
    except NotCopied as why:
        return None, f"picture coded again, because {why}"
    return coded, f"picture copied from {Path(coded.path).name}"


def _played(score: Score, font: Path, n_samples: int, told: Progress) -> Iterator[F32]:
    done = 0
    for block in synthesise(score, font, n_samples):
        done += len(block)
        yield block
        told("Playing", done, n_samples)

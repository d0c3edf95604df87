"""Made sounds whose truth is known: clicks, pieces played by FluidSynth, voices of espeak-ng, and noises of a film."""

from __future__ import annotations

import subprocess
import wave
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pretty_midi
from numpy.typing import NDArray

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
Seconds = tuple[float, float]

MUSIC_HZ: Final = 22_050
SPEECH_HZ: Final = 16_000


def write_wav(path: Path, sound: F32, rate_hz: int) -> Path:
    """Write mono (N,) or stereo (N, 2) sound as 16 bits; return `path`."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1 if sound.ndim == 1 else sound.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
    return path


def clicks(bpm: float, *, seconds: float = 30.0, beats_per_bar: int = 4, lead_s: float = 0.0) -> F32:
    """Return a click track that begins with a downbeat after `lead_s`; downbeats are higher and louder."""
    sound = np.zeros(round(seconds * MUSIC_HZ), np.float32)
    at = np.arange(round(0.03 * MUSIC_HZ)) / MUSIC_HZ
    for beat in range(int((seconds - lead_s - 0.05) * bpm / 60)):
        is_first = beat % beats_per_bar == 0
        click = (0.8 if is_first else 0.5) * np.sin(2 * np.pi * (1600 if is_first else 1000) * at) * np.exp(-at / 0.006)
        start = round((lead_s + beat * 60 / bpm) * MUSIC_HZ)
        sound[start : start + len(click)] += click.astype(np.float32)
    return sound


_TRIADS: Final = {"major": ((0, 4), (5, 4), (7, 4), (0, 4)), "minor": ((0, 3), (5, 3), (7, 3), (0, 3))}
"""Root above the tonic and size of the third, of the four chords of a made piece."""


def band(bpm: float, *, tonic: int, mode: str, beats_per_bar: int = 4, n_bars: int = 16, lead_s: float = 0.0) -> F32:
    """Return drums, bass and piano, one chord a bar."""
    song = pretty_midi.PrettyMIDI(initial_tempo=bpm)
    drums, bass, piano = pretty_midi.Instrument(0, is_drum=True), pretty_midi.Instrument(33), pretty_midi.Instrument(0)
    song.instruments += [drums, bass, piano]
    beat_s = 60 / bpm

    def note(part: pretty_midi.Instrument, pitch: int, at: float, length: float, velocity: int) -> None:
        start_s = lead_s + at * beat_s
        part.notes.append(pretty_midi.Note(velocity, pitch, start_s, start_s + 0.95 * length * beat_s))

    for bar in range(n_bars):
        root, third = _TRIADS[mode][bar % 4]
        root, start = (root + tonic) % 12, bar * beats_per_bar
        note(bass, 36 + root, start, 2, 70)
        for tone in (root, root + third, root + 7):
            note(piano, 60 + tone % 12, start, beats_per_bar, 95)
        for beat in range(beats_per_bar):
            note(drums, 36 if beat == 0 else 38, start + beat, 0.2, 110 if beat == 0 else 90)
            note(drums, 42, start + beat, 0.1, 70)
            note(drums, 42, start + beat + 0.5, 0.1, 50)
    return _played(song)


def waltz(bpm: float, *, tonic: int, n_bars: int = 16) -> F32:
    """Return bass and piano in three, without drums."""
    song = pretty_midi.PrettyMIDI(initial_tempo=bpm)
    bass, piano = pretty_midi.Instrument(32), pretty_midi.Instrument(0)
    song.instruments += [bass, piano]
    beat_s = 60 / bpm
    for bar in range(n_bars):
        root, third = _TRIADS["major"][bar % 4]
        root, start_s = (root + tonic) % 12, 3 * bar * beat_s
        bass.notes.append(pretty_midi.Note(95, 36 + root, start_s, start_s + 0.95 * beat_s))
        for beat in (1, 2):
            for tone in (root, root + third, root + 7):
                at_s = start_s + beat * beat_s
                piano.notes.append(pretty_midi.Note(60, 60 + tone % 12, at_s, at_s + 0.6 * beat_s))
    return _played(song)


def pad(*, tonic: int, seconds: float = 30.0) -> F32:
    """Return held chords without a beat."""
    song = pretty_midi.PrettyMIDI()
    strings = pretty_midi.Instrument(89)
    song.instruments.append(strings)
    for order, (root, third) in enumerate(_TRIADS["major"][:3]):
        for tone in (root, root + third, root + 7):
            start_s = order * seconds / 3
            strings.notes.append(pretty_midi.Note(70, 48 + (tonic + tone) % 12, start_s, start_s + seconds / 3))
    return _played(song)


def _played(song: pretty_midi.PrettyMIDI) -> F32:
    sound: F64 = song.fluidsynth(fs=MUSIC_HZ)
    return np.asarray(0.7 * sound / np.abs(sound).max(), np.float32)


LINES: Final = (
    "I told you not to come back here. Not tonight.",
    "The harbour is closed until the storm has passed, captain.",
    "Who else knows about the letter?",
    "We have been driving for nine hours and nobody said a single word.",
    "Open the door, slowly, and keep your hands where I can see them.",
    "Nineteen people signed it, and every one of them lied.",
)
VOICES: Final = ("en", "en+f3", "en-us+m3", "en+f5", "de", "fr")


def said(text: str, voice: str, folder: Path) -> F32:
    """Return a line of espeak-ng at 16 kHz from its first sound to its last, at -20 dBFS."""
    path = folder / "line.wav"
    subprocess.run(["espeak-ng", "-v", voice, "-w", str(path), text], check=True, stdin=subprocess.DEVNULL)
    with wave.open(str(path)) as file:
        raw, own_hz = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float64), file.getframerate()
    line = np.interp(np.arange(0, len(raw), own_hz / SPEECH_HZ), np.arange(len(raw)), raw)
    loud = np.flatnonzero(np.abs(line) > 0.01 * np.abs(line).max())
    line = line[loud[0] : loud[-1] + 1]
    return np.asarray(0.1 * line / np.sqrt(np.mean(line**2)), np.float32)


def coloured(n: int, slope: float, rng: np.random.Generator) -> F64:
    """Return noise whose spectrum falls with frequency to the power of `slope`: 0.5 is pink, 1 brown."""
    spectrum = np.fft.rfft(rng.standard_normal(n))
    spectrum[1:] /= np.arange(1, len(spectrum)) ** slope
    spectrum[0] = 0
    noise: F64 = np.fft.irfft(spectrum, n)
    noise /= noise.std()
    return noise


def _struck(n: int, every_s: float, decay_s: float, slope: float, rng: np.random.Generator) -> F64:
    sound = 0.05 * coloured(n, 0.5, rng)
    for at_s in np.arange(0.3, n / SPEECH_HZ - 1, every_s):
        blow = coloured(SPEECH_HZ // 2, slope, rng) * np.exp(-np.arange(SPEECH_HZ // 2) / (SPEECH_HZ * decay_s))
        start = int((at_s + rng.uniform(0, 0.3)) * SPEECH_HZ)
        sound[start : start + len(blow)] += 6 * blow
    return sound


def _tones(n: int, rng: np.random.Generator) -> F64:
    sound, at = np.zeros(n), 0
    while at < n:
        length = min(n - at, int(rng.uniform(0.2, 1.5) * SPEECH_HZ))
        wave_ = np.sin(2 * np.pi * rng.uniform(200, 3000) * np.arange(length) / SPEECH_HZ)
        sound[at : at + length] += wave_ * np.hanning(length)
        at += max(1, length // 2)
    return sound


EFFECTS: Final[dict[str, Callable[[int, np.random.Generator], F64]]] = {
    "pink bursts": lambda n, rng: coloured(n, 0.5, rng) * np.repeat(rng.uniform(0.1, 1, n // 16_000 + 1), 16_000)[:n],
    "traffic": lambda n, rng: coloured(n, 1.2, rng) * (1.2 + np.sin(np.arange(n) / 23_000)),
    "door slams": lambda n, rng: _struck(n, 1.9, 0.06, 0.7, rng),
    "footsteps": lambda n, rng: _struck(n, 0.55, 0.02, 0.3, rng),
    "tones": _tones,
    "hiss": lambda n, rng: coloured(n, 0.0, rng),
}


def dialogue(
    folder: Path, effect: str, snr_db: float, *, seconds: float = 60.0, seed: int = 0
) -> tuple[F32, tuple[Seconds, ...]]:
    """Return lines at 16 kHz over effects that are weaker by `snr_db`, and from when to when each line sounds."""
    rng = np.random.default_rng(seed)
    sound = np.zeros(round(seconds * SPEECH_HZ), np.float32)
    spans = []
    for line, at in _placed(folder, len(sound), rng):
        sound[at : at + len(line)] = line
        spans.append((at / SPEECH_HZ, (at + len(line)) / SPEECH_HZ))
    noise = EFFECTS[effect](len(sound), rng)
    noise *= 0.1 * 10 ** (-snr_db / 20) / np.sqrt(np.mean(noise**2))
    return (sound + noise).astype(np.float32), tuple(spans)


def _placed(folder: Path, n: int, rng: np.random.Generator) -> Iterator[tuple[F32, int]]:
    at, order = 2 * SPEECH_HZ, int(rng.integers(len(LINES)))
    while True:
        line = said(LINES[order % len(LINES)], VOICES[order % len(VOICES)], folder)
        if at + len(line) > n - SPEECH_HZ:
            return
        yield line, at
        at += len(line) + int(rng.uniform(1.5, 5) * SPEECH_HZ)
        order += 1


def coverage(found: Sequence[Seconds], truth: Sequence[Seconds], seconds: float) -> tuple[float, float]:
    """Return the share of the time of speech that was found, and the share of all other time that was taken for it."""
    is_found, is_speech = _mask(found, seconds), _mask(truth, seconds)
    return float(is_found[is_speech].mean()), float(is_found[~is_speech].mean())


def _mask(spans: Sequence[Seconds], seconds: float) -> NDArray[np.bool_]:
    mask = np.zeros(round(1000 * seconds), dtype=np.bool_)
    for start_s, end_s in spans:
        mask[max(0, round(1000 * start_s)) : max(0, round(1000 * end_s))] = True
    return mask

"""What each command does to the direction.  Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from v2m_bridge.core.affect import EmotionOverride, parse_emotion
from v2m_bridge.core.commands import (
    Command,
    MuteScene,
    SetEmotion,
    SetEnding,
    SetEntry,
    SetIntensity,
    SetKey,
    SetLock,
    SetPrimer,
    SetRhythm,
    SetSeed,
    SetStyle,
    SetTempo,
    SetTheme,
    form_of,
    locks_of,
)
from v2m_bridge.core.direction import CueDirection, Direction
from v2m_bridge.core.direction_text import parse_tempo
from v2m_bridge.core.harmony import parse_key, parse_progression
from v2m_bridge.errors import DirectionError


def edited(
    direction: Direction,
    command: Command,
    *,
    cues: Collection[str],
    scenes: Collection[str],
    styles: Collection[str] = (),
) -> Direction:
    """Return the direction after a command that edits it.

    Parameters
    ----------
    direction : Direction
        What holds.
    command : Command
        One of the ``Set...`` commands or `MuteScene`.
    cues, scenes : collection of str
        Numbers and ids that exist.
    styles : collection of str
        Names that exist; empty where they are not known yet.

    Raises
    ------
    DirectionError
        When the cue, scene or style does not exist, or the text cannot be read.
    """
    if isinstance(command, SetStyle) and styles and (name := command.text.strip()) and name not in styles:
        raise DirectionError(f"there is no style {command.text[:40]!r}", hint=f"The styles are {', '.join(styles)}.")
    try:
        return _edited(direction, command, cues, scenes)
    except ValueError as exc:  # a number that no wish can hold
        raise DirectionError(str(exc)) from exc


def _edited(direction: Direction, command: Command, cues: Collection[str], scenes: Collection[str]) -> Direction:
    match command:
        case SetPrimer(cue=cue, text=text):
            return _cue(direction, cue, cues, primer=parse_progression(text) if text.strip() else None)
        case SetKey(cue=cue, text=text):
            return _cue(direction, cue, cues, key=parse_key(text) if text.strip() else None)
        case SetStyle(cue=cue, text=text):
            return _cue(direction, cue, cues, style=text.strip() or None)
        case SetTempo(cue=cue, text=text):
            return _cue(direction, cue, cues, tempo_bpm=parse_tempo(text) if text.strip() else None)
        case SetEntry(cue=cue) | SetEnding(cue=cue) | SetRhythm(cue=cue) | SetTheme(cue=cue):
            return _cue(direction, cue, cues, **form_of(command))
        case SetSeed(cue=cue, seed=seed):
            return _cue(direction, cue, cues, seed=seed)
        case SetLock(cue=cue, layers=layers):
            return _cue(direction, cue, cues, locks=locks_of(layers))
        case SetEmotion(target=target, text=text):
            emotion: EmotionOverride | None = parse_emotion(text) if text.strip() else None
            if target in scenes:
                return _scene(direction, target, scenes, emotion=emotion)
            return _cue(direction, target, cues, emotion=emotion)
        case SetIntensity(scene=scene, intensity=intensity):
            return _scene(direction, scene, scenes, intensity=None if intensity < 0 else intensity)
        case MuteScene(scene=scene, muted=muted):
            return _scene(direction, scene, scenes, mute=muted)
    raise TypeError(f"{type(command).__name__} does not edit the direction")


def _cue(direction: Direction, cue: str, cues: Collection[str], **wish: object) -> Direction:
    if cue not in cues:
        raise DirectionError(
            f"there is no cue or scene {cue[:40]!r}", hint=f"The cues are {', '.join(sorted(cues)) or 'none yet'}."
        )
    changed = replace(direction.cues.get(cue, CueDirection()), **wish)  # type: ignore[arg-type]
    return replace(direction, cues={**direction.cues, cue: changed})


def _scene(direction: Direction, scene: str, scenes: Collection[str], **wish: object) -> Direction:
    if scene not in scenes:
        raise DirectionError(f"there is no scene {scene[:40]!r}", hint="Ask /v2m/get/scenes for the ids.")
    changed = replace(direction.for_scene(scene), **wish)  # type: ignore[arg-type]
    return replace(direction, scenes={**direction.scenes, scene: changed})

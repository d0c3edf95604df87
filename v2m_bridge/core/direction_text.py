"""direction.toml: the user's wishes as text.

::

    key = "A minor"                 # these hold for every cue
    primer = "Am F C G"
    emotion = "tense"               # one of six words, or "0.4,-0.2"
    style = "felt-piano"
    tempo = "70-140"
    meter = "3/4"
    fit = "constant"                # or "musical", "exact"
    tempo_at = ["0:15-0:25 96"]     # stretches of the cue whose tempo is given
    affect = 1.0
    entry = "downbeat"              # or "pickup", "fade"
    ending = "ring"                 # or "button", "fade", "open", "cut", "segue"
    theme = "hero"                  # stated by the cue; "none" where every cue but this one names it
    theme_form = "plain"            # or "minor", "major", "half-speed", "fragment", "bass"
    humanize = 0.3                  # 0 is the grid
    seed = 7

    [cue.1m02]                      # the same keys, for one cue
    emotion = "sad"
    lock = "all"                    # or ["harmony", "tempo"]: layers that stay as they are

    [scene.3]                       # the third scene, or its id from score.json
    emotion = "relaxing"
    intensity = 0.8
    mute = false
    hits = ["01:00:04:12 must accent"]
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

from v2m_bridge.core.affect import parse_emotion
from v2m_bridge.core.cue import Hit, HitKind, Need
from v2m_bridge.core.direction import LOCKS, CueDirection, Direction, SceneDirection
from v2m_bridge.core.fixed_tempo import FixedTempo
from v2m_bridge.core.harmonic_rhythm import parse_rhythm
from v2m_bridge.core.harmony import parse_key, parse_progression
from v2m_bridge.core.theme import NO_THEME, check_theme_name
from v2m_bridge.core.timebase import NS_PER_S, Meter, parse_timecode, timecode
from v2m_bridge.core.timeline import Timeline
from v2m_bridge.errors import DirectionError

_TIME: Final = r"(?:(\d{1,3}):)?(\d{1,5}(?:\.\d{1,9})?)"
_FIXED_TEMPO: Final = re.compile(rf"{_TIME}\s*-\s*{_TIME}\s+(\d{{1,3}}(?:\.\d{{1,9}})?)")
_HINT: Final = "Correct the direction file; docs/direction.md lists what it can say."


def parse_tempo(text: str) -> tuple[float, float]:
    """Read a tempo range such as ``70-140``, or one tempo such as ``96``.

    Raises
    ------
    DirectionError
        When the text is neither, or lies outside 20..300 bpm.
    """
    low, _, high = text.partition("-")
    try:
        tempo = (float(low), float(high or low))
        CueDirection(tempo_bpm=tempo)
    except ValueError as exc:
        raise DirectionError(
            f"{text[:40]!r} is not a tempo from 20 to 300 bpm", hint="Write it like 96 or 70-140."
        ) from exc
    return tempo


def parse_fixed_tempi(said: list[object]) -> tuple[FixedTempo, ...]:
    """Read stretches of a cue whose tempo is given: ``["0:15-0:25.5 96"]``, minutes and seconds from its first frame.

    Raises
    ------
    DirectionError
        When one is not written so, ends before it begins, or lies outside 20..300 bpm.
    """
    return tuple(_fixed_tempo(str(text)) for text in said)


def _fixed_tempo(text: str) -> FixedTempo:
    match = _FIXED_TEMPO.fullmatch(text.strip())
    try:
        if match is None:
            raise ValueError("it is not two times and a tempo")
        from_s, to_s = (60 * int(match[n] or 0) + Fraction(match[n + 1]) for n in (1, 3))
        return FixedTempo(round(from_s * NS_PER_S), round(to_s * NS_PER_S), float(match[5]))
    except ValueError as exc:
        hint = 'Write it like "0:15-0:25 96": from, to (from the first frame of the cue) and bpm.'
        raise DirectionError(f"cannot read the fixed tempo {text[:40]!r}: {exc}", hint=hint) from exc


def parse_meter(text: str) -> Meter:
    """Read a meter such as ``3/4``.

    Raises
    ------
    DirectionError
        When the text is not a meter.
    """
    beats, _, unit = text.partition("/")
    try:
        return Meter(int(beats), int(unit))
    except ValueError as exc:
        raise DirectionError(f"{text[:40]!r} is not a meter", hint="Write it like 4/4 or 6/8.") from exc


def parse_locks(said: str | list[object]) -> tuple[str, ...]:
    """Read the layers that a lock holds: ``all``, ``none``, one layer, or a list of layers.

    Raises
    ------
    DirectionError
        When there is no such layer.
    """
    names = [said] if isinstance(said, str) else said
    wholes = {"all": LOCKS, "none": ()}
    layers = [layer for name in names for layer in wholes.get(str(name), (str(name),))]
    try:
        return CueDirection(locks=tuple(layers)).locks or ()
    except ValueError as exc:
        raise DirectionError(str(exc), hint='Write lock = "all", or lock = ["harmony", "tempo"].') from exc


def parse_theme_words(text: str) -> tuple[str, str | None]:
    """Read a theme and how it appears, such as ``hero`` or ``hero:minor``.

    Raises
    ------
    DirectionError
        When there is no such form.
    """
    name, colon, form = (part.strip() for part in text.partition(":"))
    try:
        if name != NO_THEME:
            check_theme_name(name)
        CueDirection(theme_form=form if colon else None)
    except ValueError as exc:
        raise DirectionError(str(exc), hint="Write the name of a theme, or name:form such as hero:minor.") from exc
    return name, form or None


def theme_words(wishes: CueDirection) -> str:
    """Write the theme of a cue the way `parse_theme_words` reads it; empty where it names none."""
    return ":".join(each for each in (wishes.theme, wishes.theme_form) if each) if wishes.theme else ""


_CUE_KEYS: Final[Mapping[str, tuple[str, type | tuple[type, ...], Callable[[Any], Any]]]] = {
    "key": ("key", str, parse_key),
    "primer": ("primer", str, parse_progression),
    "emotion": ("emotion", str, parse_emotion),
    "style": ("style", str, str),
    "tempo": ("tempo_bpm", (str, int, float), lambda value: parse_tempo(str(value))),
    "meter": ("meter", str, parse_meter),
    "fit": ("fit", str, str),
    "tempo_at": ("fixed", list, parse_fixed_tempi),
    "affect": ("affect_strength", (int, float), float),
    "rhythm": ("rhythm", (str, int, float), lambda value: parse_rhythm(str(value))),
    "entry": ("entry", str, str),
    "ending": ("ending", str, str),
    "theme": ("theme", str, str),
    "theme_form": ("theme_form", str, str),
    "humanize": ("humanize", (int, float), float),
    "seed": ("seed", int, int),
    "lock": ("locks", (str, list), parse_locks),
}


def parse_direction(text: str, timeline: Timeline) -> Direction:
    """Read direction.toml for one timeline (scene numbers and timecodes are those of its edit).

    Raises
    ------
    DirectionError
        Names the key that cannot be followed.
    """
    try:
        table = tomllib.loads(text)
    except ValueError as exc:  # a number of thousands of digits is no TOMLDecodeError
        raise DirectionError(f"the direction file is not TOML: {exc}", hint=_HINT) from exc
    except RecursionError as exc:
        raise DirectionError("the direction file is nested too deep", hint=_HINT) from exc
    cues = _tables(table.pop("cue", {}), "cue")
    scenes = _tables(table.pop("scene", {}), "scene")
    return Direction(
        defaults=_cue_direction(table, "the direction file"),
        cues={number: _cue_direction(wishes, f"cue {number}") for number, wishes in cues.items()},
        scenes={_scene_id(name, timeline): _scene_direction(w, name, timeline) for name, w in scenes.items()},
    )


def _tables(value: Any, what: str) -> dict[str, dict[str, Any]]:
    if not isinstance(value, dict) or not all(isinstance(item, dict) for item in value.values()):
        raise DirectionError(f'"{what}" must be tables such as [{what}.NAME]', hint=_HINT)
    return value


def _cue_direction(wishes: Mapping[str, Any], where: str) -> CueDirection:
    values: dict[str, Any] = {}
    for name, value in wishes.items():
        if name not in _CUE_KEYS:
            raise DirectionError(f"{where} has no wish {name!r}; there are {', '.join(_CUE_KEYS)}", hint=_HINT)
        field, kinds, read = _CUE_KEYS[name]
        if not isinstance(value, kinds) or isinstance(value, bool):
            raise DirectionError(f"{where}: {name} = {value!r} is of the wrong kind", hint=_HINT)
        values[field] = read(value)
    if values.get("fixed"):
        values.setdefault("fit", "musical")  # the one way that keeps given tempi
    try:
        return CueDirection(**values)
    except ValueError as exc:
        raise DirectionError(f"{where}: {exc}", hint=_HINT) from exc


def _scene_id(name: str, timeline: Timeline) -> str:
    if any(scene.id == name for scene in timeline.scenes):
        return name
    if name.isdecimal() and 1 <= int(name) <= len(timeline.scenes):
        return timeline.scenes[int(name) - 1].id
    raise DirectionError(
        f"the edit has no scene {name[:40]!r}",
        hint=f"Use a number from 1 to {len(timeline.scenes)}, or an id from score.json.",
    )


def _scene_direction(wishes: Mapping[str, Any], name: str, timeline: Timeline) -> SceneDirection:
    known = {"emotion", "intensity", "mute", "hits"}
    if unknown := sorted(set(wishes) - known):
        raise DirectionError(
            f"scene {name} has no wish {unknown[0]!r}; there are {', '.join(sorted(known))}", hint=_HINT
        )
    emotion, intensity, mute, hits = (wishes.get(key) for key in ("emotion", "intensity", "mute", "hits"))
    kinds = ((emotion, str), (intensity, (int, float)), (mute, bool), (hits, list))
    if not all(value is None or isinstance(value, kind) for value, kind in kinds):
        raise DirectionError(f"scene {name} has a wish of the wrong kind", hint=_HINT)
    marks = tuple(_hit(text, timeline) for text in hits or [])
    _check_inside(marks, name, timeline)
    try:
        return SceneDirection(
            emotion=None if emotion is None else parse_emotion(emotion),
            intensity=None if intensity is None else float(intensity),
            mute=bool(mute),
            hits=marks,
        )
    except ValueError as exc:
        raise DirectionError(f"scene {name}: {exc}", hint=_HINT) from exc


def _check_inside(hits: Sequence[Hit], name: str, timeline: Timeline) -> None:
    """Refuse a hit outside its scene: it would bend music that the scene has no say in."""
    scene_id = _scene_id(name, timeline)
    scene = next(scene for scene in timeline.scenes if scene.id == scene_id)
    for hit in hits:
        is_end = hit.at == scene.record_out and hit.kind in (HitKind.STOP, HitKind.OUT)
        if not (scene.record_in <= hit.at < scene.record_out or is_end):
            at, first, end = (
                timecode(timeline.start + each, drop_frame=timeline.drop_frame)
                for each in (hit.at, scene.record_in, scene.record_out)
            )
            raise DirectionError(
                f"scene {name} has a hit at {at}, outside it",
                hint=f"The scene lasts from {first} to {end}; write the hit into the scene that holds its frame.",
            )


def _hit(text: Any, timeline: Timeline) -> Hit:
    words = str(text).split()
    try:
        at = parse_timecode(words[0], timeline.rate) - timeline.start
        need = next((Need(word) for word in words[1:] if word in set(Need)), Need.MUST)
        kind = next((HitKind(word) for word in words[1:] if word in set(HitKind)), HitKind.ACCENT)
        if unknown := [word for word in words[1:] if word not in set(Need) | set(HitKind)]:
            raise ValueError(f"{unknown[0]!r} is neither a kind nor a need of a hit")
    except (IndexError, ValueError) as exc:
        raise DirectionError(
            f"cannot read the hit {str(text)[:40]!r}: {exc}", hint='Write it like "01:00:04:12 must accent".'
        ) from exc
    return Hit(at, kind, need, reason="asked for by the user")

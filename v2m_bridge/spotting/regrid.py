"""The tempo map of a cue that has music already: as few of its bars change as can be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from v2m_bridge.core.cue import Cue, Hit, Need
from v2m_bridge.core.direction import DEFAULT_TEMPO_BPM, FITS, CueDirection
from v2m_bridge.core.fit_limits import LARGEST_DRIFT, LARGEST_STEP, spread_of
from v2m_bridge.core.fixed_tempo import FixedTempo
from v2m_bridge.core.plan import PlannedHit
from v2m_bridge.core.slots import Slot
from v2m_bridge.core.timebase import FrameTime, Meter, MeterChange, TempoChange, TempoMap
from v2m_bridge.spotting.earlier import Earlier
from v2m_bridge.spotting.fit import fit_tempo
from v2m_bridge.spotting.grid import grid_of
from v2m_bridge.spotting.tempo_fit import plan_hits, suited_tempo

_ROUNDING: Final = 1e-4
_CONSTANT, _MUSICAL = FITS[:2]


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Tempo, slots and hits of a cue."""

    tempo: TempoMap
    end_tick: int
    slots: tuple[Slot, ...]
    hits: tuple[PlannedHit, ...]
    stays_before_tick: int = 0
    """Music of the bars before it stays, see `CuePlan.stays_before_tick`."""
    remarks: tuple[str, ...] = ()


def free_grid(cue: Cue, wishes: CueDirection, hits: Sequence[Hit], arousal: float, earlier: Earlier | None) -> Grid:
    """Fit the tempo of a cue that is not locked.

    Without earlier music, and where the user says something else of it, the cue is fitted anew.  Where its hits are
    those that it had, its tempo map stays.  Where the edit has changed, the map stays up to the bar line at or before
    the first changed frame; after it, the map goes on as it was unless another meets more of the musts.  A cue of one
    constant tempo keeps that.

    Parameters
    ----------
    cue : Cue
    wishes : CueDirection
    hits : sequence of Hit
    arousal : float
        Of the cue, -1..1: it suggests a tempo.
    earlier : Earlier, optional
    """
    asked = _Asked(cue, wishes, tuple(hits), arousal)
    if earlier is None or not (earlier.same_wishes and earlier.same_fit):
        return asked.grid(asked.fitted())
    kept = earlier.music.tempo
    changed_tick = _changed_tick(cue, hits, earlier)
    if changed_tick is None:
        return asked.grid(kept, _end_of_stay(earlier))
    line = _last_line(kept, min(changed_tick, earlier.music.end_tick)) if earlier.changed_frame is not None else 0
    fresh = asked.fitted()
    more = asked.n_musts_met(fresh) - asked.n_musts_met(kept)
    if not line:
        return asked.grid(fresh if more > 0 else kept)
    if asked.way == _CONSTANT:
        return asked.grid(kept, line, asked.said_of_new_tempo(more))
    again = asked.fitted_from(kept, line)
    better = again is not None and asked.n_musts_met(again) > asked.n_musts_met(kept)
    return asked.grid(again if again is not None and better else kept, line)


def given_grid(cue: Cue, wishes: CueDirection, hits: Sequence[Hit], tempo: TempoMap) -> Grid:
    """Lay a cue on a tempo map that was given; a remark says how many of its musts that meets."""
    asked = _Asked(cue, wishes, tuple(hits), 0.0)
    n_musts, n_met = sum(hit.need is Need.MUST for hit in hits), asked.n_musts_met(tempo)
    met = f"; it meets {n_met} of {n_musts} musts" if n_musts else ""
    return asked.grid(tempo, remarks=(f"{cue.number} follows the tempo map that was given{met}",))


@dataclass(frozen=True, slots=True)
class _Asked:
    """A cue and what its tempo is fitted to."""

    cue: Cue
    wishes: CueDirection
    hits: tuple[Hit, ...]
    arousal: float

    @property
    def way(self) -> str:
        return self.wishes.fit or _CONSTANT

    @property
    def meter(self) -> Meter:
        return self.wishes.meter or Meter()

    @property
    def start_ns(self) -> int:
        return self.cue.start.ns

    @property
    def length_ns(self) -> int:
        return self.cue.end.ns - self.cue.start.ns

    @property
    def fixed(self) -> tuple[FixedTempo, ...]:
        return tuple(each.later(self.start_ns) for each in self.wishes.fixed or ())

    def fitted(self) -> TempoMap:
        tempo_bpm = self.wishes.tempo_bpm or DEFAULT_TEMPO_BPM
        suited = suited_tempo(tempo_bpm, self.arousal)
        return fit_tempo(
            self.way,
            self.hits,
            tempo_bpm,
            self.meter,
            self.length_ns,
            start_ns=self.start_ns,
            preferred_bpm=suited,
            fixed=self.fixed,
        ).tempo

    def fitted_from(self, kept: TempoMap, line: int) -> TempoMap | None:
        """Fit what follows a bar line to its hits; None where the bars do not join within the limits."""
        line_ns = kept.ns_at(line)
        later = tuple(hit for hit in self.hits if hit.at.ns >= self.start_ns + line_ns)
        bpm, first = kept.bpm_at(line - 1), kept.bpm_at(0)
        low, high = self.wishes.tempo_bpm or DEFAULT_TEMPO_BPM
        if self.way == _MUSICAL:
            low = max(bpm / (1 + LARGEST_STEP - _ROUNDING), first / (1 + LARGEST_DRIFT - _ROUNDING))
            high = min(bpm * (1 + LARGEST_STEP - _ROUNDING), first * (1 + LARGEST_DRIFT - _ROUNDING))
        found = fit_tempo(
            self.way,
            later,
            (low, high),
            self.meter,
            self.length_ns - line_ns,
            start_ns=self.start_ns + line_ns,
            preferred_bpm=min(max(bpm, low), high),
            fixed=self.fixed,
        ).tempo
        joined = None if found.pickup_ticks else joined_map(kept, found, line)
        return joined if joined is not None and (self.way != _MUSICAL or is_within_limits(joined)) else None

    def n_musts_met(self, tempo: TempoMap) -> int:
        planned = plan_hits(self.hits, tempo, self.start_ns, self.length_ns)
        return sum(each.met for each in planned if each.hit.need is Need.MUST)

    def said_of_new_tempo(self, more: int) -> tuple[str, ...]:
        if more <= 0:
            return ()
        return (
            f"{self.cue.number} keeps its tempo, because its first bars stay; a new one would meet {more} more of its "
            f"musts: compose it without its earlier music, or fit it as musical",
        )

    def grid(self, tempo: TempoMap, stays_before: int = 0, remarks: tuple[str, ...] = ()) -> Grid:
        end_tick, slots = grid_of(tempo, self.length_ns)
        planned = plan_hits(self.hits, tempo, self.start_ns, self.length_ns)
        return Grid(tempo_until(tempo, end_tick), end_tick, slots, planned, stays_before, remarks)


def tempo_until(tempo: TempoMap, end_tick: int) -> TempoMap:
    """Leave out the changes of tempo and meter that lie at or after a tick."""
    tempi = tuple(change for change in tempo.tempi if change.tick < max(1, end_tick))
    meters = tuple(change for change in tempo.meters if change.tick < max(1, end_tick))
    return TempoMap(tempi, meters, tempo.pickup_ticks)


def joined_map(kept: TempoMap, after: TempoMap, line: int) -> TempoMap:
    """Go on with another map from a bar line of a map on; ticks of `after` count from that line."""
    tempi = [change for change in kept.tempi if change.tick < line]
    for tempo in after.tempi:
        if tempo.us_per_quarter != tempi[-1].us_per_quarter:
            tempi.append(TempoChange(line + tempo.tick, tempo.us_per_quarter))
    meters = [change for change in kept.meters if change.tick < line]
    for meter in after.meters:
        if meter.meter != meters[-1].meter:
            meters.append(MeterChange(line + meter.tick, meter.meter))
    return TempoMap(tuple(tempi), tuple(meters), kept.pickup_ticks)


def is_within_limits(tempo: TempoMap) -> bool:
    """Whether every tempo lies within 3 % of the one before and 8 % of the first."""
    spread = spread_of([change.us_per_quarter for change in tempo.tempi])
    return spread.step <= LARGEST_STEP and spread.drift <= LARGEST_DRIFT


def _changed_tick(cue: Cue, hits: Sequence[Hit], earlier: Earlier) -> int | None:
    """Return where the cue's picture, its hits or its length first differ from what they were; None where none do."""
    start = cue.start.frame
    had = {(hit.frame - earlier.music.in_frame, hit.kind, hit.need) for hit in earlier.music.hits}
    has = {(hit.at.frame - start, str(hit.kind), str(hit.need)) for hit in hits}
    n_frames = cue.end.frame - start
    same_picture = earlier.changed_frame is None or earlier.changed_frame >= min(n_frames, earlier.n_frames)
    if had == has and same_picture and n_frames == earlier.n_frames:
        return None
    # What is a must may hang on cuts far off; where hits are, and of which kind, does not.
    moved = {(frame, kind) for frame, kind, _ in had} ^ {(frame, kind) for frame, kind, _ in has}
    frames = [frame for frame, _ in moved] + [n_frames, earlier.n_frames]
    if earlier.changed_frame is not None:
        frames.append(earlier.changed_frame)
    changed = cue.start.frame + min(frames)
    return int(earlier.music.tempo.tick_at_ns(FrameTime(changed, cue.start.rate).ns - cue.start.ns))


def _last_line(tempo: TempoMap, tick: int) -> int:
    """Return the last bar line at or before a tick, 0 where there is none."""
    return max((int(line) for line in tempo.bar_lines(tick + 1)), default=0)


def _end_of_stay(earlier: Earlier) -> int:
    """Return up to where music stays in a cue of which nothing has changed: to its end where it was only moved."""
    return 0 if earlier.changed_frame is None else earlier.music.end_tick

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.model.tiny import tiny_amt
from v2m_bridge.core.arrays import F32, I64, Bool
from v2m_bridge.core.harmony import N_SYMBOLS, NO_CHORD
from v2m_bridge.model.amt import Amt
from v2m_bridge.model.rhythm import HarmonicRhythm
from v2m_bridge.model.sampling import F64, FREE, Decoding, Follower, NoiseSource, Sheet, fill

MODEL = tiny_amt()


def _rows(n_slots: int, n_rows: int = 2) -> F32:
    return np.random.default_rng(3).normal(size=(n_rows, n_slots, MODEL.config.n_inputs)).astype(np.float32)


def _sheet(fixed: I64, n_rows: int = 2, **more: object) -> Sheet:
    bias = np.zeros((len(fixed), N_SYMBOLS))
    return Sheet(fixed, _rows(len(fixed), n_rows), 0.0, bias, **more)  # type: ignore[arg-type]


def _free(n_slots: int) -> I64:
    return np.full(n_slots, FREE)


def _longest_run(symbols: I64) -> int:
    longest = run = 1
    for before, now in pairwise(symbols.tolist()):
        run = run + 1 if now == before else 1
        longest = max(longest, run)
    return longest


@pytest.mark.parametrize("published", [True, False])
def test_the_follower_gives_the_logits_of_the_uncached_model_over_150_slots(published: bool) -> None:
    model = tiny_amt(start_symbol=None) if published else tiny_amt()
    rows, symbols = _rows(150, 1), np.random.default_rng(1).integers(0, 157, (1, 150))
    follower = Follower(model, rows, 0.0)
    inputs = symbols if published else np.concatenate([[[model.config.start_symbol]], symbols[:, :-1]], axis=1)
    whole = model(torch.from_numpy(inputs), torch.from_numpy(rows), torch.zeros(1))[0, :, :N_SYMBOLS].numpy()
    for slot in range(1, 150):
        wanted = whole[slot - 1 if published else slot]
        assert np.abs(follower.logits(symbols, slot)[0, 0] - wanted).max() < 1e-3 + 1e-4


def test_takes_side_by_side_follow_like_each_alone() -> None:
    symbols, rows = np.random.default_rng(2).integers(0, 157, (3, 20)), _rows(20, 2)
    together = Follower(MODEL, rows, 1.0)
    together.logits(symbols[:1, :0], 0)
    together.branch([0, 0, 0])
    logits = together.logits(symbols, 19)
    for take in range(3):
        alone = Follower(MODEL, rows, 1.0).logits(symbols[take : take + 1], 19)
        assert np.abs(alone[0] - logits[take]).max() < 3e-3


def test_a_long_cue_goes_on_through_overlapping_windows() -> None:
    model = tiny_amt(n_positions=24)
    drawn = fill(model, _sheet(_free(100)), NoiseSource(0, 0), Decoding(top_p=1.0))
    assert len(drawn) == 100
    assert len(np.unique(drawn[60:])) > 5
    early = _sheet(_free(100))
    early.rows[:, 95:] += 1  # what lies far ahead does not reach back
    assert fill(model, early, NoiseSource(0, 0), Decoding(top_p=1.0))[:60].tolist() == drawn[:60].tolist()


@pytest.mark.parametrize("n_positions", [24, 300])
def test_a_window_holds_what_the_model_can_hold(n_positions: int) -> None:
    model = tiny_amt(n_positions=n_positions, start_symbol=None)
    assert len(fill(model, _sheet(_free(310), 1), NoiseSource(1, 2), Decoding())) == 310


@settings(max_examples=25)
@given(st.data())
def test_rules_hold_whatever_is_fixed(data: st.DataObject) -> None:
    n_slots = data.draw(st.integers(1, 24))
    limit = data.draw(st.integers(1, 4))
    fixed = np.array(
        data.draw(st.lists(st.one_of(st.just(FREE), st.integers(1, 3)), min_size=n_slots, max_size=n_slots))
    )
    drawn = fill(MODEL, _sheet(fixed, 1), NoiseSource(5, 6), Decoding(repeat_limit=limit, top_p=0.3))
    kept = fixed != FREE
    assert drawn[kept].tolist() == fixed[kept].tolist()
    assert (drawn[~kept] != NO_CHORD).all()
    assert ((drawn >= 0) & (drawn < N_SYMBOLS)).all()
    for slot in np.flatnonzero(~kept):
        before = _longest_run(drawn[max(0, slot - limit) : slot + 1])
        assert before <= limit or _longest_run(drawn[max(0, slot - limit) : slot]) > limit


def test_the_repeat_limit_holds_in_free_music() -> None:
    sheet = _sheet(_free(80), 1)
    sheet.bias[:, 40] = 50.0  # one chord pulls with all its might
    drawn = fill(MODEL, sheet, NoiseSource(0, 0), Decoding(repeat_limit=3))
    assert _longest_run(drawn) == 3
    assert (drawn == 40).mean() > 0.7


def test_no_chord_is_drawn_on_request_only() -> None:
    sheet = _sheet(_free(12), 1)
    sheet.bias[:, NO_CHORD] = 50.0
    assert (fill(MODEL, sheet, NoiseSource(0, 0), Decoding()) != NO_CHORD).all()
    assert (fill(MODEL, sheet, NoiseSource(0, 0), Decoding(allow_no_chord=True)) == NO_CHORD).any()


def test_a_hard_key_gives_way_before_the_repeat_limit_does() -> None:
    inside = np.zeros((30, N_SYMBOLS), np.bool_)
    inside[:, [1, 66, 92]] = True
    hard = Decoding(repeat_limit=2, key_strength=math.inf)
    drawn = fill(MODEL, _sheet(_free(30), 1, inside_key=inside), NoiseSource(0, 0), hard)
    assert set(drawn.tolist()) == {1, 66, 92}
    inside[:, [66, 92]] = False
    drawn = fill(MODEL, _sheet(_free(30), 1, inside_key=inside), NoiseSource(0, 0), hard)
    assert _longest_run(drawn) == 2
    assert (drawn == 1).mean() >= 2 / 3


def test_few_chords_leave_the_key_and_a_key_of_no_strength_holds_none() -> None:
    inside = np.zeros((60, N_SYMBOLS), np.bool_)
    inside[:, :60] = True
    sheet = _sheet(_free(60), 1, inside_key=inside)
    sheet.bias[:, 60:] = 20.0  # everything pulls outside
    outside = fill(MODEL, sheet, NoiseSource(0, 0), Decoding()) >= 60
    assert max(np.convolve(outside, np.ones(16), "valid")) == 2
    assert (fill(MODEL, sheet, NoiseSource(0, 0), Decoding(key_strength=0)) >= 60).all()


@settings(max_examples=20)
@given(st.data())
def test_whatever_is_asked_at_once_every_slot_is_filled_and_only_with_what_is_allowed(data: st.DataObject) -> None:
    n_slots = data.draw(st.integers(1, 20))
    slots = st.lists(st.sampled_from([FREE, FREE, 0, 1, 66]), min_size=n_slots, max_size=n_slots)
    fixed = np.array(data.draw(slots))
    inside = np.tile(np.arange(N_SYMBOLS) == data.draw(st.integers(0, 156)), (n_slots, 1))
    rhythm = HarmonicRhythm(
        np.full(n_slots, data.draw(st.sampled_from([0.0, 0.3, 1.0]))),
        data.draw(st.sampled_from([0.0, 1.0, math.inf])),
        data.draw(st.sampled_from([None, 1, 2])),
    )
    sheet = _sheet(fixed, 1, inside_key=inside, rhythm=rhythm, close_at=data.draw(st.sampled_from([None, n_slots - 1])))
    decoding = Decoding(
        temperature=data.draw(st.sampled_from([0.0, 1.0])),
        repeat_limit=data.draw(st.integers(1, 4)),
        key_strength=math.inf,
    )
    drawn = fill(MODEL, sheet, NoiseSource(1, 1), decoding)
    assert drawn[fixed != FREE].tolist() == fixed[fixed != FREE].tolist()
    assert ((drawn[fixed == FREE] > NO_CHORD) & (drawn[fixed == FREE] < N_SYMBOLS)).all()


def test_a_colder_temperature_and_a_smaller_share_draw_likelier_chords() -> None:
    def mean_nats(**how: float) -> float:
        drawn = [fill(MODEL, _sheet(_free(24), 1), NoiseSource(seed, 0), Decoding(**how)) for seed in range(6)]  # type: ignore[arg-type]
        return float(np.mean([_nats(MODEL, _sheet(_free(24), 1), each) for each in drawn]))

    assert mean_nats(temperature=0.3, top_p=1.0) > mean_nats(temperature=1.0, top_p=1.0)
    assert mean_nats(top_p=0.3) > mean_nats(top_p=1.0)


def _nats(model: Amt, sheet: Sheet, symbols: I64) -> float:
    inputs = np.concatenate([[model.config.start_symbol or 0], symbols[:-1]])[None]
    logits = model(torch.from_numpy(inputs), torch.from_numpy(sheet.rows), torch.zeros(1))[0, :, :N_SYMBOLS]
    return float(logits.log_softmax(-1).gather(1, torch.from_numpy(symbols)[:, None]).mean())


def test_the_repeat_before_a_close_leaves_room_for_the_chord_that_rings() -> None:
    sheet = _sheet(_free(20), 1, close_at=17)
    sheet.bias[:, 1] = 50.0  # the tonic pulls throughout and rings for three slots
    drawn = fill(MODEL, sheet, NoiseSource(0, 0), Decoding())
    assert drawn[17] == 1
    assert drawn[16] != 1 or drawn[15] != 1


def test_noise_depends_on_seed_cue_take_and_slot_and_on_nothing_else() -> None:
    first = NoiseSource(1, 2).gumbel(3, 4)
    assert first.tolist() == NoiseSource(1, 2).gumbel(3, 4).tolist()
    others = [NoiseSource(2, 2).gumbel(3, 4), NoiseSource(1, 3).gumbel(3, 4)]
    others += [NoiseSource(1, 2).gumbel(4, 4), NoiseSource(1, 2).gumbel(3, 5)]
    assert all(first.tolist() != other.tolist() for other in others)
    assert np.isfinite(first).all()


def test_the_take_after_which_kept_music_is_likeliest_stays() -> None:
    fixed = np.concatenate([[1, 66, 92], _free(5), [1, 66, 92, 1]])
    sheet = _sheet(fixed, 1)
    takes = [_take_alone(MODEL, sheet, take) for take in range(4)]
    scores = [_likelihood_of_kept(MODEL, sheet, take) for take in takes]
    drawn = fill(MODEL, sheet, NoiseSource(9, 9), Decoding(n_takes=4))
    assert drawn[3:8].tolist() == takes[int(np.argmax(scores))][3:8].tolist()
    assert len({tuple(take.tolist()) for take in takes}) > 1


def _take_alone(model: Amt, sheet: Sheet, take: int) -> I64:
    """One take of the gap, without ranking."""

    class OneTake(NoiseSource):
        def gumbel(self, take_: int, slot: int) -> F64:
            return super().gumbel(take_ + take, slot)

    return fill(model, sheet, OneTake(9, 9), Decoding(n_takes=1))


def _likelihood_of_kept(model: Amt, sheet: Sheet, symbols: I64) -> float:
    inputs = np.concatenate([[model.config.start_symbol or 0], symbols[:-1]])[None]
    logits = model(torch.from_numpy(inputs), torch.from_numpy(sheet.rows), torch.zeros(1))[0, 8:, :N_SYMBOLS]
    return float(logits.log_softmax(-1).gather(1, torch.from_numpy(symbols[8:])[:, None]).sum())


def test_a_loop_is_left_after_a_few_rounds() -> None:
    sheet = _sheet(_free(96), 1)
    sheet.fixed[:12] = [1, 122, 66, 92] * 3
    for slot in range(12, 96):
        sheet.bias[slot, sheet.fixed[slot % 4]] = 30.0  # the loop would go on for ever
    looped = fill(MODEL, sheet, NoiseSource(0, 0), Decoding(loop_penalty=0))
    left = fill(MODEL, sheet, NoiseSource(0, 0), Decoding(loop_penalty=30))
    assert _longest_loop(left, 4) < 16 <= _longest_loop(looped, 4)


def _longest_loop(symbols: I64, period: int) -> int:
    return _longest_true(symbols[12:] == symbols[12 - period : -period])


def _longest_true(flags: Bool) -> int:
    longest = run = 0
    for flag in flags.tolist():
        run = run + 1 if flag else 0
        longest = max(longest, run)
    return longest

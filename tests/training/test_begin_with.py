"""A training run that goes on from the weights of another."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from v2m_bridge.core.harmony import END
from v2m_bridge.errors import ModelError
from v2m_bridge.model.amt import Amt, AmtConfig
from v2m_bridge.training.chord_run import ChordRun
from v2m_bridge.training.config import ChordTraining

SIZES = AmtConfig(3, 16, 2, 16, 1, 1, 64, start_symbol=END)


def run_of(sizes: AmtConfig) -> ChordRun:
    return ChordRun(ChordTraining(), sizes, seed=1)


def test_weights_are_taken_over_and_what_they_lack_is_drawn() -> None:
    torch.manual_seed(5)
    other, run = Amt(SIZES), run_of(replace(SIZES, tally=True))
    assert not torch.equal(run.model.output.weight, other.output.weight)
    run.begin_with(other)
    for taken in (run.model, run.average, run.best_model()):
        assert torch.equal(taken.output.weight, other.output.weight)
    assert "mix.trust.weight" in run.model.state_dict()


@pytest.mark.parametrize("sizes", [replace(SIZES, d_feedforward=24), replace(SIZES, n_decoder_layers=2, recall=True)])
def test_weights_that_do_not_fit_are_refused(sizes: AmtConfig) -> None:
    with pytest.raises(ModelError, match="weights to start from"):
        run_of(SIZES).begin_with(Amt(sizes))

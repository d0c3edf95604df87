from __future__ import annotations

import numpy as np
import pytest
import torch

from v2m_bridge.core.harmony import END, PAD, chord_of_id
from v2m_bridge.training import metrics
from v2m_bridge.training.examples import Batch, Example, collate
from v2m_bridge.training.losses import chord_loss, emotion_loss, emotion_targets

SAD = 3


def _batch(lengths: tuple[int, ...], *, with_song: bool = False) -> Batch:
    random = np.random.default_rng(2)
    examples = [
        Example(
            inputs=random.integers(0, 157, n),
            targets=np.append(random.integers(0, 157, n - 1), END),
            rows=np.zeros((n, 2), np.float32),
            key=0.0,
            emotion=None if with_song and not index else random.integers(0, 6, n),
        )
        for index, n in enumerate(lengths)
    ]
    return collate(examples)


def test_a_sad_slot_asks_for_every_chord_with_a_sad_quality_and_an_end_for_itself() -> None:
    wanted = emotion_targets(torch.tensor([SAD, SAD, SAD]), torch.tensor([1, END, PAD]))
    qualities = {chord_of_id(symbol).quality for symbol in wanted[0, 1:157].nonzero().flatten().add(1).tolist()}
    assert qualities == {"min7", "min", "sus2"}
    assert wanted[0].sum() == 12 * len(qualities)
    assert wanted[1].nonzero().flatten().tolist() == [END]
    assert wanted[2].nonzero().flatten().tolist() == [PAD]


def test_the_emotion_loss_is_the_published_metric_with_padding() -> None:
    batch = _batch((20, 20))
    logits = torch.randn(2, 20, 159, generator=torch.Generator().manual_seed(0))
    wanted = emotion_targets(batch.emotion, batch.targets)
    expected = np.mean([metrics.emotion_bce(logits[i].numpy(), wanted[i].double().numpy()) for i in range(2)])
    assert float(emotion_loss(logits, batch)) == pytest.approx(float(expected), abs=1e-6)


@pytest.mark.parametrize("with_song", [False, True])
def test_the_parts_of_a_batch_add_up_to_the_loss_of_the_whole(with_song: bool) -> None:
    batch = _batch((9, 30, 12, 25, 7), with_song=with_song)
    logits = torch.randn(5, 30, 159, generator=torch.Generator().manual_seed(1))
    for loss in (chord_loss, emotion_loss):
        parts = [float(loss(logits[a:b], batch.part(a, b))) for a, b in ((0, 1), (1, 3), (3, 5))]
        assert sum(parts) == pytest.approx(float(loss(logits, batch)), rel=1e-5)
    mean = torch.nn.functional.cross_entropy(logits.flatten(0, 1), batch.targets.flatten(), ignore_index=PAD)
    assert torch.equal(chord_loss(logits, batch), mean)


def test_a_song_without_pictures_has_no_emotion_loss() -> None:
    batch = _batch((9, 12), with_song=True)
    logits = torch.randn(2, 12, 159, requires_grad=True)
    emotion_loss(logits, batch).backward()  # type: ignore[no-untyped-call]
    assert logits.grad is not None
    assert not logits.grad[0].any()
    assert logits.grad[1].any()
    assert float(emotion_loss(logits[:1], batch.part(0, 1))) == 0

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.training.muvi_files import SECONDS, SPLITS, write_muvi
from v2m_bridge.training.config import Feature, VideoTraining
from v2m_bridge.training.muvi import MusicVideo, open_muvi
from v2m_bridge.training.video_examples import COLUMNS_OF_FEATURE, Material, draw_videos, video_example, viewings

FEATURES: tuple[Feature, ...] = ("semantic", "scene_offset", "motion", "emotion")


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> list[MusicVideo]:
    folder = tmp_path_factory.mktemp("muvi")
    muvi = open_muvi(write_muvi(folder, SPLITS), folder)
    assert muvi is not None
    return muvi.videos("train")


@pytest.mark.parametrize("hidden", FEATURES)
def test_a_hidden_feature_is_never_shown_and_the_others_always_are(videos: list[MusicVideo], hidden: Feature) -> None:
    how = VideoTraining(hidden=(hidden,), sight=1.0)
    rows = draw_videos(Material(viewings(videos, how), [], how), 6, 0, 0, 10).rows
    for feature in FEATURES:
        assert bool(rows[..., COLUMNS_OF_FEATURE[feature]].any()) is (feature != hidden)


def test_the_columns_of_the_features_are_all_columns(videos: list[MusicVideo]) -> None:
    named = [column for part in COLUMNS_OF_FEATURE.values() for column in range(part.start, part.stop)]
    assert named == list(range(videos[0].rows.shape[1]))


def test_shuffled_pictures_are_never_a_videos_own_and_each_is_dealt_once(videos: list[MusicVideo]) -> None:
    dealt = viewings(videos, VideoTraining(shuffled=True))
    assert all(viewing.video is not viewing.pictures for viewing in dealt)
    assert {viewing.pictures.name for viewing in dealt} == {video.name for video in videos}
    assert [v.pictures.name for v in viewings(videos, VideoTraining(shuffled=True))] == [v.pictures.name for v in dealt]


def test_a_shuffled_video_keeps_its_chords_its_length_and_the_emotion_of_its_own_pictures(
    videos: list[MusicVideo],
) -> None:
    for viewing, video in zip(viewings(videos, VideoTraining(shuffled=True)), videos, strict=True):
        dealt, own = viewing.example(), video_example(video)
        assert np.array_equal(dealt.targets, own.targets)
        assert np.array_equal(dealt.emotion, own.emotion)  # type: ignore[arg-type]
        assert not np.array_equal(dealt.rows, own.rows)
        assert len(own.targets) == SECONDS[video.name] + 1


def test_a_batch_of_videos_knows_the_emotion_of_every_slot_and_of_its_padding(videos: list[MusicVideo]) -> None:
    how = VideoTraining()
    batch = draw_videos(Material(viewings(videos, how), [], how), 5, 1, 3, 10)
    assert batch.n_emotions == batch.emotion.numel()
    assert torch.equal(batch.part(1, 3).emotion, batch.emotion[1:3])

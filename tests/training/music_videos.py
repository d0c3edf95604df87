"""Small music videos that chance made: busy where the picture moves, loud where it excites, soft at both ends."""

from __future__ import annotations

import numpy as np

from v2m_bridge.training.muvi import MusicVideo


def music_videos(n_videos: int = 12, first_seed: int = 0, *, semantic: bool = False) -> list[MusicVideo]:
    """Return videos of 30 to 50 seconds; `semantic` gives them rows that say the same as the motion."""
    return [_music_video(first_seed + index, semantic) for index in range(n_videos)]


def _music_video(seed: int, semantic: bool) -> MusicVideo:
    random = np.random.default_rng(seed)
    n = int(random.integers(30, 51))
    moving = np.repeat(random.integers(0, 2, -(-n // 5)), 5)[:n]
    emotion = random.dirichlet(np.ones(6), n)
    motion = np.where(moving, 20.0, 1.0) * random.uniform(0.8, 1.2, n)
    edge = np.minimum(1, np.minimum(np.arange(n), np.arange(n)[::-1]) / 4)
    columns = np.concatenate([(np.arange(n) % 5 + 1)[:, None], motion[:, None], emotion], axis=1)
    axes = np.random.default_rng(0).normal(size=(2, 768))
    rows = np.stack([moving, random.normal(size=n)], axis=1) @ axes
    return MusicVideo(
        name=f"{seed:03}",
        mode="major",
        symbol_ids=random.integers(0, 157, n),
        picture=columns.astype(np.float32),
        semantic=rows.astype(np.float32) if semantic else None,
        density_notes_per_s=np.round(edge * (6 + 12 * moving) + random.uniform(0, 3, n)).astype(np.float32),
        loudness=(edge * (0.1 + 0.3 * emotion[:, 0])).astype(np.float32),
        run_ends_s=np.zeros(0, np.float32),
        run_ids=np.zeros(0, np.int64),
    )

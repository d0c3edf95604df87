from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import numpy as np
import open_clip
import pytest
import torch

from tests.videos import picture, write_video
from tests.vision.conftest import Counting
from v2m_bridge.errors import ModelError
from v2m_bridge.vision.analyse import analyse
from v2m_bridge.vision.backends import choose_backend
from v2m_bridge.vision.clip import ClipBackend


def _write_model(folder: Path, name: str, width: int) -> Path:
    """Register a small CLIP with random weights; return its checkpoint."""
    config = {
        "embed_dim": width,
        "vision_cfg": {"image_size": 64, "layers": 2, "width": 64, "patch_size": 16, "head_width": 32},
        "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 64, "heads": 2, "layers": 2},
    }
    (folder / f"{name}.json").write_text(json.dumps(config))
    open_clip.add_model_config(folder / f"{name}.json")
    torch.manual_seed(0)
    model = open_clip.create_model(name, pretrained=None)
    path = folder / f"{name}.pt"
    torch.save(model.state_dict(), path)
    return path


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("a network connection was tried")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clip")


@pytest.fixture(scope="module")
def narrow(folder: Path) -> Path:
    return _write_model(folder, "tiny-narrow", 64)


@pytest.fixture(scope="module")
def wide(folder: Path) -> Path:
    return _write_model(folder, "tiny-wide", 768)


PICTURES = [picture(look)[..., ::-1].copy() for look in ("bars", "checker", "moving", (200, 30, 30), "noise")]


def test_each_sampled_frame_is_encoded_once_and_alike_frames_share_a_row(tmp_path: Path, narrow: Path) -> None:
    backend = Counting(choose_backend(f"clip:tiny-narrow={narrow}"))
    path = write_video(tmp_path / "v.mp4", [(3, "bars"), (2, "checker"), (1.2, (200, 30, 30))])
    seen = analyse(path, backend=backend, cache_dir=None)
    assert backend.n_pictures == 3
    assert len(seen.features) == 7
    assert seen.backend == "clip:tiny-narrow"
    assert np.allclose(seen.features.emotion.sum(axis=1), 1, atol=1e-6)
    assert (seen.features.emotion[0] == seen.features.emotion[2]).all()
    assert (seen.features.emotion[2] != seen.features.emotion[3]).any()
    assert seen.features.semantic is None


def test_frames_are_encoded_in_batches_of_eight_and_the_words_once(
    tmp_path: Path, narrow: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend, batches = ClipBackend("tiny-narrow", narrow), []
    really = backend._model.encode_image

    def spy(pictures: torch.Tensor) -> Any:
        batches.append(tuple(pictures.shape))
        return really(pictures)

    def no_words(*_: Any) -> None:
        raise AssertionError("the words were encoded again")

    monkeypatch.setattr(backend._model, "encode_image", spy)
    monkeypatch.setattr(backend._model, "encode_text", no_words)
    seen = analyse(write_video(tmp_path / "v.mp4", [(20, "noise")]), backend=backend, cache_dir=None)
    assert len(seen.features) == 20
    assert batches == [(8, 3, 64, 64)] * 3


def test_a_width_of_768_gives_the_unnormalised_embedding_of_the_model(wide: Path) -> None:
    backend = ClipBackend("tiny-wide", wide)
    rows = backend.encode(PICTURES)
    assert rows.semantic is not None
    assert rows.semantic.shape == (5, 768)
    assert len({round(float(np.linalg.norm(row)), 2) for row in rows.semantic}) > 1


def test_shares_are_those_of_open_clip_itself(narrow: Path) -> None:
    from PIL import Image

    model, _, preprocess = open_clip.create_model_and_transforms("tiny-narrow", pretrained=str(narrow))
    model.eval()
    words = ["exciting", "fearful", "tense", "sad", "relaxing", "neutral"]
    image = preprocess(Image.fromarray(PICTURES[0][..., ::-1]))[None]
    with torch.inference_mode():
        text = open_clip.get_tokenizer("tiny-narrow")(words)
        logits, _ = model.get_logits(image, text)
        expected = logits.softmax(dim=-1)[0].numpy()
    assert np.allclose(ClipBackend("tiny-narrow", narrow).encode(PICTURES).emotion[0], expected, atol=0.0012)


def test_neither_batches_nor_threads_change_a_row(narrow: Path) -> None:
    backend = ClipBackend("tiny-narrow", narrow)
    many = backend.encode(PICTURES * 3)
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(threads + 1)
        for row, one in enumerate(PICTURES):
            alone = backend.encode([one])
            assert (alone.emotion[0] == many.emotion[row]).all()
            assert alone.confidence[0] == many.confidence[row + 10]
    finally:
        torch.set_num_threads(threads)


def test_absent_weights_unknown_names_and_wrong_checkpoints_name_the_way_out(narrow: Path, folder: Path) -> None:
    junk = folder / "junk.pt"
    junk.write_bytes(b"no weights")
    faults = ("clip:tiny-narrow", "clip:no-such-model", f"clip:ViT-B-32={narrow}", f"clip:tiny-narrow={junk}")
    for spec in (*faults, f"clip:tiny-narrow={folder / 'absent.pt'}", "clip:roberta-ViT-B-32", "clip:hf-hub:a/b"):
        with pytest.raises(ModelError) as caught:
            choose_backend(spec)
        assert "compact" in caught.value.hint or "clip:ViT-B-32" in caught.value.hint


def test_weights_are_found_in_the_local_cache(narrow: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from open_clip import pretrained

    snapshot = tmp_path / "models--own--tiny" / "snapshots" / "0"
    snapshot.mkdir(parents=True)
    (tmp_path / "models--own--tiny" / "refs").mkdir()
    (tmp_path / "models--own--tiny" / "refs" / "main").write_text("0")
    (snapshot / "open_clip_pytorch_model.bin").write_bytes(narrow.read_bytes())
    monkeypatch.setitem(pretrained._PRETRAINED, "tiny-narrow", {"own": pretrained._pcfg(hf_hub="own/tiny/")})
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    assert ClipBackend("tiny-narrow").name == "clip:tiny-narrow"


def test_auto_is_compact_where_there_is_no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert choose_backend("auto").name == "compact"

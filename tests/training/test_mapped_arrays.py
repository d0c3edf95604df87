from __future__ import annotations

import tempfile
from pathlib import Path

import msgspec
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from v2m_bridge.training.mapped_arrays import Array, map_arrays, write_arrays

DTYPES = (np.float32, np.int64, np.int8, np.float16)


@settings(max_examples=15)
@given(st.lists(st.tuples(st.sampled_from(DTYPES), st.lists(st.integers(0, 5), min_size=1, max_size=3)), max_size=4))
def test_what_is_written_is_mapped_again(kinds: list[tuple[type, list[int]]]) -> None:
    random = np.random.default_rng(len(kinds))
    arrays: dict[str, Array] = {
        f"a{i}": (random.normal(size=shape) * 9).astype(dtype) for i, (dtype, shape) in enumerate(kinds)
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "arrays"
        write_arrays(path, arrays, {"names": list(arrays)})
        mapped = map_arrays(path)
        assert mapped is not None
        found, about = mapped
        assert msgspec.json.decode(about) == {"names": list(arrays)}
        for name, array in arrays.items():
            assert found[name].dtype == array.dtype
            assert np.array_equal(found[name], array)
            assert not found[name].flags.writeable or not found[name].size


def test_a_file_with_one_wrong_byte_holds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "arrays"
    write_arrays(path, {"a": np.arange(20)}, {"of": "songs"})
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << place % 8]) + whole[place + 1 :])
        assert map_arrays(path) is None
    path.write_bytes(whole)
    assert map_arrays(path) is not None


def test_an_absent_torn_or_foreign_file_holds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "arrays"
    assert map_arrays(path) is None
    write_arrays(path, {"a": np.arange(1000)}, None)
    path.write_bytes(path.read_bytes()[:-100])
    assert map_arrays(path) is None
    path.write_bytes(b"")
    assert map_arrays(path) is None
    path.write_bytes(b"not of ours" * 100)
    assert map_arrays(path) is None

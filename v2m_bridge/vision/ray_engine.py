"""Looking at many media on a Ray cluster: each medium is a task, its features come back into the cache of this machine.

Ray is an optional extra, ``v2m_bridge[ray]``.  The machines of the cluster need v2m_bridge and the media under the same
paths; they need not share a cache.  ``RAY_ADDRESS`` names a cluster, without it Ray starts one on this machine.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

from v2m_bridge.core.work import Analysed, Farmed
from v2m_bridge.errors import MediaError, SettingsError
from v2m_bridge.vision.analyse import analysed, look
from v2m_bridge.vision.backends import choose_backend
from v2m_bridge.vision.cache import FeatureCache
from v2m_bridge.vision.content import fingerprint_of
from v2m_bridge.vision.emotion import EmotionBackend
from v2m_bridge.vision.looked import Looked

LONGEST_S: Final = 6 * 3600.0
"""A task that takes longer is given up."""
_LOOK_EVERY_S: Final = 1.0
_LABEL: Final = "Looking at the media"


def analyse_on_ray(
    paths: Sequence[Path],
    *,
    vision: str,
    backend: EmotionBackend,
    cache_dir: Path,
    longest_s: float = LONGEST_S,
    progress: Callable[[str, int, int], None],
) -> Farmed:
    """Look at all of each medium, as many at once as the cluster has processors.

    Parameters
    ----------
    paths : sequence of Path
        Plain video files.
    vision : str
        Name of the backend, which every process of the cluster loads once.
    backend : EmotionBackend
        The same, here: what names the entries of the cache.
    cache_dir : Path
        Folder of features.  What it holds is not looked at again.
    longest_s : float
        Longest time for one medium.
    progress : callable
        Called with (what, media done, media in all).

    Raises
    ------
    SettingsError
        When Ray is not installed, or its cluster cannot be reached.
    """
    store, seen, warnings = FeatureCache(cache_dir), list[Analysed](), list[str]()
    entries, missing = dict[Path, Path](), list[Path]()
    for path in paths:
        try:
            entries[path] = store.entry(fingerprint_of(path), backend.name, backend.fingerprint)
        except MediaError as exc:
            warnings.append(str(exc))
            continue
        known = store.load(entries[path], path)
        if known is not None and known.is_whole:
            seen.append(analysed(known.medium))
        else:
            missing.append(path)
    progress(_LABEL, len(seen) + len(warnings), len(paths))
    for path, found in _looked(missing, vision, longest_s):
        if isinstance(found, Looked):
            store.store(entries[path], found)
            seen.append(analysed(found.medium))
        else:
            warnings.append(found)
        progress(_LABEL, len(seen) + len(warnings), len(paths))
    order = {str(path): place for place, path in enumerate(paths)}
    return Farmed(seen=tuple(sorted(seen, key=lambda one: order[one.path])), warnings=tuple(warnings))


def look_at(path: str, vision: str) -> Looked | str:
    """Look at a medium, on whatever machine this runs; return a sentence where it cannot be seen."""
    try:
        return look(Path(path), _backend(vision))
    except MediaError as exc:
        return str(exc)


@cache
def _backend(vision: str) -> EmotionBackend:
    return choose_backend(vision)


def _looked(paths: Sequence[Path], vision: str, longest_s: float) -> Iterator[tuple[Path, Looked | str]]:
    """Yield what was found, in the order in which it comes; never more tasks at once than can run."""
    if not paths:
        return
    ray = _ray()
    task = ray.remote(num_cpus=1, max_retries=1)(look_at)
    at_once = max(1, int(ray.cluster_resources().get("CPU", 1)))
    waiting, running = list(reversed(paths)), dict[Any, tuple[Path, float]]()
    while waiting or running:
        while waiting and len(running) < at_once:
            path = waiting.pop()
            running[task.remote(str(path.absolute()), vision)] = (path, time.monotonic() + longest_s)
        done, _ = ray.wait(list(running), num_returns=1, timeout=_LOOK_EVERY_S)
        for reference in done:
            path, _ = running.pop(reference)
            yield path, _result(ray, reference, path)
        for reference, (path, end_s) in list(running.items()):
            if time.monotonic() > end_s:
                ray.cancel(reference, force=True)
                del running[reference]
                yield path, f"{path.name} took too long"


def _result(ray: Any, reference: Any, path: Path) -> Looked | str:
    try:
        found: Looked | str = ray.get(reference)
    except ray.exceptions.OutOfMemoryError:
        return f"{path.name} took too much memory"
    except ray.exceptions.RayError as exc:
        return f"{path.name} could not be looked at: {type(exc).__name__}"
    return found


def _ray() -> Any:
    """Import Ray, and join or start its cluster."""
    try:
        ray = importlib.import_module("ray")
    except ImportError as exc:
        raise SettingsError("Ray is not installed", hint="Run: pip install 'v2m_bridge[ray]'") from exc
    try:
        ray.init(ignore_reinit_error=True, include_dashboard=False, log_to_driver=False)
    except (OSError, RuntimeError, ValueError) as exc:
        first_line = str(exc).partition("\n")[0][:200]
        raise SettingsError(f"no Ray cluster: {first_line}", hint="Check RAY_ADDRESS, or leave it out.") from exc
    return ray

"""Progress bars in the terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn


@contextmanager
def progress_bars(*, quiet: bool = False) -> Iterator[Callable[[str, int, int], None]]:
    """Show one bar per label; the callable takes (label, done, total).

    What follows a comma in a label may change: it is shown in the same bar.
    """
    columns = (
        TextColumn("{task.description:<28}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), disable=quiet) as bars:
        tasks: dict[str, TaskID] = {}

        def show(label: str, done: int, total: int) -> None:
            name = label.partition(",")[0]
            if name not in tasks:
                tasks[name] = bars.add_task(label, total=total)
            bars.update(tasks[name], description=label, completed=done, total=max(total, 1))

        yield show

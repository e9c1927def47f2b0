"""What the command line speaks through: answers on one stream, progress and errors on another."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.markup import escape

from workbench.cli.terminal import SafeConsole

out = SafeConsole(highlight=False, soft_wrap=True)
err = SafeConsole(stderr=True, highlight=False, soft_wrap=True)


@contextmanager
def progress() -> Iterator[Callable[[str, int, int], None]]:
    """Show a progress bar on a terminal, a line a step elsewhere."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    if not err.is_terminal:
        yield lambda what, done, of: err.print(f"{done}/{of} {escape(what)}")
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task("Starting", total=None)
        yield lambda what, done, of: bar.update(
            task, description=escape(what), completed=done, total=of
        )


@contextmanager
def stopped_kindly() -> Iterator[None]:
    """Let Ctrl-C, and a scheduler's request to end, stop a run so that it can go on later."""
    from workbench.errors import RunFault

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    except KeyboardInterrupt:
        raise RunFault(
            "Stopped before the end. Nothing was published; 'workbench resume' goes on from here."
        ) from None
    finally:
        signal.signal(signal.SIGTERM, before)

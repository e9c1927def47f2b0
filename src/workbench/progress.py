"""How far a long computation is, for whoever waits for it; silent wherever nobody does.

In a notebook that a person has open the line stands under the cell and is gone when the work is
done; on a terminal it is a bar. Runs of Papermill, regression tests and programs whose output goes
to a file show nothing, so that their output is the same every time.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

Thing = TypeVar("Thing")
Show = Callable[[str], None]

OF_A_SESSION = "JPY_SESSION_NAME"
"""Set by a Jupyter server in the kernels of notebooks that a person has opened."""
AUTOMATED = "WORKBENCH_KERNEL_MEMORY"
"""Set in the kernels of a run."""
SECONDS_BETWEEN = 0.2


def followed(things: Sequence[Thing], what: str) -> Iterator[Thing]:
    """Give things one by one, and show how far it is while they are worked on.

    Parameters
    ----------
    things
        What is worked on, in its order.
    what
        What is being done, such as ``Simulated networks``.

    Examples
    --------
    >>> [number * 2 for number in followed([1, 2, 3], "Numbers doubled")]
    [2, 4, 6]
    """
    show = _screen()
    if show is None or len(things) < 2:
        yield from things
        return
    last = 0.0
    try:
        for done, thing in enumerate(things):
            if time.monotonic() - last > SECONDS_BETWEEN:
                last = time.monotonic()
                show(f"{what}: {done} of {len(things)}")
            yield thing
    finally:
        show("")


def somebody_waits() -> bool:
    """Whether a person looks on: in a notebook of their own, or at a terminal."""
    if AUTOMATED in os.environ:
        return False
    return in_open_notebook() or sys.stderr.isatty()


def in_open_notebook() -> bool:
    """Whether this is the kernel of a notebook that a person has opened."""
    return OF_A_SESSION in os.environ and AUTOMATED not in os.environ and "IPython" in sys.modules


def _screen() -> Show | None:
    """Where to write how far it is; None where nobody looks on."""
    if not somebody_waits():
        return None
    return _under_the_cell() if in_open_notebook() else _on_the_terminal


def _under_the_cell() -> Show:
    from IPython.display import display

    place = display({"text/plain": ""}, raw=True, display_id=True)
    return lambda line: place.update({"text/plain": line}, raw=True)


def _on_the_terminal(line: str) -> None:
    sys.stderr.write(f"\r\x1b[K{line}")
    sys.stderr.flush()

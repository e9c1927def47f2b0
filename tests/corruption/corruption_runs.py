"""Running many cases in several processes: in order, with progress, and taken up where it ended."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

Case = TypeVar("Case")
SECONDS_BETWEEN = 10.0
"""Progress is told this often."""


def outcomes(
    judge: Callable[[Case], dict[str, Any]],
    cases: Iterable[Case],
    jobs: int = 1,
    record: Path | None = None,
) -> Iterator[tuple[Case, dict[str, Any]]]:
    """Judge all cases; their outcomes come in the order of the cases, however many processes.

    Parameters
    ----------
    judge
        Gives the outcome of a case as what JSON can hold. It has to be at the top of a module.
    cases
        Tuples of numbers and texts.
    jobs
        Processes; with 1 the cases are judged in this one.
    record
        File of outcomes, one a line. Cases that stand there are not judged again.
    """
    every = list(cases)
    done = _recorded(record)
    left = [one for one in every if _key(one) not in done]
    if done:
        _tell(f"{len(every) - len(left)} of {len(every)} cases stand in {record}")
    fresh = _judged(judge, left, jobs)
    started = told = time.monotonic()
    for number, case in enumerate(every, 1):
        if _key(case) in done:
            yield case, done[_key(case)]
            continue
        outcome = next(fresh)
        if record is not None:
            with record.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps([_key(case), outcome]) + "\n")
        if time.monotonic() - told > SECONDS_BETWEEN:
            told = time.monotonic()
            _tell(f"{number} of {len(every)} after {told - started:.0f} s")
        yield case, outcome


def _judged(
    judge: Callable[[Case], dict[str, Any]], cases: list[Case], jobs: int
) -> Iterator[dict[str, Any]]:
    if jobs == 1:
        yield from map(judge, cases)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(judge, cases)


def _key(case: object) -> str:
    return json.dumps(case)


def _recorded(record: Path | None) -> dict[str, dict[str, Any]]:
    """Outcomes in a file; a last line that was broken off is judged again, and taken out."""
    if record is None or not record.is_file():
        return {}
    whole = [one for one in record.read_text(encoding="utf-8").splitlines(True) if one[-1] == "\n"]
    record.write_text("".join(whole), encoding="utf-8")
    return dict(json.loads(one) for one in whole)


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201 (it is run by hand)

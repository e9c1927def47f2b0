"""A run of the workbench in a process of its own, with a fault at one step.

    python injected_run.py run|resume STUDY [OPTIONS]

The steps of the run's own process are reached by wrapping the functions that do them.
"""

import datetime as dt
import functools
import signal
import sys
from types import SimpleNamespace
from unittest import mock

from trip import trip

from workbench import cli
from workbench.running import ledger, lock, publication, quarterly, staged_run


class DayBefore(dt.datetime):
    """A clock that was set back by one day."""

    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:
        return dt.datetime.now(tz) - dt.timedelta(days=1)


def set_clock_back(*_: object) -> None:
    shim = SimpleNamespace(datetime=DayBefore, UTC=dt.UTC, date=dt.date)
    for module in (ledger, lock, staged_run):
        module.dt = shim


def first(step: str, function):
    @functools.wraps(function)
    def wrapped(*arguments, **named):
        trip(step)
        return function(*arguments, **named)

    return wrapped


def after(step: str, function):
    @functools.wraps(function)
    def wrapped(*arguments, **named):
        found = function(*arguments, **named)
        trip(step)
        return found

    return wrapped


def main() -> None:
    command, study, *others = sys.argv[1:]
    signal.signal(signal.SIGUSR1, set_clock_back)
    # A shell without job control lets what it starts ignore Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with (
        mock.patch.object(quarterly, "_clear", first("lock", quarterly._clear)),
        mock.patch.object(quarterly, "foundations", first("hash inputs", quarterly.foundations)),
        mock.patch.object(publication, "sync_tree", after("rename", publication.sync_tree)),
        mock.patch.object(publication, "note", first("ledger", publication.note)),
    ):
        day = ["--as-of", "2026-09-30"] if command == "run" else []
        sys.argv = ["workbench", command, "--study", study, *day, *others]
        cli.main()


if __name__ == "__main__":
    main()

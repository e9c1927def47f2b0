"""Every fault at every step, and kills at random moments; writes the table of outcomes.

    python tests/faults/all_faults.py [--kills 500] [--jobs 1] [--write docs/methods/faults.md]

It mounts a small disk a job, for which it needs the rights of an administrator on Linux.
"""

import argparse
import datetime as dt
import sys
import tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from cases import STEPS, Bench, kill_times, matrix
from trip import FAULTS

ABOUT = """\
A run makes the second version of a quarter whose first version is published, in a study whose
notebooks are quick stand-ins, on a disk of 24 MB. A fault is put at one of 11 steps, or the run is
killed at a random moment. Then, each time: the first version is as it was, byte by byte; the second
is not there, or is what an undisturbed run makes, by the hash of its manifest, which holds that of
every file; no process of the run lives 10 seconds later; the lock is free; `workbench resume` (or a
new run, where none had begun) ends with that same second version; staging is empty; and the ledger
is whole and says once that it was published. A hang in the run's own process is ended after 40
seconds, as an operator would; in a notebook the time limit ends it. Where the run's own process is
at work, *memory limit* is the error that Python raises, and *kernel killed* kills the process that
forks kernels.
"""


def _some(share: tuple[int, list, list]) -> list[tuple[str, str, list[str]]]:
    """Outcomes of one job's cases, on a disk of its own."""
    number, faults, moments = share
    found = []
    folder = Path(tempfile.mkdtemp(prefix=f"wb-faults-{number}-"))
    with Bench(folder) as bench:
        for step, fault in faults:
            found.append((step, fault, bench.try_fault(step, fault)))
            _tell(found[-1])
        seconds = bench.seconds_of_a_run() if moments else 0.0
        for moment in moments:
            outcome = bench.kill_after(moment * seconds)
            found.append(("a random moment", "runner killed", outcome))
            _tell(found[-1])
    return found


def _tell(case: tuple) -> None:
    step, fault, outcome = case
    told = (step, fault, outcome.exit_code, outcome.published, outcome.wrong or "as it must be")
    sys.stderr.write(" | ".join(map(str, told)) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--only", default="", help="only steps whose name holds this text")
    parser.add_argument("--write", type=Path)
    asked = parser.parse_args()
    faults = [case for case in matrix() if asked.only in case[0]]
    moments = kill_times(asked.kills, 1.0)
    shares = [
        (job, faults[job :: asked.jobs], moments[job :: asked.jobs]) for job in range(asked.jobs)
    ]
    with ProcessPoolExecutor(asked.jobs) as pool:
        found = [case for part in pool.map(_some, shares) for case in part]
    text = _page(found)
    sys.stdout.write(text)
    if asked.write:
        asked.write.write_text(text, encoding="utf-8")
    sys.exit(any(outcome.wrong for *_, outcome in found))


def _page(found: list) -> str:
    good = sum(not outcome.wrong for *_, outcome in found)
    by_case = {(step, fault): outcome for step, fault, outcome in found}
    random = [outcome for step, _, outcome in found if step == "a random moment"]
    lines = [
        "# Faults: what a run leaves, and whether it goes on",
        "",
        f"Made by `python tests/faults/all_faults.py --kills {len(random)}` on "
        f"{dt.date.today():%d %B %Y}. {good} of {len(found)} cases ended as they must.",
        "",
        ABOUT,
        "In the table *old* means that the fault stopped the run and readers still saw the first "
        "version, *new* that the second was published; every cell went on to the same end unless "
        "it says otherwise.",
        "",
        "| step | " + " | ".join(FAULTS) + " |",
        "|---" * (len(FAULTS) + 1) + "|",
    ]
    for step in STEPS:
        cells = [_cell(by_case.get((step, fault))) for fault in FAULTS]
        lines.append(f"| {step} | " + " | ".join(cells) + " |")
    ends = Counter("new" if outcome.published else "old" for outcome in random)
    wrong = sum(bool(outcome.wrong) for outcome in random)
    lines += [
        "",
        f"Killed at {len(random)} random moments: readers saw the old version {ends['old']} times "
        f"and the new one {ends['new']} times; {len(random) - wrong} went on to the same end, "
        f"{wrong} did not.",
        "",
    ]
    return "\n".join(lines)


def _cell(outcome: object) -> str:
    if outcome is None:
        return ""
    seen = "new" if outcome.published else "old"
    return f"{seen}, exit {outcome.exit_code}" + (
        f": {'; '.join(outcome.wrong)}" * bool(outcome.wrong)
    )


if __name__ == "__main__":
    main()

"""Change valid files at random, many times, and see that no row is lost and nothing breaks.

python tests/corruption/mutations.py --count 200000 --jobs 2

What is drawn depends on the seed alone, and not on the number of processes. With --record FILE, a
run that was broken off goes on where it ended. The exit code is 1 if anything broke, took longer
than 10 s or needed more than 1 GB.
"""
# ruff: noqa: T201 (it is run by hand)

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from corruption_mutating import BASES, changes, mutated, received
from corruption_runs import outcomes
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as some

AT_ONCE = 1_000
"""Changes drawn with one seed, so that what hypothesis keeps of them stays small."""
LONGEST_SECONDS = 10.0
MOST_MEGABYTES = 1_000
Batch = tuple[int, int]
"""Seed, and how many changes are drawn with it."""


def run(batch: Batch) -> dict[str, Any]:
    """Draw and judge some changes; outcomes, slowest case, faults and peak memory in MB."""
    warnings.simplefilter("error")
    number, count = batch
    counted: Counter[str] = Counter()
    slowest, which, faults = 0.0, "", []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)

        @seed(number)
        @settings(max_examples=count, deadline=None, database=None, phases=[Phase.generate],
                  suppress_health_check=list(HealthCheck))  # fmt: skip
        @given(some.sampled_from(BASES), changes)
        def judge(table: str, made: list) -> None:
            nonlocal slowest, which
            started = time.perf_counter()
            try:
                counted[received(table, mutated(table, made), folder)] += 1
            except Exception as error:  # every one of them is a fault
                counted["FAULT"] += 1
                faults.append(f"{table} {made!r}: {type(error).__name__}: {error}"[:500])
            seconds = time.perf_counter() - started
            if seconds > slowest:
                slowest, which = seconds, f"{table} {made!r}"[:200]

        judge()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {"counted": dict(counted), "seconds": slowest, "slowest": which, "faults": faults,
            "memory": memory}  # fmt: skip


def batches(count: int, first_seed: int) -> list[Batch]:
    """Seeds to how many changes are drawn with each."""
    parts = -(-count // AT_ONCE)
    return [(first_seed + part, min(AT_ONCE, count - part * AT_ONCE)) for part in range(parts)]


def main() -> int:
    """Run as many as asked; 0 if nothing broke."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--record", type=Path, help="file of outcomes, to go on where it ended")
    chosen = parser.parse_args()
    if chosen.count < 1:
        parser.error("--count should be 1 or more")
    started = time.perf_counter()
    found = []
    wanted = batches(chosen.count, chosen.seed)
    for _, one in outcomes(run, wanted, chosen.jobs, chosen.record):
        found.append(one)
        for fault in one["faults"]:
            print(fault, flush=True)
    minutes = (time.perf_counter() - started) / 60
    return report(found, minutes)


def report(found: list[dict[str, Any]], minutes: float) -> int:
    """Print what happened; 0 if nothing broke."""
    counted: Counter[str] = Counter()
    for one in found:
        counted.update(one["counted"])
    total = counted.total()
    slowest = max(found, key=lambda one: one["seconds"])
    memory = max(one["memory"] for one in found)
    for outcome, count in sorted(counted.items()):
        print(f"  {outcome}: {count:,} ({count / total:.1%})")
    print(f"{total:,} mutations; this run took {minutes:.1f} minutes")
    print(f"slowest: {slowest['seconds']:.2f} s, {slowest['slowest']}")
    print(f"peak memory of a process: {memory:,} MB")
    too_much = slowest["seconds"] > LONGEST_SECONDS or memory > MOST_MEGABYTES
    return int(counted["FAULT"] > 0 or too_much)


if __name__ == "__main__":
    raise SystemExit(main())

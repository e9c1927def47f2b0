"""Change valid files at random, many times, and see that no row is lost and nothing breaks.

python tests/corruption/mutations.py --count 200000
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
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from corruption_mutating import BASES, changes, mutated, received
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as some

AT_ONCE = 1_000
"""Changes drawn with one seed, so that what hypothesis keeps of them stays small."""
LONGEST_SECONDS = 10.0


def run(number: int, count: int) -> tuple[Counter[str], float, str, list[str], int]:
    """Draw and judge some changes; outcomes, slowest case, faults and peak memory in MB."""
    warnings.simplefilter("error")
    outcomes: Counter[str] = Counter()
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
                outcomes[received(table, mutated(table, made), folder)] += 1
            except Exception as error:  # every one of them is a fault
                outcomes["FAULT"] += 1
                faults.append(f"{table} {made!r}: {type(error).__name__}: {error}"[:500])
            seconds = time.perf_counter() - started
            if seconds > slowest:
                slowest, which = seconds, f"{table} {made!r}"[:200]

        judge()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return outcomes, slowest, which, faults, memory


def main() -> int:
    """Run as many as asked; 0 if nothing broke."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    started = time.perf_counter()
    outcomes: Counter[str] = Counter()
    slowest, which, memory = 0.0, "", 0
    faults: list[str] = []
    parts = -(-chosen.count // AT_ONCE)
    numbers = range(chosen.seed, chosen.seed + parts)
    sizes = [min(AT_ONCE, chosen.count - place * AT_ONCE) for place in range(parts)]
    with ProcessPoolExecutor(chosen.processes) as pool:
        for found, seconds, case, broken, most in pool.map(run, numbers, sizes):
            outcomes += found
            memory = max(memory, most)
            faults += broken
            if seconds > slowest:
                slowest, which = seconds, case
            for one in broken:
                print(one, flush=True)
    minutes = (time.perf_counter() - started) / 60
    total = outcomes.total()
    print(f"{total:,} mutations in {minutes:.1f} minutes: {total / minutes:,.0f} a minute")
    for outcome, count in outcomes.most_common():
        print(f"  {outcome}: {count:,} ({count / total:.1%})")
    print(f"slowest: {slowest:.2f} s, {which}")
    print(f"peak memory of a process: {memory:,} MB")
    return int(bool(faults) or slowest > LONGEST_SECONDS)


if __name__ == "__main__":
    raise SystemExit(main())

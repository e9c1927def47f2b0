"""Run every kind of damage in every variant, and the clean controls; write what happened.

python tests/corruption/all_kinds.py --jobs 2 --write docs/methods/corruption_suite.md

The page is the same however many processes there are. With --record FILE, a run that was broken off
goes on where it ended. The exit code is 1 if any case is not as expected.
"""
# ruff: noqa: T201 (it is run by hand)

from __future__ import annotations

import argparse
import statistics
import sys
import warnings
from dataclasses import asdict
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from corruption_all import CONTROLS, KINDS, control
from corruption_judge import Verdict, judge
from corruption_kinds import Kind
from corruption_runs import outcomes

Case = tuple[int, int]
"""Number of a kind, or -1 for the controls, and of the variant."""


def cases(pattern: str = "") -> list[Case]:
    """Every case, or those whose group or title holds a text."""
    found = [
        (number, variant)
        for number, one in enumerate(KINDS)
        for variant in range(one.variants)
        if pattern.lower() in f"{one.group}: {one.title}".lower()
    ]
    if pattern.lower() in "clean controls":
        found += [(-1, number) for number in range(len(CONTROLS))]
    return found


def kind_of(case: Case) -> tuple[Kind, int]:
    """Kind and variant of a case."""
    return (control(case[1]), 0) if case[0] < 0 else (KINDS[case[0]], case[1])


def run(case: Case) -> dict[str, Any]:
    """Judge one case."""
    warnings.simplefilter("ignore")
    return asdict(judge(*kind_of(case)))


def verdict_of(outcome: dict[str, Any]) -> Verdict:
    """Make a verdict of what was recorded."""
    lists = {name: tuple(each) for name, each in outcome.items() if isinstance(each, list | tuple)}
    return Verdict(**{**outcome, **lists})


def report(found: list[tuple[Case, Verdict]]) -> str:
    """Write the results as a page."""
    damaged = [(case, one) for case, one in found if case[0] >= 0]
    clean = [one for case, one in found if case[0] < 0]
    judged = sum(one.messages_judged for _, one in damaged)
    good = sum(one.messages_good for _, one in damaged)
    words = [len(text.split()) for _, one in damaged for text in one.messages] or [0]
    met = sum(not one.faults for _, one in damaged)
    kinds = {case[0] for case, _ in damaged}
    silent = sum(one.is_silent for _, one in damaged)
    tracebacks = sum(one.is_traceback for _, one in found)
    accepted = sum(not one.faults for one in clean)
    lines = [
        "# The corruption suite",
        "",
        "Made by `python tests/corruption/all_kinds.py`. A small valid study (12 practitioners, "
        "3 sites, three quarters) is damaged in one way, received, and compared with the clean "
        "one.",
        "",
        "| | |",
        "|---|---|",
        f"| kinds of damage, and variants in all | {len(kinds)}, {len(damaged)} |",
        f"| as expected in every respect | {met} of {len(damaged)} |",
        f"| silently wrong | {silent} |",
        f"| tracebacks | {tracebacks} |",
        f"| clean controls accepted without a word | {accepted} of {len(clean)} |",
        "| messages that name file, sheet, row, column and remedy where they apply | "
        f"{good} of {judged} ({good / max(judged, 1):.1%}) |",
        f"| median words of a message | {statistics.median(words):g} |",
        f"| longest message | {max(words)} words |",
        "",
        "*Expected* and *what happened* are one word a variant: accept, repair (accepted with a "
        "note), rows (set aside and counted), refuse, ask (refused until the source file answers; "
        "the message shows the line). The message is the longest one of the kind.",
        "",
    ]
    group = ""
    for number, one in enumerate(KINDS):
        mine = [verdict for case, verdict in damaged if case[0] == number]
        if not mine:
            continue
        if one.group != group:
            group = one.group
            lines += ["", f"## {group[0].upper()}{group[1:]}", "",
                      "| kind | expected | what happened | longest message |",
                      "|---|---|---|---|"]  # fmt: skip
        texts = [text for verdict in mine for text in verdict.messages]
        happened = ", ".join(v.label.lower() + (" (!)" if v.faults else "") for v in mine)
        expected = ", ".join(one.expected).lower().replace("|", " or ")
        longest = max(texts, key=len, default="").replace("|", "\\|").replace("\n", " ")
        cells = (one.title, expected, happened, longest[:400].replace("<", "&lt;"))
        lines.append(f"| {' | '.join(cells)} |")
    lines += ["", "## Clean controls", "", "| study | what happened |", "|---|---|"]
    for case, verdict in found:
        if case[0] < 0:
            mark = " (!)" if verdict.faults else ""
            lines.append(f"| {kind_of(case)[0].title} | {verdict.label.lower()}{mark} |")
    unmet = [(case, one) for case, one in found if one.faults]
    if unmet:
        lines += ["", "## Not as expected", ""]
        for case, one in unmet:
            named, variant = kind_of(case)
            why = named.pending.get(variant, "")
            lines.append(f"- {named.title}, variant {variant + 1}: {'; '.join(one.faults)[:300]}"
                         + (f" ({why})" if why else ""))  # fmt: skip
    return "\n".join(lines) + "\n"


def _print(case: Case, one: Verdict) -> None:
    kind, variant = kind_of(case)
    faults = "; ".join(one.faults)
    print(f"{kind.group}: {kind.title} [{variant}] {one.label}: {faults}", flush=True)
    for text in one.messages[:4]:
        print(f"    {text[:300]}", flush=True)


def main() -> int:
    """Run the suite; 0 if everything was as expected."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", type=Path, help="page to write the results to")
    parser.add_argument("--only", default="", help="text that a group or title holds")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--record", type=Path, help="file of outcomes, to go on where it ended")
    chosen = parser.parse_args()
    wanted = cases(chosen.only)
    if not wanted:
        parser.error(f"no group or title holds '{chosen.only}'")
    found: list[tuple[Case, Verdict]] = []
    for case, outcome in outcomes(run, wanted, chosen.jobs, chosen.record):
        one = verdict_of(outcome)
        found.append((case, one))
        if one.faults:
            _print(case, one)
    page = report(found)
    print(page[: page.index("*Expected*")])
    case, slowest = max(found, key=lambda pair: pair[1].seconds)
    print(f"slowest: {slowest.seconds:.1f} s ({kind_of(case)[0].title})")
    if chosen.write:
        chosen.write.write_text(page, encoding="utf-8")
    return int(any(one.faults for _, one in found))


if __name__ == "__main__":
    raise SystemExit(main())

"""What the chain of trainers says, as a finding."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.analysis.generations import Generations
from workbench.certainty import certainty
from workbench.findings import Finding, not_estimable
from workbench.language import mark, say, say_in
from workbench.wording import count_of, interval, number, one_of

QUESTION = mark(
    "Does practice stand lower the further training is from the programme's own trainers?"
)


def generations_findings(result: Generations) -> list[Finding]:
    """Make the finding about generations of training."""
    test = result.test
    about: dict[str, Any] = {
        "evidence": "tables/generations.parquet",
        "n": test.n,
        "n_of": test.n_of,
        "n_practitioners": test.n_practitioners,
    }
    if test.reason:
        reason = f"{test.reason} {_left_out(result)}".strip()
        return [not_estimable("drift.generations", say(QUESTION), reason, **about)]
    parts = [f"{_lead(result)}: {_size(result)}.", _adjustment(result), _left_out(result)]
    return [
        Finding(
            id="drift.generations",
            question=say(QUESTION),
            statement=" ".join(part for part in parts if part),
            estimate=test.estimate,
            conf_low=test.conf_low,
            conf_high=test.conf_high,
            unit=test.unit,
            certainty=str(certainty(test.conf_low, test.conf_high)),
            **about,
        )
    ]


def _size(result: Generations) -> str:
    test = result.test
    return say(
        "{size} points for each generation (95% interval {between}; {people} of {several} "
        "generations)",
        size=number(test.estimate, 1, signed=True),
        between=interval(test.conf_low, test.conf_high, 1, signed=True, beside=(0,)),
        people=count_of(test.n_practitioners, "practitioner"),
        several=len(result.by_generation) or say_in("of generations", "several"),
    )


def _lead(result: Generations) -> str:
    return certainty(result.test.conf_low, result.test.conf_high).pick(
        say("Later generations of training stand lower"),
        say("Later generations of training stand higher"),
        say("No sure difference between generations of training is seen"),
    )


def _adjustment(result: Generations) -> str:
    """Say what holding the training date equal does."""
    if not result.adjusted:
        return say(
            "The training date could not be held equal: {why}. So a generation may differ for when "
            "it was trained as well as for who trained it.",
            why=result.why_not_adjusted,
        )
    if np.isnan(result.unadjusted):
        return say("This compares people who were trained at the same time.")
    return say(
        "This compares people who were trained at the same time; without holding the training date "
        "equal it would be {without}.",
        without=number(result.unadjusted, 1, signed=True),
    )


def _left_out(result: Generations) -> str:
    if not result.left_out:
        return ""
    why = one_of(
        [
            say("for {count} {reason}", count=count, reason=say(reason))
            for reason, count in result.left_out.items()
        ]
    )
    people = count_of(sum(result.left_out.values()), "practitioner is", "practitioners are")
    return say("{people} left out: {why}.", people=people, why=why)

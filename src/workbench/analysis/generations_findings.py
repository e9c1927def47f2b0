"""What the chain of trainers says, as a finding."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.analysis.generations import Generations
from workbench.certainty import certainty
from workbench.findings import Finding, not_estimable
from workbench.wording import count_of, interval, number, one_of

QUESTION = "Does practice stand lower the further training is from the programme's own trainers?"


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
        return [not_estimable("drift.generations", QUESTION, reason, **about)]
    size = (
        f"{number(test.estimate, 1, signed=True)} points for each generation (95% interval "
        f"{interval(test.conf_low, test.conf_high, 1, signed=True, beside=(0,))}; "
        f"{count_of(test.n_practitioners, 'practitioner')} of "
        f"{len(result.by_generation) or 'several'} generations)"
    )
    parts = [f"{_lead(result)}: {size}.", _adjustment(result), _left_out(result)]
    return [
        Finding(
            id="drift.generations",
            question=QUESTION,
            statement=" ".join(part for part in parts if part),
            estimate=test.estimate,
            conf_low=test.conf_low,
            conf_high=test.conf_high,
            unit=test.unit,
            certainty=str(certainty(test.conf_low, test.conf_high)),
            **about,
        )
    ]


def _lead(result: Generations) -> str:
    return certainty(result.test.conf_low, result.test.conf_high).pick(
        "Later generations of training stand lower",
        "Later generations of training stand higher",
        "No sure difference between generations of training is seen",
    )


def _adjustment(result: Generations) -> str:
    """Say what holding the training date equal does."""
    if not result.adjusted:
        return (
            f"The training date could not be held equal: {result.why_not_adjusted}. So a generation"
            " may differ for when it was trained as well as for who trained it."
        )
    said = "This compares people who were trained at the same time"
    if np.isnan(result.unadjusted):
        return f"{said}."
    without = number(result.unadjusted, 1, signed=True)
    return f"{said}; without holding the training date equal it would be {without}."


def _left_out(result: Generations) -> str:
    if not result.left_out:
        return ""
    why = one_of([f"for {count} {reason}" for reason, count in result.left_out.items()])
    people = count_of(sum(result.left_out.values()), "practitioner is", "practitioners are")
    return f"{people} left out: {why}."

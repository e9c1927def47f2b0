"""The linear mixed model of what goes with the fidelity of an earlier quarter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from workbench.errors import ModelRefused
from workbench.language import say
from workbench.models.mixed import fit_mixed_model

WITHIN, BETWEEN, COURSE = "fidelity_within", "fidelity_between", "course"
FEWEST_GROUPS = 5
"""Groups below which a variance between them is not estimated."""
FEWEST_WITH_A_SLOPE = 8
FEWEST_OCCASIONS = 4
"""Quarters of a group from which it can tell of a course of its own and of a tie of its own."""
FEWEST_ROWS_WITH_A_LINE = 3
NO_SPREAD = 1e-8


@dataclass(frozen=True)
class Told:
    """What a model told.

    Attributes
    ----------
    numbers
        ``within, within_low, within_high, between, between_low, between_high, p_value``; empty
        where the model could not be used.
    model
        As lme4 writes it.
    reason
        Why there is no number.
    """

    numbers: dict[str, float] = field(default_factory=dict)
    model: str = ""
    reason: str = ""


def linear_tie(frame: pd.DataFrame, response: str, fixed: Sequence[str], random: list[str]) -> Told:
    """Fit a response in its own unit.

    Parameters
    ----------
    frame
        As `lagged_fidelity.link` gives it, with the response and the fixed terms.
    response, fixed
        Column of the response, and terms besides those of fidelity.
    random
        Random parts, the fullest first; the first that can be used is used.
    """
    told = Told(reason=say("there are too few groups to model their differences."))
    for parts in random:
        formula = write(response, frame, fixed, parts)
        try:
            fit = fit_mixed_model(formula, frame)
        except ModelRefused as error:
            reason = say("the model can't be fitted. {why}", why=error)
            told = Told(model=formula, reason=reason)
            continue
        if fit.usable:
            return Told(numbers_of(fit.tidy()), formula)
        told = Told(model=formula, reason=fit.why_not)
    return told


def write(response: str, frame: pd.DataFrame, fixed: Sequence[str], random: str) -> str:
    """Write the model of a response."""
    between = [BETWEEN] if float(np.ptp(frame[BETWEEN])) > NO_SPREAD else []
    quarter = ["quarter"] if len(frame["quarter"].unique()) > 1 else []
    return f"{response} ~ {' + '.join([WITHIN, *between, *quarter, *fixed, random])}"


def random_parts(
    frame: pd.DataFrame, of: str, inner: str = "", outer: str = "", lines: bool = True
) -> list[str]:
    """Random parts that these rows can carry, the fullest first.

    Whoever's fidelity it is has a level, a course and a tie of their own where enough of them have
    enough quarters: two courses that go their own ways would else pass for a tie, and a tie that
    differs would be told too surely.

    Parameters
    ----------
    frame
        As `lagged_fidelity.link` gives it.
    of, inner, outer
        Groups: whose fidelity, what is measured again within it, and what it lies in; empty where
        there is none.
    lines
        Whether what is measured again may have a line in time of its own.
    """
    quarters = frame.groupby(of)["quarter"].nunique()
    able = int((quarters >= FEWEST_OCCASIONS).sum())
    whose = [f"(1 | {of})"]
    if able >= FEWEST_WITH_A_SLOPE and able >= len(quarters) / 2:
        whose = [f"(1 + {slopes} | {of})" for slopes in (f"{COURSE} + {WITHIN}", COURSE)] + whose
    lying = [f"(1 | {outer})"] if outer and _counts(frame, outer) >= FEWEST_GROUPS else []
    inside = _inside(frame, inner, lines) if inner else []
    fullest = [" + ".join([*inside[:1], one, *lying]) for one in whose]
    plainer = [" + ".join([*inside[-1:], one, *lying]) for one in whose]
    return list(dict.fromkeys([*fullest, *plainer]))


def _counts(frame: pd.DataFrame, group: str) -> int:
    return int(frame[group].nunique())


def _inside(frame: pd.DataFrame, inner: str, lines: bool) -> list[str]:
    """Parts of what is measured again: with a line of its own, and without."""
    rows = frame.groupby(inner)["quarter"].nunique()
    if (rows > 1).sum() < FEWEST_GROUPS:
        return []
    level = f"(1 | {inner})"
    able = int((rows >= FEWEST_ROWS_WITH_A_LINE).sum())
    if lines and able >= max(FEWEST_WITH_A_SLOPE, len(rows) / 2):
        return [f"(1 + {COURSE} | {inner})", level]
    return [level]


def numbers_of(tidy: pd.DataFrame) -> dict[str, float]:
    """Numbers of a tie from a tidy table, in the unit of the model."""
    table = tidy.set_index("term")
    found = {"p_value": float(table["p_value"][WITHIN])}
    for name, term in (("within", WITHIN), ("between", BETWEEN)):
        known = term in table.index
        for ending, column in (("", "estimate"), ("_low", "conf_low"), ("_high", "conf_high")):
            found[f"{name}{ending}"] = float(table[column][term]) if known else np.nan
    return found

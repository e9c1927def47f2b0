"""Fidelity of the quarter before, set beside rows of something else, within and between.

What a practitioner's observations of a quarter give is one mean, as an independent rater would have
scored it. It stands beside rows of a later quarter in two parts (Mundlak 1978): how far it lies
above the mean of the same practitioner or site (within: does the other thing move when practice has
moved), and that mean (between: do those with higher fidelity stand elsewhere, which they may for
other reasons).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.analysis.lagged_fidelity_models import (
    BETWEEN,
    COURSE,
    WITHIN,
    Told,
    linear_tie,
    numbers_of,
    random_parts,
    write,
)
from workbench.analysis.lagged_fidelity_reliability import Reliability, reliability
from workbench.language import say
from workbench.wording import count_of

__all__ = [
    "BETWEEN",
    "COURSE",
    "LAG",
    "STEP",
    "TIE_COLUMNS",
    "WITHIN",
    "Linked",
    "Reliability",
    "Told",
    "by_practitioner",
    "by_site",
    "lacking",
    "linear_tie",
    "link",
    "numbers_of",
    "quarter_number",
    "random_parts",
    "reliability",
    "write",
]

TIE_COLUMNS = [
    "within",
    "within_low",
    "within_high",
    "between",
    "between_low",
    "between_high",
    "unit",
    "p_value",
    "p_adjusted",
    "shown",
    "n_rows",
    "n_plans",
    "n_practitioners",
    "n_sites",
    "reason",
]
"""Columns of a tie within and between, whatever it is of."""

LAG = 1
"""Quarters by which fidelity comes before."""
STEP = 10.0
"""Points of fidelity for which is told what goes with them."""
REFERENCE_ROLE = "independent"
NO_SPREAD = 1e-8
CELL = ["practitioner_id", "number"]


@dataclass(frozen=True)
class Linked:
    """Rows with the fidelity of the quarter before.

    Attributes
    ----------
    frame
        Rows for which it is known, with ``fidelity_within`` and ``fidelity_between`` (in steps)
        and ``course`` (quarters from the middle of the rows).
    left_out
        Rows for which it is not known.
    """

    frame: pd.DataFrame
    left_out: int


def by_practitioner(by_observation: pd.DataFrame, quarter: str) -> pd.DataFrame:
    """Mean fidelity of each practitioner in each quarter, as independent raters would score it.

    What supervisors score higher or lower than independent raters of the same practitioner is
    taken off first.

    Parameters
    ----------
    by_observation
        ``practitioner_id, site_id, quarter, quarters, fidelity`` and, where known, ``rater_role``
        and ``weight``.
    quarter
        Label of the last quarter that counts.

    Returns
    -------
    DataFrame
        ``practitioner_id, number`` (of the quarter), ``site_id, fidelity, n_observations,
        squares`` (sum of squares about the mean).
    """
    columns = [*CELL, "site_id", "fidelity", "n_observations", "squares"]
    if by_observation.empty:
        return pd.DataFrame(columns=columns)
    seen = by_observation[by_observation["quarter"].astype("str") <= quarter]
    seen = seen[seen["fidelity"].notna()]
    if seen.empty:
        return pd.DataFrame(columns=columns)
    weight = seen["weight"].astype(float) if "weight" in seen else pd.Series(1.0, seen.index)
    score = seen["fidelity"].astype(float) - _of_role(seen)
    frame = seen.assign(
        number=quarter_number(seen["quarter"]), score=score, weight=weight, part=score * weight
    ).sort_values("quarters", kind="stable")
    grouped = frame.groupby(CELL, sort=True)
    cells = grouped.agg(
        site_id=("site_id", "last"),
        part=("part", "sum"),
        weight=("weight", "sum"),
        n_observations=("score", "size"),
        squares=("score", lambda values: float(((values - values.mean()) ** 2).sum())),
    ).reset_index()
    cells["fidelity"] = cells["part"] / cells["weight"]
    return cells[columns]


def _of_role(seen: pd.DataFrame) -> np.ndarray:
    """Tell what each role adds to scores of the same practitioner, about their line in time."""
    none = np.zeros(len(seen))
    if "rater_role" not in seen or seen["rater_role"].nunique() < 2:
        return none
    roles = seen["rater_role"].astype("str")
    first = REFERENCE_ROLE if (roles == REFERENCE_ROLE).any() else roles.mode().iloc[0]
    dummies = pd.get_dummies(roles, dtype=float).drop(columns=first)
    columns = dummies.assign(_time=seen["quarters"], _score=seen["fidelity"]).astype(float)
    own = columns - columns.groupby(seen["practitioner_id"]).transform("mean")
    X = own.drop(columns="_score").to_numpy()
    found = np.linalg.lstsq(X, own["_score"].to_numpy(), rcond=None)[0]
    return np.asarray(dummies.to_numpy() @ found[:-1])


def by_site(cells: pd.DataFrame) -> pd.DataFrame:
    """Mean over a site's practitioners of their fidelity in each quarter."""
    if cells.empty:
        return pd.DataFrame(columns=["site_id", "number", "fidelity", "n_practitioners"])
    grouped = cells.groupby(["site_id", "number"], sort=True)
    return grouped.agg(
        fidelity=("fidelity", "mean"), n_practitioners=("practitioner_id", "nunique")
    ).reset_index()


def link(rows: pd.DataFrame, fidelity: pd.DataFrame, of: str, lag: int = LAG) -> Linked:
    """Give rows the fidelity of an earlier quarter, split within and between.

    Parameters
    ----------
    rows
        With ``quarter`` (label) and the column ``of``.
    fidelity
        ``number``, ``fidelity`` and the column ``of``, one row each quarter.
    of
        Whose fidelity: ``practitioner_id`` or ``site_id``.
    lag
        Quarters by which fidelity comes before.
    """
    if rows.empty or fidelity.empty:
        return Linked(rows.assign(**{WITHIN: [], BETWEEN: [], COURSE: []}).iloc[:0], len(rows))
    known = fidelity[[of, "number", "fidelity"]].rename(columns={"fidelity": "_fidelity"})
    known = known.assign(_number=known["number"] + lag).drop(columns="number")
    frame = rows.assign(_number=quarter_number(rows["quarter"]), **{of: rows[of].astype("str")})
    frame = frame.merge(known.astype({of: "str"}), on=[of, "_number"], how="inner")
    own = frame.groupby(of)["_fidelity"].transform("mean")
    middle = frame["_number"].mean()
    parts = {
        WITHIN: (frame["_fidelity"] - own) / STEP,
        BETWEEN: (own - own.mean()) / STEP,
        COURSE: frame["_number"] - middle,
    }
    frame = frame.assign(**parts).drop(columns=["_fidelity", "_number"])
    return Linked(frame, len(rows) - len(frame))


def able_within(frame: pd.DataFrame, of: str, fewest_quarters: int) -> int:
    """How many have rows in so many quarters, after fidelity that differed."""
    if frame.empty:
        return 0
    grouped = frame.groupby(of)
    quarters, spread = grouped["quarter"].nunique(), grouped[WITHIN].agg(np.ptp)
    return int(((quarters >= fewest_quarters) & (spread > NO_SPREAD)).sum())


def quarter_number(labels: pd.Series) -> pd.Series:
    """Count of quarters up to each label such as ``2026Q3``.

    >>> quarter_number(pd.Series(["2025Q4", "2026Q1"])).diff().iloc[-1].item()
    1.0
    """
    text = labels.astype("str")
    return text.str[:4].astype(int) * 4 + text.str[-1].astype(int)


def lacking(frame: pd.DataFrame, of: str, fewest: int, quarters: int) -> str:
    """Why nothing can be told; empty if something can."""
    able = able_within(frame, of, quarters)
    if able >= fewest:
        return ""
    have = (
        count_of(able, "site has", "sites have")
        if of == "site_id"
        else count_of(able, "practitioner has", "practitioners have")
    )
    return say(
        "{have} {quarters} or more quarters with fidelity in the quarter before, and {fewest} are "
        "needed.",
        have=have,
        quarters=quarters,
        fewest=fewest,
    )

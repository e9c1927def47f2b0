"""What kind of drift is it: the evidence for each kind side by side, many looks allowed for.

Each analysis of one kind hands in its test. A kind is named when its test, adjusted for the number
of kinds looked for, leaves chance out, the estimate points the way that this kind goes, and so
does the whole of its interval where it has one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from workbench import terms
from workbench.analysis.mechanism_test import MechanismTest
from workbench.certainty import certainty
from workbench.findings import Finding
from workbench.language import mark, say
from workbench.models.multiple_tests import holm
from workbench.wording import count_of, interval, number, one_of

QUESTION = mark("What kind of drift is it?")
ERROR_RATE = 0.05
"""Chance that a network in which nothing of the kind goes on has any kind named."""
NAMED, NOT_NAMED = "named", "not named"
NOT_IDENTIFIABLE, NOT_TESTED = "not identifiable", "not tested"
COLUMNS = [
    "mechanism",
    "estimate",
    "conf_low",
    "conf_high",
    "unit",
    "p_value",
    "p_adjusted",
    "verdict",
    "statement",
    "detail",
    "n",
    "n_of",
    "n_practitioners",
    "reason",
]

_SAID = {
    terms.RATER_DRIFT: mark("the raters themselves moved, against codes that stay where they are"),
    terms.INDIVIDUAL_DRIFT: mark("single practitioners fall behind the course of their site"),
    terms.NEW_NORMAL: mark("practice falls everywhere, and the lower level is becoming normal"),
    terms.GENERATION_EFFECT: mark(
        "people trained by people who were trained inside stand lower, step by step"
    ),
    terms.BOOSTER_RECOVERY: mark("practice stands higher after a booster than its course before"),
    terms.COMPONENT_EROSION: mark("a part of practice falls while the rest does not"),
    terms.LEAVERS_DIFFER: mark("those who left stood lower than those who stay"),
}


def kinds_of_drift(tests: Sequence[MechanismTest]) -> pd.DataFrame:
    """Judge the kinds of drift together.

    Parameters
    ----------
    tests
        One of each kind that was looked for.

    Returns
    -------
    DataFrame
        See ``COLUMNS``, in the order of ``terms.MECHANISMS``. ``p_adjusted`` is Holm's (1979) for
        the kinds that could be tested: under it, the chance of naming any kind where there is none
        is at most ``ERROR_RATE``.
    """
    adjusted = holm(pd.Series([one.p_value for one in tests], dtype="float"))
    rows = [_row(one, p_adjusted) for one, p_adjusted in zip(tests, adjusted, strict=True)]
    table = pd.DataFrame(rows, columns=COLUMNS)
    order = table["mechanism"].map(terms.MECHANISMS.index)
    return table.iloc[np.argsort(order.to_numpy(), kind="stable")].reset_index(drop=True)


def _row(one: MechanismTest, p_adjusted: float) -> dict[str, object]:
    verdict = NOT_NAMED
    if np.isnan(one.p_value):
        verdict = NOT_TESTED if one.identifiable else NOT_IDENTIFIABLE
    elif one.in_its_direction and p_adjusted < ERROR_RATE and _is_borne_out(one):
        verdict = NAMED
    numbers = {name: getattr(one, name) for name in COLUMNS if hasattr(one, name)}
    statement = say(_SAID[one.mechanism]) if verdict == NAMED else ""
    return {**numbers, "p_adjusted": p_adjusted, "verdict": verdict, "statement": statement}


def _is_borne_out(one: MechanismTest) -> bool:
    """Whether the interval bears a direction out; so it does where there is none."""
    return bool(np.isnan(one.conf_low)) or certainty(one.conf_low, one.conf_high).sure


def is_named(table: pd.DataFrame, mechanism: str) -> bool:
    """Whether a kind is named in the table of :func:`kinds_of_drift`."""
    return bool(((table["mechanism"] == mechanism) & (table["verdict"] == NAMED)).any())


def kinds_finding(table: pd.DataFrame) -> Finding:
    """Say in one finding which kinds of drift were seen, which were not, and which can't be told.

    Parameters
    ----------
    table
        From :func:`kinds_of_drift`.
    """
    named = table[table["verdict"] == NAMED]
    quiet = table.loc[table["verdict"] == NOT_NAMED, "mechanism"]
    open_still = table.loc[table["verdict"] == NOT_IDENTIFIABLE, "mechanism"]
    parts = []
    if len(named):
        said = "; ".join(_with_number(row) for row in named.to_dict("records"))
        parts.append(f"{said[0].upper()}{said[1:]}.")
    elif len(quiet):
        parts.append(
            say(
                "None of the {kinds} of drift that could be tested stands out from chance.",
                kinds=count_of(len(quiet), "kind"),
            )
        )
    if len(named) and len(quiet):
        kinds = count_of(len(quiet), "other kind")
        parts.append(say("Of {kinds} looked for, none is beyond chance.", kinds=kinds))
    if len(open_still):
        kinds = one_of([say(kind) for kind in open_still])
        parts.append(say("These data can't tell {kinds} apart from the rest.", kinds=kinds))
    if not parts:
        parts.append(say("No kind of drift could be tested with these data."))
    single = named.iloc[0] if len(named) == 1 and named["conf_low"].notna().all() else None
    size: dict[str, Any] = {}
    if single is not None:
        size = {name: float(single[name]) for name in ("estimate", "conf_low", "conf_high")}
        size["certainty"] = str(certainty(size["conf_low"], size["conf_high"]))
        size["unit"] = str(single["unit"])
    return Finding(
        id="drift.kinds",
        question=say(QUESTION),
        statement=" ".join(parts),
        **size,
        n=len(named) + len(quiet),
        n_of=mark("kinds of drift that could be tested"),
        n_practitioners=int(table["n_practitioners"].max()) if len(table) else 0,
        evidence="tables/drift_kinds.parquet",
    )


def _with_number(row: dict) -> str:
    """Say a named kind, with its size where it has an interval."""
    unit = say(row["unit"])
    if np.isnan(row["conf_low"]):
        return f"{row['statement']} ({number(row['estimate'])} {unit})"
    which = f": {row['detail']}" if row["detail"] else ""
    return say(
        "{kind} ({size} {unit}, 95% interval {between})",
        kind=f"{row['statement']}{which}",
        size=number(row["estimate"], 1, signed=True),
        unit=unit,
        between=interval(row["conf_low"], row["conf_high"], 1, signed=True, beside=(0,)),
    )

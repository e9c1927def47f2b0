"""Lapse: how long practitioners who reached the cut-off are seen before a score falls below it.

The clock starts on the day of a practitioner's first observation at or above the cut-off and stops
at the first later one below it. Whoever is never seen below it is followed up to the last
observation, and counts as neither lapsed nor holding after that (Kaplan and Meier 1958, Journal of
the American Statistical Association 53, 457-481; see ``models.survival``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from workbench.analysis.lapse_rows import followed_rows
from workbench.language import mark, say
from workbench.models.proportions import wilson_interval
from workbench.models.survival import SurvivalCurve, kaplan_meier
from workbench.shown import Shown

WITHIN_DAYS = (90, 180, 365)
"""Days after reaching the cut-off at which the share still above it is told."""
FEWEST_FOLLOWED, FEWEST_LAPSES = 8, 5
"""Practitioners followed, and lapses, below which no time and no share is told."""
LATEST, EARLIEST = "latest", "earliest"
NETWORK, SITE = "network", "site"
CURVE_COLUMNS = [
    "scope", "site_id", "which", "days", "survival", "conf_low", "conf_high", "at_risk", "lapsed",
    "n_practitioners",
]  # fmt: skip
OF_DAYS = ("above", "low", "high", "at_risk", "lapsed")
"""What is told of each of ``WITHIN_DAYS``, such as ``above_90``."""
COUNTS = ["observed", "entered", "not_followed", "n_practitioners", "lapsed", "censored"]
TIMES = ["median_days", "median_low", "median_high", "half_lapsed", "usual_gap_days"]
SUMMARY_COLUMNS = [
    "scope", "site_id", *COUNTS, *TIMES,
    *(f"{name}_{days}" for days in WITHIN_DAYS for name in OF_DAYS),
    "told_at", "reason",
]  # fmt: skip
NO_CUT_OFF = mark("no observation could be set beside a cut-off.")
NOBODY_REACHED = mark("nobody was seen at or above the cut-off yet.")
NOBODY_AGAIN = mark("nobody was observed again after reaching the cut-off.")
FEW_FOLLOWED = mark("too few were observed again after they reached the cut-off.")
FEW_LAPSES = mark("too few were seen below the cut-off later for a time to be told.")
TOO_SHORT = mark("too few were followed for {days} days.")


@dataclass(frozen=True)
class Lapse(Shown):
    """Times from reaching the cut-off to the first observation below it.

    Attributes
    ----------
    summary
        Evidence table ``lapse_summary``: one row the network and one each site observed. Counts:
        ``observed``; ``entered``, of them seen at or above the cut-off; ``not_followed``, of those
        never observed again; ``n_practitioners``, of those followed, which are ``lapsed`` or
        ``censored`` (not seen below). Of the network alone ``median_days`` with interval,
        ``half_lapsed`` (whether half have, by the curve), and ``usual_gap_days``, the median of
        days between the two observations that hold a lapse. For each of ``WITHIN_DAYS`` the share
        still ``above`` from 0 to 1 with ``low`` and ``high``, those ``at_risk`` (followed so long)
        and those ``lapsed`` by then. ``told_at`` is the longest of them that enough were followed
        for, and by which, and after which, none or enough lapsed. ``reason`` says why nothing is
        told.
    curve
        Evidence table ``lapse_curve``: steps of the network, and of each site where enough were
        followed. ``which`` is ``latest``, each lapse dated at the first observation below, or
        ``earliest``, on the day after the last at or above. ``survival`` with its interval on the
        scale of ``log(-log S)``; ``at_risk`` just before the day; ``lapsed`` up to it.
    why_not
        Why nothing can be said at all; empty if something can.
    """

    summary: pd.DataFrame
    curve: pd.DataFrame
    why_not: str = ""

    def tables(self) -> dict[str, pd.DataFrame]:
        """Evidence tables by name."""
        return {"lapse_summary": self.summary, "lapse_curve": self.curve}


def lapse(by_observation: pd.DataFrame, fewest: int) -> Lapse:
    """Follow practitioners from reaching the cut-off to the first observation below it.

    Parameters
    ----------
    by_observation
        One row an observation that is used; see ``lapse_rows.followed_rows``.
    fewest
        Practitioners that must have been followed up to a day for the share at it to be told, such
        as the privacy minimum.

    Examples
    --------
    >>> days = pd.to_datetime(["2026-01-01", "2026-02-10", "2026-03-12"] * 2)
    >>> seen = pd.DataFrame({"practitioner_id": list("aaabbb"), "site_id": "S1"})
    >>> seen = seen.assign(observed_on=days, fidelity=[85, 82, 70, 90, 88, 86], cut_off=80.0)
    >>> found = lapse(seen.assign(meets_cut_off=seen["fidelity"] >= 80), fewest=5).summary.iloc[0]
    >>> int(found["entered"]), int(found["lapsed"]), int(found["censored"])
    (2, 1, 1)
    """
    rows = followed_rows(by_observation)
    if rows.empty:
        nothing, no_curve = (
            pd.DataFrame(columns=each) for each in (SUMMARY_COLUMNS, CURVE_COLUMNS)
        )
        return Lapse(nothing, no_curve, say(NO_CUT_OFF))
    summary, curve = [], []
    places = [(NETWORK, "", rows)]
    places += [(SITE, str(site), mine) for site, mine in rows.groupby("site_id", sort=True)]
    for scope, site_id, mine in places:
        followed = mine[mine["followed"].astype(bool)]
        about = {"scope": scope, "site_id": site_id}
        summary.append({**about, **_counts(mine), **_times(followed, scope, fewest)})
        if len(followed) >= max(fewest, 1):
            curve += [{**about, **step} for step in _steps(followed)]
    found = pd.DataFrame(summary).reindex(columns=SUMMARY_COLUMNS)
    found["half_lapsed"] = found["half_lapsed"].astype("boolean")
    why_not = _nobody(found.iloc[0])
    return Lapse(found, pd.DataFrame(curve, columns=CURVE_COLUMNS), why_not)


def _nobody(row: pd.Series) -> str:
    if row["entered"] == 0:
        return say(NOBODY_REACHED)
    return say(NOBODY_AGAIN) if row["n_practitioners"] == 0 else ""


def _counts(rows: pd.DataFrame) -> dict[str, int]:
    entered, followed, lapsed = (
        int(rows[name].sum()) for name in ("entered", "followed", "lapsed")
    )
    return {
        "observed": len(rows),
        "entered": entered,
        "not_followed": entered - followed,
        "n_practitioners": followed,
        "lapsed": lapsed,
        "censored": followed - lapsed,
    }


def _times(followed: pd.DataFrame, scope: str, fewest: int) -> dict[str, Any]:
    """Shares and times of a place; ``reason`` says why there are none."""
    curve = kaplan_meier(followed["latest"], followed["lapsed"].astype(bool))
    read = curve.at(WITHIN_DAYS)
    enough = read["at_risk"] >= max(fewest, 1)
    told = [days for days, is_told in zip(WITHIN_DAYS, enough, strict=True) if is_told]
    reason = _why(curve, told)
    found: dict[str, Any] = {"told_at": np.nan, "reason": reason}
    for days, row in zip(WITHIN_DAYS, read.to_dict("records"), strict=True):
        by_then = followed["lapsed"].astype(bool) & (followed["latest"] <= days)
        found |= {f"at_risk_{days}": row["at_risk"], f"lapsed_{days}": int(by_then.sum())}
        if not reason and days in told:
            share = (row["survival"], *_ends(curve, row))
            found |= dict(zip((f"above_{days}", f"low_{days}", f"high_{days}"), share, strict=True))
    if reason:
        return found
    # A statement names one share, and it may not be one that tells of few.
    apart = [
        days
        for days in told
        if not {found[f"lapsed_{days}"], curve.n_events - found[f"lapsed_{days}"]}
        & set(range(1, fewest))
    ]
    found["told_at"] = (apart or told)[-1]
    # The median of a small site would be the day of one person.
    return found | (_median(curve, followed, fewest) if scope == NETWORK else {})


def _why(curve: SurvivalCurve, told: list[int]) -> str:
    """Why nothing is told of a place, without a count of few; empty if something is."""
    if curve.n == 0:
        return say(NOBODY_AGAIN)
    if curve.n < FEWEST_FOLLOWED:
        return say(FEW_FOLLOWED)
    if curve.n_events < FEWEST_LAPSES:
        return say(FEW_LAPSES)
    return "" if told else say(TOO_SHORT, days=WITHIN_DAYS[0])


def _ends(curve: SurvivalCurve, read: Mapping[Any, Any]) -> tuple[float, float]:
    """Interval of a share; Wilson's where none, or all, have lapsed and the curve has none."""
    if read["survival"] not in (0, 1):
        return read["conf_low"], read["conf_high"]
    of = read["at_risk"] if read["survival"] == 1 else curve.n_events
    low, high = (float(end) for end in wilson_interval(read["survival"] * of, of))
    return low, high


def _median(curve: SurvivalCurve, followed: pd.DataFrame, fewest: int) -> dict[str, float]:
    """Median with its interval, where enough were still followed; and the usual gap."""
    reached = not np.isnan(curve.median)
    found = {"usual_gap_days": float(followed["gap"].median()), "half_lapsed": reached}
    if not reached or curve.at([curve.median])["at_risk"].iloc[0] < fewest:
        return found
    ends = {"median_low": curve.median_low, "median_high": curve.median_high}
    return {**found, "median_days": curve.median, **ends}


def _steps(followed: pd.DataFrame) -> Iterator[dict[str, object]]:
    """Give the steps of both curves, from day 0 on."""
    for which in (LATEST, EARLIEST):
        curve = kaplan_meier(followed[which], followed["lapsed"].astype(bool))
        about = {"which": which, "n_practitioners": curve.n}
        yield {
            **about, "days": 0.0, "survival": 1.0, "conf_low": np.nan, "conf_high": np.nan,
            "at_risk": curve.n, "lapsed": 0,
        }  # fmt: skip
        steps = curve.steps.assign(lapsed=curve.steps["events"].cumsum())
        for step in steps.rename(columns={"time": "days"}).to_dict("records"):
            yield {**about, **{name: step[name] for name in CURVE_COLUMNS[3:9]}}

"""Display tables of dose and decay: what support goes with, for how long, and how it is given."""

from __future__ import annotations

from typing import Any

import pandas as pd

from workbench.language import mark, say
from workbench.reporting import printed
from workbench.reporting.display_table import DisplayTable, written
from workbench.reporting.evidence import require
from workbench.reporting.tables_support import by_kind, kind_words
from workbench.reporting.tables_words import is_yes, points_with_interval

DOSE_COLUMNS = (
    "model",
    "kind",
    "term",
    "estimate",
    "conf_low",
    "conf_high",
    "unit",
    "n_observations",
    "n_practitioners",
    "naive",
    "naive_low",
    "naive_high",
    "reason",
)
CURVE_COLUMNS = (
    "kind",
    "months",
    "expected",
    "conf_low",
    "conf_high",
    "n_observations",
)
SITE_COLUMNS = (
    "term",
    "estimate",
    "conf_low",
    "conf_high",
    "alone_estimate",
    "alone_low",
    "alone_high",
    "p_value",
    "shown",
    "n_site_quarters",
    "n_sites",
    "n_practitioners",
    "reason",
)
BOOSTER_COLUMNS = ("months_since", "gain", "conf_low", "conf_high", "n_practitioners")
WAYS = {
    "frequency": mark("Frequency: one act a month more for each practitioner"),
    "coverage": mark("Coverage: 10 points more of those in post who get any"),
    "total so far": mark("Total: 10 acts more so far"),
}
"""Ways of counting support, with the step for which points are given."""
FEW_MONTHS = 8
MARKS_AT = (0, 1, 2, 3, 6, 9, 12, 18, 24)
"""Months after an act at which a curve is told."""


def curve_rows(dose_curve: pd.DataFrame, kind: str = "") -> pd.DataFrame:
    """Points of the curves that may be shown, by kind and months; of one kind if it is named."""
    rows = require(dose_curve, "dose_curve", CURVE_COLUMNS)
    rows = rows[rows["expected"].notna() & (rows["kind"].eq(kind) if kind else True)]
    if "n_practitioners" not in rows:
        # Only a released curve knows them; they stand in the table of doses.
        rows = rows.assign(n_practitioners=float("nan"))
    rows = rows.sort_values("months", kind="stable")
    return by_kind(rows).reset_index(drop=True)


def half_life(dose: pd.DataFrame, kind: str) -> tuple[float, float, float] | None:
    """Months after which half of what a kind of support goes with is gone, with its interval."""
    rows = require(dose, "dose", DOSE_COLUMNS)
    about = rows["term"].astype("str").str.contains("half", case=False) & (rows["kind"] == kind)
    rows = rows[about & rows["estimate"].notna()]
    if rows.empty:
        return None
    row = rows.iloc[0]
    return float(row["estimate"]), float(row["conf_low"]), float(row["conf_high"])


def dose_curve_table(dose_curve: pd.DataFrame, kind: str = "") -> DisplayTable:
    """Read the curves at the months that are told."""
    rows = curve_rows(dose_curve, kind)
    near = [_nearest(mine["months"]) for _, mine in rows.groupby("kind", sort=False)]
    chosen = sorted(place for places in near for place in places)
    frame = written(
        rows.loc[chosen],
        {
            mark("Support"): lambda row: kind_words(row.kind),
            mark("Months after"): lambda row: printed.number(
                row.months, 0 if float(row.months).is_integer() else 1
            ),
            mark("Points of fidelity"): lambda row: points_with_interval(
                row.expected, row.conf_low, row.conf_high, 1
            ),
            mark("Observations"): lambda row: printed.number(row.n_observations),
            mark("Practitioners"): lambda row: printed.number(row.n_practitioners),
        },
    )
    return DisplayTable(say("Fidelity in the months after support"), frame, say(NOTE_WITHIN))


NOTE_WITHIN = mark(
    "Points beside the same practitioners without it, or beside the level right after where that "
    "is zero, with 95% intervals. It is an association: "
    "other things may have changed at the same time."
)


def _nearest(months: pd.Series) -> set[int]:
    """Rows nearest to the months that are told, as far as the curve goes."""
    found = set()
    for month in MARKS_AT:
        if month <= months.max() + 0.5:
            found.add(months.index[int((months - month).abs().to_numpy().argmin())])
    return found


def dose_table(dose: pd.DataFrame) -> DisplayTable:
    """Write each number of dose and decay, with the estimate that is not within practitioners."""
    rows = require(dose, "dose", DOSE_COLUMNS)
    # The estimates by age of the acts check the curve; they are in the evidence, not on the page.
    rows = rows[~rows["term"].astype("str").str.endswith(" ago")]
    frame = written(
        rows,
        {
            mark("Support"): lambda row: kind_words(row.kind),
            mark("What"): lambda row: printed.sentence(printed.clean(say(str(row.term)))).rstrip(
                "."
            ),
            mark("Within practitioners"): lambda row: _estimate(
                row, row.estimate, row.conf_low, row.conf_high
            ),
            mark("Between practitioners, or not adjusted"): lambda row: _plain(
                row, row.naive, row.naive_low, row.naive_high
            ),
            mark("Observations"): lambda row: printed.number(row.n_observations),
            mark("Practitioners"): lambda row: printed.number(row.n_practitioners),
        },
    )
    note = say(
        "In brackets: 95% intervals. Coaching often goes to those who struggle. Then practitioners "
        "who get more of it stand lower than others, though each of them may stand higher after "
        "it: the two columns differ, and the first is the one to read. Where no half-life can be "
        "said, points are those for one of 3 months. An act can’t work "
        "backwards: points below zero for acts to come say that support goes to those who just "
        "stood low."
    )
    return DisplayTable(say("What support goes with, and for how long"), frame, note)


def _estimate(row: Any, value: Any, low: Any, high: Any) -> str:
    if not printed.is_number(value) and printed.is_number(row.reason) and row.reason:
        return say("can’t be said")
    return measured(value, low, high, row.unit)


def _plain(row: Any, value: Any, low: Any, high: Any) -> str:
    return measured(value, low, high, row.unit) if printed.is_number(value) else "–"


def measured(value: Any, low: Any, high: Any, unit: Any) -> str:
    """Write a number in its unit with its interval; points carry their sign."""
    if not printed.is_number(value):
        return say(printed.NO_NUMBER)
    words = str(unit) if printed.is_number(unit) else ""
    signed = words.startswith("points")
    between = printed.interval(low, high, 1, signed=signed)
    said = printed.number(value, 1, words, signed=signed)
    return f"{said} ({say('no interval') if between == say(printed.NO_NUMBER) else between})"


def dose_at_sites_table(dose_at_sites: pd.DataFrame) -> DisplayTable:
    """Write frequency, coverage and total: at once, and each by itself."""
    rows = require(dose_at_sites, "dose_at_sites", SITE_COLUMNS)
    frame = written(
        rows,
        {
            mark("Of support"): lambda row: say(WAYS.get(str(row.term), str(row.term))),
            mark("Verdict"): way_verdict,
            mark("Points, all three at once"): lambda row: points_with_interval(
                row.estimate, row.conf_low, row.conf_high, 1
            ),
            mark("Points, by itself"): lambda row: points_with_interval(
                row.alone_estimate, row.alone_low, row.alone_high, 1
            ),
            mark("Sites"): lambda row: printed.number(row.n_sites),
            mark("Quarters of sites"): lambda row: printed.number(row.n_site_quarters),
            mark("Practitioners"): lambda row: printed.number(row.n_practitioners),
        },
    )
    note = say(
        "Points of fidelity of a site in a quarter, beside its own mean, with 95% intervals. All "
        "at once: with the other two held alike. It is an association."
    )
    return DisplayTable(say("How often, for how many, or how much in all"), frame, note)


def way_verdict(row: Any) -> str:
    """Say whether a way of counting support goes with fidelity, or why it can't be said."""
    if printed.is_number(row.estimate):
        return say("goes with fidelity") if is_yes(row.shown) else say("not shown to go with it")
    known = printed.is_number(row.reason) and row.reason
    return (
        say("can’t be said: {reason}", reason=printed.clean(str(row.reason)))
        if known
        else say(printed.NO_NUMBER)
    )


def booster_rows(booster_timing: pd.DataFrame) -> pd.DataFrame:
    """Rows of the booster's timing in the order of time."""
    rows = require(booster_timing, "booster_timing", BOOSTER_COLUMNS)
    return rows.sort_values("months_since", kind="stable").reset_index(drop=True)


def told_months(months: pd.Series) -> list[float]:
    """Months that are told in words: all of a few, of many those at which curves are read."""
    every = [float(month) for month in months]
    return every if len(every) <= FEW_MONTHS else [one for one in every if one in MARKS_AT]


def booster_timing_table(booster_timing: pd.DataFrame) -> DisplayTable:
    """Write the points with which a certification goes, by the time since the last."""
    rows = booster_rows(booster_timing)
    frame = written(
        rows[rows["months_since"].isin(told_months(rows["months_since"]))],
        {
            mark("Months since the last certification"): lambda row: printed.number(
                row.months_since
            ),
            mark("Points of fidelity"): lambda row: points_with_interval(
                row.gain, row.conf_low, row.conf_high, 1
            ),
            mark("Practitioners"): lambda row: printed.number(row.n_practitioners),
        },
    )
    note = say(
        "Points with which certification goes if it comes then, beside none, with 95% intervals. "
        "Practitioners: those seen at least so long after the last. It is an association."
    )
    return DisplayTable(say("When the next certification goes with most"), frame, note)

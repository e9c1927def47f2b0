"""Display tables of the evidence before answers are put together: agreement, and who took part."""

from __future__ import annotations

from typing import Any

import pandas as pd

from workbench.language import mark, say
from workbench.reporting import printed
from workbench.reporting.display_table import DisplayTable, written
from workbench.reporting.evidence import hidden_rows, require
from workbench.reporting.tables_gate import NOT_RANKED
from workbench.reporting.tables_words import (
    by_driver,
    by_name,
    is_yes,
    of_site,
    share_with_interval,
)

AGREEMENT_COLUMNS = (
    "site_id",
    "name",
    "title",
    "rwg",
    "ad",
    "icc1",
    "icc2",
    "n_respondents",
    "enough",
    "reason",
)
CONSISTENCY_COLUMNS = (
    "name",
    "title",
    "alpha",
    "alpha_low",
    "alpha_high",
    "omega",
    "n_respondents",
    "reason",
)
PARTICIPATION_COLUMNS = (
    "site_id",
    "eligible",
    "answered",
    "share",
    "conf_low",
    "conf_high",
    "enough",
    "reason",
)
GATE = 80
"""Percent of practitioners who must take part for a site's scores to be read without reserve."""


def site_agreement_table(driver_agreement: pd.DataFrame, site_id: str) -> DisplayTable:
    """Whether a site's respondents agree on each driver, and why a score is withheld."""
    rows = require(driver_agreement, "driver_agreement", AGREEMENT_COLUMNS)
    frame = written(
        by_driver(of_site(rows, site_id)),
        {
            mark("Driver"): lambda row: str(row.title),
            mark("Score of the site"): _shown,
            mark("Agreement, r*wg(j)"): lambda row: printed.number(row.rwg, 3),
            mark("Apart, AD in points"): lambda row: printed.number(row.ad),
            mark("Respondents"): lambda row: printed.number(row.n_respondents),
        },
    )
    note = say(
        "r*wg(j): 1 is full agreement, 0 is as if by chance. AD: how far answers lie from their "
        "mean, on average. A mean over people who don’t agree describes none of them, so it is "
        "withheld where r*wg(j) is under the setting, 0.70 unless the study sets another."
    )
    return DisplayTable(say("Do those who answered agree?"), frame, note)


def _shown(row: Any) -> str:
    if not printed.is_number(row.enough):
        return say(printed.NO_NUMBER)
    if is_yes(row.enough) and not row.reason:
        return say("shown")
    if is_yes(row.enough):
        return say("shown: {reason}", reason=printed.clean(str(row.reason)))
    # A number under the setting says by itself why the score is withheld.
    tested = printed.is_number(row.rwg)
    if tested:
        return say("withheld")
    return say("withheld: {reason}", reason=printed.clean(str(row.reason)))


def agreement_table(
    driver_agreement: pd.DataFrame, driver_consistency: pd.DataFrame | None = None
) -> DisplayTable:
    """Write the evidence of every driver over all sites: agreement, sites apart, one scale.

    Parameters
    ----------
    driver_agreement
        Evidence table; a site whose row is hidden counts in no range.
    driver_consistency
        Evidence table; without it the columns on the scale say *not estimable*.
    """
    rows = require(driver_agreement, "driver_agreement", AGREEMENT_COLUMNS)
    nothing = pd.DataFrame()
    scales = require(
        nothing if driver_consistency is None else driver_consistency,
        "driver_consistency",
        CONSISTENCY_COLUMNS,
    )
    scale_of = {row["name"]: row for row in scales.to_dict("records")}
    shown = by_driver(rows[~hidden_rows(rows)].reset_index(drop=True))
    found = [
        _driver_row(mine, scale_of.get(str(name), {}))
        for name, mine in shown.groupby("name", sort=False)
    ]
    columns = ["Driver", "Sites that agree", "r*wg(j)", "AD, points", "ICC(1)", "ICC(2)"]
    columns += ["Alpha", "Omega", "Respondents"]
    frame = pd.DataFrame(found, columns=columns, dtype="str")
    note = say(
        "r*wg(j) and AD: the lowest to the highest site; r*wg(j) of 1 is full agreement. "
        "Sites that agree: those whose score is shown; the others are withheld. ICC(1): share of "
        "the differences that lies between sites. ICC(2): how well the sites’ means can be told "
        "apart. Alpha (95% interval) and omega: whether the best practices go together as one "
        "scale; 0.70 is the usual floor."
    )
    without = [str(row["title"]).lower() for row in scale_of.values() if _lacks_omega(row)]
    if without:
        note += say(
            " No omega could be given for {drivers}: one factor does not fit.",
            drivers=", ".join(without),
        )
    return DisplayTable(say("Can the answers be put together?"), frame, note)


def _lacks_omega(row: dict[Any, Any]) -> bool:
    return printed.is_number(row["alpha"]) and not printed.is_number(row["omega"])


def _driver_row(rows: pd.DataFrame, scale: dict[Any, Any]) -> dict[str, str]:
    """One driver over the sites that are shown."""
    first = rows.iloc[0]
    agree = int(rows["enough"].astype(bool).sum())
    ranges = {
        name: printed.interval(rows[column].min(), rows[column].max(), digits)
        for name, column, digits in (("r*wg(j)", "rwg", 2), (mark("AD, points"), "ad", 0))
    }
    alpha = printed.number(scale.get("alpha"), 2)
    between = printed.interval(scale.get("alpha_low"), scale.get("alpha_high"), 2)
    return {
        mark("Driver"): str(first["title"]),
        mark("Sites that agree"): printed.part_of(agree, len(rows)),
        **ranges,
        "ICC(1)": printed.number(first["icc1"], 2),
        "ICC(2)": printed.number(first["icc2"], 2),
        mark("Alpha"): alpha
        if say(printed.NO_NUMBER) in (alpha, between)
        else f"{alpha} ({between})",
        mark("Omega"): printed.number(scale.get("omega"), 2),
        mark("Respondents"): printed.number(scale.get("n_respondents")),
    }


def participation_table(
    participation: pd.DataFrame, sites: pd.DataFrame, site_id: str = ""
) -> DisplayTable:
    """Who took part at each site, and whether it is enough to speak for the site."""
    rows = by_name(require(participation, "participation", PARTICIPATION_COLUMNS), sites)
    rows = of_site(rows, site_id) if site_id else rows
    frame = written(
        rows,
        {
            mark("Site"): lambda row: row.place,
            mark("Answered"): _answered,
            mark("Share"): lambda row: share_with_interval(row.share, row.conf_low, row.conf_high),
            say("At least {gate}%", gate=GATE): _reached,
        },
    )
    frame = frame.drop(columns="Site") if site_id else frame
    note = say(
        "Practitioners employed at the time of the latest assessment, with a 95% "
        "interval. Under {gate}%, scores are shown with this reserve: those who "
        "answered may differ from those who did not.",
        gate=GATE,
    )
    return DisplayTable(
        say("Who took part"), frame, note if site_id else f"{note} {say(NOT_RANKED)}"
    )


def _answered(row: Any) -> str:
    if not printed.is_number(row.eligible):
        return say(printed.NO_NUMBER)
    return printed.part_of(row.answered, row.eligible)


def _reached(row: Any) -> str:
    if not printed.is_number(row.eligible):
        return say(printed.NO_NUMBER)
    if printed.is_number(row.share):
        return say("yes") if is_yes(row.enough) else say("no")
    return say("can’t be said: {reason}", reason=row.reason)

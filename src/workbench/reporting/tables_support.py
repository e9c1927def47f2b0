"""Display tables of the support ledger: what was given, to whom, and what of the plan."""

from __future__ import annotations

from typing import Any

import pandas as pd

from workbench.language import mark, say
from workbench.reporting import printed
from workbench.reporting.disclosure_reinforcement import BOUNDS, coverage_words
from workbench.reporting.display_table import DisplayTable, written
from workbench.reporting.evidence import NETWORK, SITE, require
from workbench.reporting.tables_words import of_site, share_with_interval

LEDGER_COLUMNS = (
    "scope",
    "site_id",
    "quarter",
    "kind",
    "in_post",
    "covered",
    "coverage",
    "coverage_low",
    "coverage_high",
    "acts_a_month",
    "minutes_a_month",
    "share_skill",
    "without",
)
PLAN_COLUMNS = (
    "site_id",
    "quarter",
    "kind",
    "planned",
    "delivered",
    "share",
    "share_low",
    "share_high",
    "n_practitioners",
)
KINDS = {
    "all": mark("All kinds"),
    "coaching": mark("Coaching"),
    "observation with feedback": mark("Observation with feedback"),
    "supervision": mark("Supervision"),
    "case consultation": mark("Case consultation"),
    "community of practice": mark("Community of practice"),
    "training": mark("Training"),
    "certification": mark("Certification"),
    "recertification": mark("Recertification"),
    "leadership development": mark("Leadership development"),
}
"""Kinds of support in the order in which they are shown; other kinds follow by name."""
ALL = "all"
QUARTERS = 8
"""Quarters that the ledger shows at most."""


def kind_words(kind: Any) -> str:
    """Write a kind of support as a row's name."""
    known = KINDS.get(str(kind))
    return say(known) if known else say(printed.clean(str(kind))).capitalize()


def by_kind(rows: pd.DataFrame) -> pd.DataFrame:
    """Sort rows by kind in the order shown, and within a kind by quarter where there is one."""
    ranks = {kind: place for place, kind in enumerate(KINDS)}
    rank = rows["kind"].map(ranks).fillna(len(ranks))
    names = ["rank", "kind", *(["quarter"] if "quarter" in rows else [])]
    return rows.assign(rank=rank).sort_values(names, kind="stable").drop(columns="rank")


def ledger_rows(support_ledger: pd.DataFrame, site_id: str = "") -> pd.DataFrame:
    """Lines of one place over the last eight quarters of the ledger, kind by kind."""
    rows = require(support_ledger, "support_ledger", LEDGER_COLUMNS)
    last = sorted(set(rows["quarter"]))[-QUARTERS:]
    rows = rows[(rows["scope"] == (SITE if site_id else NETWORK)) & rows["quarter"].isin(last)]
    rows = of_site(rows, site_id)
    for name in BOUNDS:
        rows[name] = rows[name] if name in rows else float("nan")
    return by_kind(rows).reset_index(drop=True)


def kinds_given(rows: pd.DataFrame) -> list[str]:
    """Kinds of which anything was given or is hidden, in the order shown."""
    something = rows["acts_a_month"].isna() | (rows["acts_a_month"] > 0)
    return list(dict.fromkeys(rows.loc[something, "kind"]))


def rate(value: Any, unit: str = "") -> str:
    """Write acts a month: small numbers with a digit more.

    >>> rate(1.24), rate(0.042), rate(0)
    ('1.2', '0.04', '0')
    """
    if not printed.is_number(value):
        return say(printed.NO_NUMBER)
    digits = 0 if value == 0 else 1 if value >= 0.095 else 2
    return printed.number(value, digits, unit)


def coverage_cell(row: Any) -> str:
    """Write a share of those in post with its interval, or the bound in its place."""
    if printed.is_number(row.coverage):
        return share_with_interval(row.coverage, row.coverage_low, row.coverage_high)
    return coverage_words(row.coverage, row.at_least, row.under)


def _got_none(row: Any) -> str:
    """Write how many got none; in bounds only that they are few."""
    return say("few") if printed.is_number(row.at_least) else printed.number(row.without)


def support_course_table(support_ledger: pd.DataFrame, site_id: str = "") -> DisplayTable:
    """Frequency and coverage of each kind, quarter by quarter: the numbers of the figure."""
    rows = ledger_rows(support_ledger, site_id)
    rows = rows[rows["kind"].isin(kinds_given(rows))]
    frame = written(
        rows,
        {
            mark("Support"): lambda row: kind_words(row.kind),
            mark("Quarter"): lambda row: str(row.quarter),
            mark("Acts a month for each practitioner"): lambda row: rate(row.acts_a_month),
            mark("Practitioners who got any"): coverage_cell,
            mark("In post"): lambda row: printed.number(row.in_post),
        },
    )
    return DisplayTable(say("Support by kind and quarter"), frame, _note(rows))


def _note(rows: pd.DataFrame) -> str:
    """Say what stands in brackets, and what a bound is where there is one."""
    note = say("In brackets: 95% intervals.")
    if rows[list(BOUNDS)].notna().any(axis=None):
        note += say(
            " ‘Over’ and ‘under’ stand where few people got support, or few got none, so that the "
            "exact share would be about individuals."
        )
    return note


def support_table(support_ledger: pd.DataFrame, site_id: str = "") -> DisplayTable:
    """Write what was given in the last quarter of the ledger, by kind."""
    rows = ledger_rows(support_ledger, site_id)
    last = rows["quarter"].max() if len(rows) else ""
    rows = rows[rows["kind"].isin(kinds_given(rows)) & (rows["quarter"] == last)]
    frame = written(
        rows,
        {
            mark("Support"): lambda row: kind_words(row.kind),
            mark("Practitioners who got any"): coverage_cell,
            mark("Got none"): _got_none,
            mark("Acts a month each"): lambda row: rate(row.acts_a_month),
            mark("Minutes a month each"): lambda row: printed.number(row.minutes_a_month),
            mark("Of this on skill"): lambda row: printed.share(row.share_skill),
            mark("In post"): lambda row: printed.number(row.in_post),
        },
    )
    note = say(
        "{note} Each: over everybody in post, whether they got any or not. On skill: "
        "of the minutes, the part that went to the skill of practice and not to "
        "administration.",
        note=_note(rows),
    )
    when = f", {last}" if last else ""
    return DisplayTable(say("Support that was given{when}", when=when), frame, note)


def planned_rows(supports_planned: pd.DataFrame, site_id: str = "") -> pd.DataFrame:
    """Rows of the last quarter of the plan at one place, kind by kind."""
    rows = require(supports_planned, "supports_planned", PLAN_COLUMNS)
    last = rows["quarter"].max() if len(rows) else ""
    return by_kind(of_site(rows[rows["quarter"] == last], site_id)).reset_index(drop=True)


def planned_table(supports_planned: pd.DataFrame, site_id: str = "") -> DisplayTable:
    """Support due by the plan and delivered in the last quarter; the network's beside a site's."""
    rows = planned_rows(supports_planned, site_id)
    # One kind alone and all kinds together are the same thing.
    rows = rows[rows["kind"] != ALL] if rows["kind"].nunique() == 2 else rows
    last = rows["quarter"].max() if len(rows) else ""
    beside = planned_rows(supports_planned).set_index("kind")
    columns = {
        mark("Support"): lambda row: kind_words(row.kind),
        mark("Acts due"): lambda row: printed.number(row.planned),
        mark("Of these delivered"): lambda row: printed.number(row.delivered),
        mark("Share"): lambda row: share_with_interval(row.share, row.share_low, row.share_high),
        mark("Practitioners"): lambda row: printed.number(row.n_practitioners),
    }
    if site_id:
        columns[mark("Network")] = lambda row: (
            _plan_share(beside.loc[row.kind]) if row.kind in beside.index else "–"
        )
    frame = written(rows, columns)
    note = say(
        "Due: by the plan, for those in post, less for who came or left during the quarter. What "
        "somebody got beyond the plan does not count. In brackets: 95% intervals."
    )
    when = f", {last}" if last else ""
    return DisplayTable(say("Support that was planned{when}", when=when), frame, note)


def _plan_share(row: pd.Series) -> str:
    return share_with_interval(row["share"], row["share_low"], row["share_high"])

"""What the support ledger says, as findings: what is given, to whom, and what of the plan."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from workbench.analysis.support_ledger import SupportLedger
from workbench.analysis.support_ledger_cells import ALL
from workbench.analysis.support_ledger_change import change_of
from workbench.certainty import LOWER, certainty
from workbench.findings import Finding, not_estimable
from workbench.models.clustered import Estimate
from workbench.wording import count_of, interval, number, one_of

SUPPORT = "How often is practice reinforced, and for whom?"
PLANNED = "How much of the planned support was delivered?"
LEDGER, PLAN = "tables/support_ledger.parquet", "tables/supports_planned.parquet"
BEST_PRACTICE = "Everybody who does the work is coached on the skill of it, regularly."
LOW = 0.5
"""Coverage, and share of the plan, below which a finding calls for action."""
KINDS_NAMED = 3
NOBODY = "nobody is known to have been in post in {quarter}."
NO_PLAN = (
    "no plan of support is declared; to declare one, add to workbench.yml the line 'supports:', "
    "under it '  planned:', and under that a line a kind with the acts a quarter for each "
    "practitioner, such as '    coaching: 3'."
)
NOTHING_DUE = "the plan made no act of support due in {quarter} to anybody in post here."


def support_ledger_findings(result: SupportLedger, sites: list[str] | None = None) -> list[Finding]:
    """Make the findings on support given and on the plan, of the network and of each site.

    Parameters
    ----------
    result
        The ledger.
    sites
        Sites that get findings; None: those with somebody in post in the quarter.
    """
    now = result.ledger[result.ledger["quarter"] == str(result.quarter)]
    named = sorted({*now.loc[now["scope"] == "site", "site_id"]}) if sites is None else sites
    places = ["", *named]
    return [_support(result, one) for one in places] + [_planned(result, one) for one in places]


def _support(result: SupportLedger, site: str) -> Finding:
    about: dict[str, Any] = {"site_id": site, "evidence": LEDGER, "n_of": "practitioners in post"}
    table = result.ledger
    mine = table[(table["scope"] == ("site" if site else "network")) & (table["site_id"] == site)]
    now = mine[mine["quarter"] == str(result.quarter)]
    if now.empty:
        reason = result.why_not or NOBODY.format(quarter=result.quarter)
        return not_estimable("reinforcement.support", SUPPORT, reason, **about)
    row = _of_all(now)
    people = int(row["in_post"])
    about |= {"n": people, "n_practitioners": people}
    low, high = 100 * row["coverage_low"], 100 * row["coverage_high"]
    change = change_of(*_at(result, site), result.quarter)
    parts = [
        f"In {result.quarter}, {number(100 * row['coverage'])}% of those in post were given any "
        f"support (95% interval {interval(low, high)}; {int(row['covered'])} of "
        f"{count_of(people, 'practitioner')}), {number(row['acts_a_month'], 1)} acts a month each.",
        _a_year_ago(mine, change, result),
        _on_skill(row, change),
        _by_kind(now),
        _none(result, site),
    ]
    prompt = _prompt(row, change)
    return Finding(
        id="reinforcement.support",
        question=SUPPORT,
        statement=" ".join(part for part in parts if part),
        estimate=float(100 * row["coverage"]),
        conf_low=float(low),
        conf_high=float(high),
        unit="percent of practitioners in post with any support",
        action_prompt=prompt,
        best_practice=BEST_PRACTICE if prompt else "",
        **about,
    )


def _of_all(lines: pd.DataFrame) -> dict[Any, Any]:
    """Line of all kinds together."""
    return lines[lines["kind"] == ALL].to_dict("records")[0]


def _at(result: SupportLedger, site: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    if not site:
        return result.entries, result.rows
    entries, rows = result.entries, result.rows
    return entries[entries["site_id"] == site], rows[rows["site_id"] == site]


def _moved(change: Estimate, scale: float, digits: int, unit: str) -> str:
    """Write a change with its interval, or without where too few are behind it."""
    said = f"{number(scale * change.estimate, digits, signed=True)} {unit}"
    if not np.isfinite(change.conf_low):
        return said
    ends = interval(scale * change.conf_low, scale * change.conf_high, digits, signed=True)
    return f"{said} (95% interval {ends})"


def _a_year_ago(
    mine: pd.DataFrame, change: dict[str, Estimate] | None, result: SupportLedger
) -> str:
    then = mine[(mine["quarter"] == str(result.quarter.plus(-4))) & (mine["kind"] == ALL)]
    if change is None or then.empty:
        return "There is no record of a year ago to set it against."
    row = _of_all(then)
    return (
        f"A year ago it was {number(100 * row['coverage'])}% and {number(row['acts_a_month'], 1)} "
        f"acts a month: a change of {_moved(change['coverage'], 100, 0, 'percentage points')} and "
        f"of {_moved(change['frequency'], 1, 1, 'acts a month')}."
    )


def _on_skill(row: dict[Any, Any], change: dict[str, Estimate] | None) -> str:
    if not np.isfinite(row["share_skill"]):
        return "What the time went to, skill or administration, is not recorded."
    said = f"{number(100 * row['share_skill'])}% of the time went to the skill of practice"
    if change is None or not np.isfinite(change["skill"].estimate):
        return f"{said}."
    moved = _moved(change["skill"], 100, 0, "percentage points")
    return f"{said}, a change of {moved} since a year ago."


def _by_kind(now: pd.DataFrame) -> str:
    kinds = now[now["kind"] != ALL].sort_values("covered", ascending=False, kind="stable")
    given, none = kinds[kinds["acts"] > 0], kinds[kinds["acts"] == 0]
    said = [
        f"{row['kind']} {number(100 * row['coverage'])}%"
        for row in given.head(KINDS_NAMED).to_dict("records")
    ]
    parts = [f"By kind, most first: {', '.join(said)}."] if said else []
    if len(none):
        parts.append(f"There was no {one_of([str(kind) for kind in none['kind']])}.")
    return " ".join(parts)


def _none(result: SupportLedger, site: str) -> str:
    mine = result.none[result.none["site_id"] == site]
    if mine.empty:
        return ""
    row = mine.to_dict("records")[0]
    said = f"{int(row['none'])} of {int(row['in_post'])} got none in the quarter"
    if not row["in_post_in_two"]:
        return f"{said}."
    return (
        f"{said}, and {int(row['none_in_two'])} of the {int(row['in_post_in_two'])} who were in "
        "post in the last two quarters got none in either."
    )


def _prompt(row: dict[Any, Any], change: dict[str, Estimate] | None) -> str:
    parts = []
    if row["coverage"] < LOW:
        parts.append(
            "Set days of coaching for those who got no support this quarter, and name who gives it."
        )
    if change is not None and _fell(change["skill"]):
        parts.append(
            "Look at what coaching and supervision time goes to, and give skill its share back."
        )
    return " ".join(parts)


def _fell(change: Estimate) -> bool:
    return certainty(100 * change.conf_low, 100 * change.conf_high).way == LOWER


def _planned(result: SupportLedger, site: str) -> Finding:
    about: dict[str, Any] = {"site_id": site, "evidence": PLAN, "n_of": "acts due by the plan"}
    table = result.planned
    mine = table[(table["site_id"] == site) & (table["quarter"] == str(result.quarter))]
    reason = result.why_not or ("" if result.plan else NO_PLAN)
    if not reason and mine.empty:
        reason = NOTHING_DUE.format(quarter=result.quarter)
    if reason:
        return not_estimable("reinforcement.planned", PLANNED, reason, **about)
    row = _of_all(mine)
    low, high = 100 * row["share_low"], 100 * row["share_high"]
    kinds = mine[mine["kind"] != ALL].to_dict("records")
    each = [f"{one['kind']} {int(one['delivered'])} of {int(one['planned'])}" for one in kinds]
    plan = f"The plan is for {one_of([str(one['kind']) for one in kinds])}."
    by_kind = f"By kind: {'; '.join(each)}." if len(each) > 1 else plan
    prompt = (
        "Agree on what stood in the way of the planned support, and on dates for what is due."
        if row["share"] < LOW
        else ""
    )
    return Finding(
        id="reinforcement.planned",
        question=PLANNED,
        statement=f"Of {count_of(int(row['planned']), 'act')} of support due in {result.quarter} "
        f"to {count_of(int(row['n_practitioners']), 'practitioner')} in post, "
        f"{int(row['delivered'])} were given: {number(100 * row['share'])}% (95% interval "
        f"{interval(low, high)}). {by_kind} What somebody got beyond the plan does not count.",
        estimate=float(100 * row["share"]),
        conf_low=float(low),
        conf_high=float(high),
        unit="percent of acts due by the plan",
        n=int(row["planned"]),
        n_practitioners=int(row["n_practitioners"]),
        action_prompt=prompt,
        best_practice=BEST_PRACTICE if prompt else "",
        **about,
    )

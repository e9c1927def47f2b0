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
from workbench.language import mark, say
from workbench.models.clustered import Estimate
from workbench.wording import count_of, interval, number, one_of

SUPPORT = mark("How often is practice reinforced, and for whom?")
PLANNED = mark("How much of the planned support was delivered?")
LEDGER, PLAN = "tables/support_ledger.parquet", "tables/supports_planned.parquet"
BEST_PRACTICE = mark("Everybody who does the work is coached on the skill of it, regularly.")
LOW = 0.5
"""Coverage, and share of the plan, below which a finding calls for action."""
KINDS_NAMED = 3
NOBODY = mark("nobody is known to have been in post in {quarter}.")
NO_PLAN = mark(
    "no plan of support is declared; to declare one, add to workbench.yml the line 'supports:', "
    "under it '  planned:', and under that a line a kind with the acts a quarter for each "
    "practitioner, such as '    coaching: 3'."
)
NOTHING_DUE = mark("the plan made no act of support due in {quarter} to anybody in post here.")


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
    about: dict[str, Any] = {"site_id": site, "evidence": LEDGER}
    about["n_of"] = mark("practitioners in post")
    table = result.ledger
    mine = table[(table["scope"] == ("site" if site else "network")) & (table["site_id"] == site)]
    now = mine[mine["quarter"] == str(result.quarter)]
    if now.empty:
        reason = result.why_not or say(NOBODY, quarter=result.quarter)
        return not_estimable("reinforcement.support", say(SUPPORT), reason, **about)
    row = _of_all(now)
    people = int(row["in_post"])
    about |= {"n": people, "n_practitioners": people}
    low, high = 100 * row["coverage_low"], 100 * row["coverage_high"]
    change = change_of(*_at(result, site), result.quarter)
    parts = [
        say(
            "In {quarter}, {coverage}% of those in post were given any support (95% interval "
            "{interval}; {covered} of {practitioners}), {acts} acts a month each.",
            quarter=result.quarter,
            coverage=number(100 * row["coverage"]),
            interval=interval(low, high),
            covered=int(row["covered"]),
            practitioners=count_of(people, "practitioner"),
            acts=number(row["acts_a_month"], 1),
        ),
        _a_year_ago(mine, change, result),
        _on_skill(row, change),
        _by_kind(now),
        _none(result, site),
    ]
    prompt = _prompt(row, change)
    return Finding(
        id="reinforcement.support",
        question=say(SUPPORT),
        statement=" ".join(part for part in parts if part),
        estimate=float(100 * row["coverage"]),
        conf_low=float(low),
        conf_high=float(high),
        unit=mark("percent of practitioners in post with any support"),
        action_prompt=prompt,
        best_practice=say(BEST_PRACTICE) if prompt else "",
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
    size = number(scale * change.estimate, digits, signed=True)
    if not np.isfinite(change.conf_low):
        return f"{size} {unit}"
    ends = interval(scale * change.conf_low, scale * change.conf_high, digits, signed=True)
    return say("{size} {unit} (95% interval {interval})", size=size, unit=unit, interval=ends)


def _a_year_ago(
    mine: pd.DataFrame, change: dict[str, Estimate] | None, result: SupportLedger
) -> str:
    then = mine[(mine["quarter"] == str(result.quarter.plus(-4))) & (mine["kind"] == ALL)]
    if change is None or then.empty:
        return say("There is no record of a year ago to set it against.")
    row = _of_all(then)
    return say(
        "A year ago it was {coverage}% and {acts} acts a month: a change of {of_coverage} and of "
        "{of_acts}.",
        coverage=number(100 * row["coverage"]),
        acts=number(row["acts_a_month"], 1),
        of_coverage=_moved(change["coverage"], 100, 0, say("percentage points")),
        of_acts=_moved(change["frequency"], 1, 1, say("acts a month")),
    )


def _on_skill(row: dict[Any, Any], change: dict[str, Estimate] | None) -> str:
    if not np.isfinite(row["share_skill"]):
        return say("What the time went to, skill or administration, is not recorded.")
    share = number(100 * row["share_skill"])
    if change is None or not np.isfinite(change["skill"].estimate):
        return say("{share}% of the time went to the skill of practice.", share=share)
    return say(
        "{share}% of the time went to the skill of practice, a change of {moved} since a year ago.",
        share=share,
        moved=_moved(change["skill"], 100, 0, say("percentage points")),
    )


def _by_kind(now: pd.DataFrame) -> str:
    kinds = now[now["kind"] != ALL].sort_values("covered", ascending=False, kind="stable")
    given, none = kinds[kinds["acts"] > 0], kinds[kinds["acts"] == 0]
    said = [
        f"{say(str(row['kind']))} {number(100 * row['coverage'])}%"
        for row in given.head(KINDS_NAMED).to_dict("records")
    ]
    parts = [say("By kind, most first: {kinds}.", kinds=", ".join(said))] if said else []
    if len(none):
        kinds_missing = one_of([say(str(kind)) for kind in none["kind"]])
        parts.append(say("There was no {kinds}.", kinds=kinds_missing))
    return " ".join(parts)


def _none(result: SupportLedger, site: str) -> str:
    mine = result.none[result.none["site_id"] == site]
    if mine.empty:
        return ""
    row = mine.to_dict("records")[0]
    counts = {"none": int(row["none"]), "all": int(row["in_post"])}
    if not row["in_post_in_two"]:
        return say("{none} of {all} got none in the quarter.", **counts)
    return say(
        "{none} of {all} got none in the quarter, and {none_in_two} of the {all_in_two} who were "
        "in post in the last two quarters got none in either.",
        **counts,
        none_in_two=int(row["none_in_two"]),
        all_in_two=int(row["in_post_in_two"]),
    )


def _prompt(row: dict[Any, Any], change: dict[str, Estimate] | None) -> str:
    parts = []
    if row["coverage"] < LOW:
        parts.append(
            say(
                "Set days of coaching for those who got no support this quarter, and name who "
                "gives it."
            )
        )
    if change is not None and _fell(change["skill"]):
        parts.append(
            say(
                "Look at what coaching and supervision time goes to, and give skill its share back."
            )
        )
    return " ".join(parts)


def _fell(change: Estimate) -> bool:
    return certainty(100 * change.conf_low, 100 * change.conf_high).way == LOWER


def _planned(result: SupportLedger, site: str) -> Finding:
    about: dict[str, Any] = {
        "site_id": site,
        "evidence": PLAN,
        "n_of": mark("acts due by the plan"),
    }
    table = result.planned
    mine = table[(table["site_id"] == site) & (table["quarter"] == str(result.quarter))]
    reason = result.why_not or ("" if result.plan else say(NO_PLAN))
    if not reason and mine.empty:
        reason = say(NOTHING_DUE, quarter=result.quarter)
    if reason:
        return not_estimable("reinforcement.planned", say(PLANNED), reason, **about)
    row = _of_all(mine)
    low, high = 100 * row["share_low"], 100 * row["share_high"]
    parts = [
        say(
            "Of {acts} of support due in {quarter} to {practitioners} in post, {delivered} were "
            "given: {share}% (95% interval {interval}).",
            acts=count_of(int(row["planned"]), "act"),
            quarter=result.quarter,
            practitioners=count_of(int(row["n_practitioners"]), "practitioner"),
            delivered=int(row["delivered"]),
            share=number(100 * row["share"]),
            interval=interval(low, high),
        ),
        _plan_by_kind(mine),
        say("What somebody got beyond the plan does not count."),
    ]
    prompt = (
        say("Agree on what stood in the way of the planned support, and on dates for what is due.")
        if row["share"] < LOW
        else ""
    )
    return Finding(
        id="reinforcement.planned",
        question=say(PLANNED),
        statement=" ".join(parts),
        estimate=float(100 * row["share"]),
        conf_low=float(low),
        conf_high=float(high),
        unit=mark("percent of acts due by the plan"),
        n=int(row["planned"]),
        n_practitioners=int(row["n_practitioners"]),
        action_prompt=prompt,
        best_practice=say(BEST_PRACTICE) if prompt else "",
        **about,
    )


def _plan_by_kind(mine: pd.DataFrame) -> str:
    kinds = mine[mine["kind"] != ALL].to_dict("records")
    if len(kinds) < 2:
        return say("The plan is for {kinds}.", kinds=one_of([say(one["kind"]) for one in kinds]))
    each = [
        say(
            "{kind} {delivered} of {planned}",
            kind=say(one["kind"]),
            delivered=int(one["delivered"]),
            planned=int(one["planned"]),
        )
        for one in kinds
    ]
    return say("By kind: {kinds}.", kinds="; ".join(each))

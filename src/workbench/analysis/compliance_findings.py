"""Plans in order and not owned, as findings: how many, where, and since when."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from workbench.analysis.compliance import Compliance
from workbench.findings import Finding, not_estimable
from workbench.language import mark, say
from workbench.wording import count_of, interval, number

NOT_OWNED = mark("How many plans are in order on paper while the person does not own them?")
EVIDENCE = "tables/compliance.parquet"
FEWEST_IN_ORDER = 5
"""Plans in order below which no share is told."""
LEVEL = 0.05
PROMPT = mark(
    "At the next meeting on each of these plans, ask what matters most to the person now. Let "
    "them change the steps so that they fit their daily life."
)
BEST_PRACTICE = mark(
    "The plan stays tied to the person's own priorities and decisions, and is changed with them "
    "as life changes."
)

ONE_NOT_OWNED = mark(
    "At the end of {quarter}, {count} of {plans} in order, with meetings held and papers kept, is "
    "not owned by the person: ownership is weak, below {level}%, or falling ({share}%, 95% "
    "interval {between}%)."
)
SOME_NOT_OWNED = mark(
    "At the end of {quarter}, {count} of {plans} in order, with meetings held and papers kept, are "
    "not owned by the person: ownership is weak, below {level}%, or falling ({share}%, 95% "
    "interval {between}%)."
)


def more_than_chance(not_owned: int, in_order: int, probability: float) -> bool:
    """Whether more plans are named than wrong naming alone would bring.

    A plan that is neither weak nor falling is named with a chance of at most one less the
    ``probability``. The number named must be one that this chance brings in at most 5% of
    networks (binomial, one-sided).

    >>> more_than_chance(12, 100, 0.9), more_than_chance(20, 100, 0.9)
    (False, True)
    """
    from scipy import stats

    return bool(in_order and stats.binom.sf(not_owned - 1, in_order, 1 - probability) <= LEVEL)


def compliance_findings(result: Compliance, sites: list[str] | None = None) -> list[Finding]:
    """Make the finding on plans not owned, for the network and each site.

    Parameters
    ----------
    result
        The analysis.
    sites
        Sites that get a finding; None: those with plans.
    """
    now = result.by_quarter[result.by_quarter["quarter"] == result.quarter]
    rows = {str(row["site_id"]): row for row in now.to_dict("records")}
    named = sorted(set(rows) - {""}) if sites is None else sites
    return [_not_owned(result, rows.get(one, {}), one) for one in ["", *named]]


def _not_owned(result: Compliance, row: Mapping[Any, Any], site: str) -> Finding:
    about: dict[str, Any] = {"site_id": site, "evidence": EVIDENCE, "n_of": mark("plans in order")}
    ordered = int(row["in_order"]) if row else 0
    reason = result.why_not or _too_few(result, row, ordered)
    if reason:
        people = int(row["n_practitioners"]) if row else None
        return not_estimable(
            "plans.not_owned", say(NOT_OWNED), reason, n=0, n_practitioners=people,
            n_plans=ordered, **about,
        )  # fmt: skip
    count = int(row["not_owned"])
    raised = more_than_chance(count, ordered, result.probability)
    shown = raised and count > 0
    return Finding(
        id="plans.not_owned",
        question=say(NOT_OWNED),
        statement=" ".join(_sentences(result, row, site, raised)),
        estimate=float(100 * row["share"]),
        conf_low=float(100 * row["share_low"]),
        conf_high=float(100 * row["share_high"]),
        unit=mark("percent of plans in order that the person does not own"),
        n=ordered,
        n_plans=smallest_count(count, ordered),
        n_practitioners=_people(result, site, count) or int(row["n_practitioners"]),
        action_prompt=say(PROMPT) if shown else "",
        best_practice=say(BEST_PRACTICE) if shown else "",
        **about,
    )


def smallest_count(not_owned: int, in_order: int) -> int:
    """Fewest plans whose number the sentence gives away, itself or by taking away.

    >>> smallest_count(3, 40), smallest_count(0, 40), smallest_count(38, 40)
    (3, 40, 2)
    """
    return min(count for count in (not_owned, in_order - not_owned, in_order) if count)


def _people(result: Compliance, site: str, count: int) -> int:
    """Practitioners of the plans that the sentence is about."""
    if not count or result.since.empty:
        return 0
    row = result.since[result.since["site_id"] == site]
    return int(row["n_practitioners"].iloc[0]) if len(row) else 0


def _too_few(result: Compliance, row: Mapping[Any, Any], ordered: int) -> str:
    if not row:
        return say("no plan was open at the end of {quarter}.", quarter=result.quarter)
    if ordered < FEWEST_IN_ORDER:
        return say(
            "fewer than {fewest} plans are in order, with meetings held, papers kept and the "
            "person asked.",
            fewest=FEWEST_IN_ORDER,
        )
    return ""


def _sentences(result: Compliance, row: Mapping[Any, Any], site: str, raised: bool) -> list[str]:
    count, ordered = int(row["not_owned"]), int(row["in_order"])
    plans = count_of(ordered, "plan")
    ends = interval(100 * row["share_low"], 100 * row["share_high"])
    if not count:
        return [
            say(
                "At the end of {quarter}, {plans} were in order, with meetings held and papers "
                "kept. In none of them is the person's ownership surely weak or falling (95% "
                "interval of the share {between}%).",
                quarter=result.quarter,
                plans=plans,
                between=ends,
            )
        ]
    lead = say(
        ONE_NOT_OWNED if count == 1 else SOME_NOT_OWNED,
        quarter=result.quarter,
        count=f"{count:,}",
        plans=plans,
        level=number(result.rules.ownership_weak_below),
        share=number(100 * row["share"]),
        between=ends,
    )
    chance = (
        say("That is more than chance would name.")
        if raised
        else say("That is no more than chance could name.")
    )
    return [lead, *_where(result, site), *_since_when(result, site), chance]


def _where(result: Compliance, site: str) -> list[str]:
    """At how many sites; no site is named, since few plans may be behind it."""
    if site:
        return []
    now = result.by_quarter[
        (result.by_quarter["quarter"] == result.quarter) & (result.by_quarter["scope"] == "site")
    ]
    there = int((now["not_owned"] > 0).sum())
    return [say("They are at {some} of {sites}.", some=there, sites=count_of(len(now), "site"))]


def _since_when(result: Compliance, site: str) -> list[str]:
    rows = result.since[result.since["site_id"] == site]
    if rows.empty or pd.isna(rows["median_months"].iloc[0]):
        return []
    months, since = rows["median_months"].iloc[0], str(rows["since"].iloc[0])
    told = (
        say("For half of them or more this is new since the quarter before.")
        if months < 1
        else say("Half of them have been so for {months} months or more.", months=number(months, 0))
    )
    if not since:
        return [told]
    return [told, say("The share has been above that of the start since {quarter}.", quarter=since)]

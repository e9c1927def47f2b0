"""Ownership of plans as findings: which way it goes as the person sees it, and where views part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.analysis.ownership import Ownership
from workbench.analysis.ownership_gap import GAP, PERSON
from workbench.analysis.ownership_trends import TREND_COLUMNS
from workbench.certainty import HIGHER, LOWER, certainty
from workbench.findings import Finding, not_estimable
from workbench.wording import count_of, interval, number

OWNERSHIP = "Does the person's ownership of the plan hold in the months after it opens?"
THE_GAP = "Do professionals and the person see ownership of the plan alike?"
EVIDENCE = "tables/ownership_trends.parquet"
MONTHLY = "points a month within a plan"
NOT_RATED_HERE = "no plan here was rated by the person."
FALL_PROMPT = (
    "Ask each person whose ratings fall what no longer fits their daily life, and change the plan "
    "with them at the next meeting."
)
FALL_PRACTICE = (
    "Between meetings, the process keeps strengthening ownership, understanding, motivation and "
    "confidence, and does not take agreement in a meeting as proof of them."
)
GAP_PROMPT = (
    "At the next review, set the person's own rating beside the team's, and ask what the team does "
    "not see."
)
GAP_PRACTICE = (
    "Whether the person owns the plan is told by the person, not read off attendance or verbal "
    "agreement."
)


def ownership_findings(result: Ownership, sites: list[str] | None = None) -> list[Finding]:
    """Make the findings on ownership: the network, each site, and the gap between views.

    Parameters
    ----------
    result
        The analysis.
    sites
        Sites that get a finding; None: those with ratings.
    """
    table = result.trends
    rows = {(row["site_id"], row["what"]): row for row in table.to_dict("records")}
    named = sorted({site for site, _ in rows} - {""}) if sites is None else sites
    moves = [_moves(result, rows.get((one, PERSON), {}), one) for one in ["", *named]]
    return [*moves, _gap(result, rows.get(("", GAP), {}))]


def _about(row: Mapping[Any, Any], site: str, of: str) -> dict[str, Any]:
    about: dict[str, Any] = {"site_id": site, "evidence": EVIDENCE, "n_of": of}
    assert not row or set(TREND_COLUMNS) <= set(row)
    if row:
        about |= {"n": int(row["n_ratings"]), "n_plans": int(row["n_plans"])}
        about["n_practitioners"] = int(row["n_practitioners"])
    return about


def _why_no_slope(result: Ownership, row: Mapping[Any, Any]) -> str:
    """Why there is no trend; empty if there is. A missing level alone is no such reason."""
    if result.why_not or not row:
        return result.why_not or NOT_RATED_HERE
    return "" if row["slope"] == row["slope"] else str(row["reason"])


def _moves(result: Ownership, row: Mapping[Any, Any], site: str) -> Finding:
    about = _about(row, site, "ratings by the person")
    reason = _why_no_slope(result, row)
    if reason:
        return not_estimable("plans.ownership", OWNERSHIP, reason, **about)
    low, high = row["slope_low"], row["slope_high"]
    sure = certainty(low, high)
    falls = sure.way == LOWER
    lead = sure.pick(
        "As the person sees it, ownership of the plan falls as months go by",
        "As the person sees it, ownership of the plan rises as months go by",
        "No sure movement of ownership, as the person sees it, is seen as months go by",
    )
    return Finding(
        id="plans.ownership",
        question=OWNERSHIP,
        statement=f"{lead}: {_slope(row, _n(about, 'rating'))}.{_level(row)}",
        estimate=float(row["slope"]),
        conf_low=float(low),
        conf_high=float(high),
        unit=MONTHLY,
        certainty=str(sure),
        action_prompt=FALL_PROMPT if falls else "",
        best_practice=FALL_PRACTICE if falls else "",
        **about,
    )


def _slope(row: Mapping[Any, Any], base: str) -> str:
    ends = interval(row["slope_low"], row["slope_high"], 1, signed=True, beside=(0,))
    slope = number(row["slope"], 1, signed=True)
    return f"{slope} points a month (95% interval {ends}; {base})"


def _n(about: Mapping[str, Any], noun: str) -> str:
    return (
        f"{count_of(about['n'], noun)} of {count_of(about['n_plans'], 'plan')}, "
        f"{count_of(about['n_practitioners'], 'practitioner')}"
    )


def _level(row: Mapping[Any, Any]) -> str:
    if row["level"] != row["level"]:
        return f" {str(row['reason']).capitalize()}"
    ends = interval(row["level_low"], row["level_high"])
    return (
        f" Six months after a plan opens it stands at {number(row['level'])} of 100 (95% interval "
        f"{ends})."
    )


def _gap(result: Ownership, row: Mapping[Any, Any]) -> Finding:
    about = _about(row, "", "pairs of ratings")
    reason = _why_no_slope(result, row)
    if row and not row["n_ratings"]:
        reason = "no plan was rated by the person and a professional within 14 days."
    if reason:
        return not_estimable("plans.ownership_gap", THE_GAP, reason, **about)
    low, high = row["slope_low"], row["slope_high"]
    sure = certainty(low, high)
    widens = sure.way == HIGHER
    movement = sure.pick(
        "the person comes to see more ownership than professionals do",
        "professionals come to see more ownership than the person does",
        "no sure movement of it is seen",
    )
    level = (
        f"Six months after a plan opens, professionals rate ownership "
        f"{number(abs(row['level']), 1)} points {'higher' if row['level'] > 0 else 'lower'} than "
        "the person does (95% interval of the gap "
        f"{interval(row['level_low'], row['level_high'], 1, signed=True)}). "
        if row["level"] == row["level"]
        else f"{str(row['reason']).capitalize()} "
    )
    return Finding(
        id="plans.ownership_gap",
        question=THE_GAP,
        statement=f"{level}Within a plan the gap moves by {_slope(row, _n(about, 'pair'))}: "
        f"{movement}. A pair of ratings lies within 14 days.",
        estimate=float(row["slope"]),
        conf_low=float(low),
        conf_high=float(high),
        unit=MONTHLY,
        certainty=str(sure),
        action_prompt=GAP_PROMPT if widens else "",
        best_practice=GAP_PRACTICE if widens else "",
        **about,
    )

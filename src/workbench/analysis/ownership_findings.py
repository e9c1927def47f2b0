"""Ownership of plans as findings: which way it goes as the person sees it, and where views part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.analysis.ownership import Ownership
from workbench.analysis.ownership_gap import GAP, PERSON
from workbench.analysis.ownership_trends import TREND_COLUMNS
from workbench.certainty import HIGHER, LOWER, certainty
from workbench.findings import Finding, not_estimable
from workbench.language import mark, say
from workbench.wording import count_of, interval, number

OWNERSHIP = mark("Does the person's ownership of the plan hold in the months after it opens?")
THE_GAP = mark("Do professionals and the person see ownership of the plan alike?")
EVIDENCE = "tables/ownership_trends.parquet"
MONTHLY = mark("points a month within a plan")
NOT_RATED_HERE = mark("no plan here was rated by the person.")
FALL_PROMPT = mark(
    "Ask each person whose ratings fall what no longer fits their daily life, and change the plan "
    "with them at the next meeting."
)
FALL_PRACTICE = mark(
    "Between meetings, the process keeps strengthening ownership, understanding, motivation and "
    "confidence, and does not take agreement in a meeting as proof of them."
)
GAP_PROMPT = mark(
    "At the next review, set the person's own rating beside the team's, and ask what the team does "
    "not see."
)
GAP_PRACTICE = mark(
    "Whether the person owns the plan is told by the person, not read off attendance or verbal "
    "agreement."
)

PROFESSIONALS_HIGHER = mark(
    "Six months after a plan opens, professionals rate ownership {points} points higher than the "
    "person does (95% interval of the gap {between})."
)
PROFESSIONALS_LOWER = mark(
    "Six months after a plan opens, professionals rate ownership {points} points lower than the "
    "person does (95% interval of the gap {between})."
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
        return result.why_not or say(NOT_RATED_HERE)
    return "" if row["slope"] == row["slope"] else str(row["reason"])


def _moves(result: Ownership, row: Mapping[Any, Any], site: str) -> Finding:
    about = _about(row, site, mark("ratings by the person"))
    reason = _why_no_slope(result, row)
    if reason:
        return not_estimable("plans.ownership", say(OWNERSHIP), reason, **about)
    low, high = row["slope_low"], row["slope_high"]
    sure = certainty(low, high)
    falls = sure.way == LOWER
    lead = sure.pick(
        say("As the person sees it, ownership of the plan falls as months go by"),
        say("As the person sees it, ownership of the plan rises as months go by"),
        say("No sure movement of ownership, as the person sees it, is seen as months go by"),
    )
    slope = _slope(row, _behind(count_of(about["n"], "rating"), about))
    return Finding(
        id="plans.ownership",
        question=say(OWNERSHIP),
        statement=f"{lead}: {slope}. {_level(row)}",
        estimate=float(row["slope"]),
        conf_low=float(low),
        conf_high=float(high),
        unit=MONTHLY,
        certainty=str(sure),
        action_prompt=say(FALL_PROMPT) if falls else "",
        best_practice=say(FALL_PRACTICE) if falls else "",
        **about,
    )


def _slope(row: Mapping[Any, Any], base: str) -> str:
    ends = interval(row["slope_low"], row["slope_high"], 1, signed=True, beside=(0,))
    slope = number(row["slope"], 1, signed=True)
    return say(
        "{slope} points a month (95% interval {between}; {behind})",
        slope=slope,
        between=ends,
        behind=base,
    )


def _behind(ratings: str, about: Mapping[str, Any]) -> str:
    return say(
        "{ratings} of {plans}, {practitioners}",
        ratings=ratings,
        plans=count_of(about["n_plans"], "plan"),
        practitioners=count_of(about["n_practitioners"], "practitioner"),
    )


def _level(row: Mapping[Any, Any]) -> str:
    if row["level"] != row["level"]:
        return str(row["reason"]).capitalize()
    return say(
        "Six months after a plan opens it stands at {level} of 100 (95% interval {between}).",
        level=number(row["level"]),
        between=interval(row["level_low"], row["level_high"]),
    )


def _gap(result: Ownership, row: Mapping[Any, Any]) -> Finding:
    about = _about(row, "", mark("pairs of ratings"))
    reason = _why_no_slope(result, row)
    if row and not row["n_ratings"]:
        reason = say("no plan was rated by the person and a professional within 14 days.")
    if reason:
        return not_estimable("plans.ownership_gap", say(THE_GAP), reason, **about)
    low, high = row["slope_low"], row["slope_high"]
    sure = certainty(low, high)
    widens = sure.way == HIGHER
    movement = sure.pick(
        say("the person comes to see more ownership than professionals do"),
        say("professionals come to see more ownership than the person does"),
        say("no sure movement of it is seen"),
    )
    moves = say(
        "Within a plan the gap moves by {slope}: {movement}. A pair of ratings lies within 14 "
        "days.",
        slope=_slope(row, _behind(count_of(about["n"], "pair"), about)),
        movement=movement,
    )
    return Finding(
        id="plans.ownership_gap",
        question=say(THE_GAP),
        statement=f"{_gap_at_six_months(row)} {moves}",
        estimate=float(row["slope"]),
        conf_low=float(low),
        conf_high=float(high),
        unit=MONTHLY,
        certainty=str(sure),
        action_prompt=say(GAP_PROMPT) if widens else "",
        best_practice=say(GAP_PRACTICE) if widens else "",
        **about,
    )


def _gap_at_six_months(row: Mapping[Any, Any]) -> str:
    if row["level"] != row["level"]:
        return str(row["reason"]).capitalize()
    return say(
        PROFESSIONALS_HIGHER if row["level"] > 0 else PROFESSIONALS_LOWER,
        points=number(abs(row["level"]), 1),
        between=interval(row["level_low"], row["level_high"], 1, signed=True),
    )

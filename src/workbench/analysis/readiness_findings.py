"""What driver scores say, as findings: what is in place, and which driver has the least."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from workbench import terms
from workbench.analysis.driver_units import full_points_of
from workbench.certainty import certainty
from workbench.findings import Finding, not_estimable
from workbench.language import mark, say
from workbench.wording import count_of, interval, number

EVIDENCE = "tables/driver_scores.parquet"
WITHHELD = mark("withheld")
"""Status of a score that is not shown, since those who gave it don't agree."""
WHICH = mark("Which drivers are in place?")
WEAKEST = mark("Which driver has the least in place?")
COUNTS = {
    terms.IN_PLACE: mark("{n} in place"),
    terms.PARTLY_IN_PLACE: mark("{n} partly in place"),
    terms.NOT_IN_PLACE: mark("{n} not in place"),
    WITHHELD: mark("{n} withheld"),
}
LOWEST = {
    (False, False): mark("{driver} has the least in place: {size}."),
    (False, True): mark("No driver is short of being in place; the lowest is {driver}, {size}."),
    (True, False): mark("Of the {shown} drivers shown, {driver} has the least in place: {size}."),
    (True, True): mark(
        "Of the {shown} drivers shown, no driver is short of being in place; the lowest is "
        "{driver}, {size}."
    ),
}
"""The sentence, by whether some scores are withheld and whether the lowest is in place."""


def in_place_finding(scores: pd.DataFrame, site_id: str) -> Finding:
    """Say which drivers are in place, by one site's or the network's ``driver_scores``."""
    drivers = scores[scores["level"] == "driver"]
    named = {status: list(drivers.loc[drivers["status"] == status, "title"]) for status in COUNTS}
    parts = [
        say(COUNTS[status], n=len(titles)) + (f" ({', '.join(titles)})" if titles else "")
        for status, titles in named.items()
        if titles or status != WITHHELD
    ]
    respondents = int(drivers["n_respondents"].max())
    said = say(
        "Of {n} drivers, {counts}. This is what {respondents} said in {quarter}.",
        n=len(drivers),
        counts="; ".join(parts),
        respondents=count_of(respondents, "respondent"),
        quarter=drivers["assessed_quarter"].iloc[0],
    )
    return Finding(
        id="readiness.in_place",
        question=say(WHICH),
        site_id=site_id,
        statement=f"{said}{_why_withheld(drivers)}{_reserve(drivers)}",
        estimate=float(len(named[terms.IN_PLACE])),
        unit=mark("drivers in place"),
        n=respondents,
        n_of=mark("respondents"),
        n_practitioners=respondents,
        evidence=EVIDENCE,
    )


def weakest_finding(scores: pd.DataFrame, prompts: pd.DataFrame, site_id: str) -> Finding:
    """Name the driver with the least in place, and prompt what its lowest best practice asks."""
    drivers = scores[scores["level"] == "driver"]
    low = drivers.sort_values("score", kind="stable").iloc[0]
    about: dict[str, Any] = {
        "site_id": site_id,
        "n": int(low["n_respondents"]),
        "n_of": mark("respondents"),
        "evidence": EVIDENCE,
    }
    people: dict[str, Any] = {"n_practitioners": int(low["n_respondents"])}
    if np.isnan(low["score"]):
        why = say("the respondents don't agree enough on any driver for one score of the site.")
        return not_estimable("readiness.weakest", say(WEAKEST), why, **about, **people)
    if np.isnan(low["conf_low"]):
        return not_estimable("readiness.weakest", say(WEAKEST), _why_no_interval(low), **about)
    in_place = low["status"] == terms.IN_PLACE
    practices = scores[(scores["level"] == "best_practice") & (scores["driver"] == low["name"])]
    lowest = practices.sort_values("score", kind="stable").iloc[0]
    change = "" if np.isnan(low["change_low"]) else _change(low)
    return Finding(
        id="readiness.weakest",
        question=say(WEAKEST),
        statement=f"{_lowest(low, drivers)}{change}{_why_withheld(drivers)}{_reserve(drivers)}",
        estimate=float(low["score"]),
        conf_low=float(low["conf_low"]),
        conf_high=float(low["conf_high"]),
        unit=full_points_of(low["title"]),
        action_prompt="" if in_place else _prompt(prompts, lowest["name"]),
        best_practice="" if in_place else lowest["title"],
        **about,
        **people,
    )


def _why_no_interval(low: pd.Series) -> str:
    if not low["site_id"]:
        return say("too few sites rated the drivers for an interval.")
    return say(
        "only {respondents} rated the drivers, too few for an interval.",
        respondents=count_of(int(low["n_respondents"]), "respondent"),
    )


def _lowest(low: pd.Series, drivers: pd.DataFrame) -> str:
    """Name the driver with the lowest score of those shown."""
    over = (
        mark("{score}% of full points (95% interval {between}, over respondents)")
        if low["site_id"]
        else mark("{score}% of full points (95% interval {between}, over sites)")
    )
    between = interval(low["conf_low"], low["conf_high"])
    shown = int((drivers["status"] != WITHHELD).sum())
    in_place = low["status"] == terms.IN_PLACE
    return say(
        LOWEST[1 < shown < len(drivers), in_place],
        shown=shown,
        driver=low["title"].lower() if in_place else low["title"],
        size=say(over, score=number(low["score"]), between=between),
    )


def _change(row: pd.Series) -> str:
    """Set the score beside the one of the assessment before."""
    low, high = row["change_low"], row["change_high"]
    moved = certainty(low, high).pick(
        mark("It fell since {quarter} ({change} points, {between})."),
        mark("It rose since {quarter} ({change} points, {between})."),
        mark("No sure change since {quarter} is seen ({change} points, {between})."),
    )
    said = say(
        moved,
        quarter=row["previous_quarter"],
        change=number(row["change"], signed=True),
        between=interval(low, high, signed=True, beside=(0,)),
    )
    return f" {said}"


def _prompt(prompts: pd.DataFrame, practice: str) -> str:
    """Write what to do when a best practice is low, and for whom; empty if nothing is declared."""
    mine = prompts[prompts["best_practice"] == practice]
    if mine.empty:
        return ""
    action, owner = mine.iloc[0][["action", "owner_role"]]
    return f"{action} {say('For: {owner}.', owner=say(str(owner)))}" if owner else action


def _why_withheld(drivers: pd.DataFrame) -> str:
    """Say of how many drivers no score is shown, and why."""
    count = int((drivers["status"] == WITHHELD).sum())
    if not count:
        return ""
    withheld = (
        mark("The score of {drivers} is withheld, since those who answered don't agree.")
        if count == 1
        else mark("Scores of {drivers} are withheld, since those who answered don't agree.")
    )
    return f" {say(withheld, drivers=count_of(count, 'driver'))}"


def _reserve(drivers: pd.DataFrame) -> str:
    """Say with what reserve the scores that are shown are to be read."""
    reasons = drivers.loc[drivers["status"] != WITHHELD, "reason"]
    said = next((reason for reason in reasons if reason), "")
    return f" {say('Mind: {reason}', reason=said)}" if said else ""

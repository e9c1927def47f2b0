"""What driver scores say, as findings: what is in place, and which driver has the least."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench import terms
from workbench.certainty import certainty
from workbench.findings import Finding, not_estimable
from workbench.wording import count_of, interval, number

EVIDENCE = "tables/driver_scores.parquet"
WITHHELD = "withheld"
"""Status of a score that is not shown, since those who gave it don't agree."""
WHICH = "Which drivers are in place?"
WEAKEST = "Which driver has the least in place?"


def in_place_finding(scores: pd.DataFrame, site_id: str) -> Finding:
    """Say which drivers are in place, by one site's or the network's ``driver_scores``."""
    drivers = scores[scores["level"] == "driver"]
    named = {
        status: list(drivers.loc[drivers["status"] == status, "title"])
        for status in (terms.IN_PLACE, terms.PARTLY_IN_PLACE, terms.NOT_IN_PLACE, WITHHELD)
    }
    parts = [
        f"{len(titles)} {status}" + (f" ({', '.join(titles)})" if titles else "")
        for status, titles in named.items()
        if titles or status != WITHHELD
    ]
    respondents = int(drivers["n_respondents"].max())
    when = drivers["assessed_quarter"].iloc[0]
    return Finding(
        id="readiness.in_place",
        question=WHICH,
        site_id=site_id,
        statement=f"Of {len(drivers)} drivers, {'; '.join(parts)}. "
        f"This is what {count_of(respondents, 'respondent')} said in {when}."
        f"{_why_withheld(drivers)}{_reserve(drivers)}",
        estimate=float(len(named[terms.IN_PLACE])),
        unit="drivers in place",
        n=respondents,
        n_of="respondents",
        n_practitioners=respondents,
        evidence=EVIDENCE,
    )


def weakest_finding(scores: pd.DataFrame, prompts: pd.DataFrame, site_id: str) -> Finding:
    """Name the driver with the least in place, and prompt what its lowest best practice asks."""
    drivers = scores[scores["level"] == "driver"]
    low = drivers.sort_values("score", kind="stable").iloc[0]
    if np.isnan(low["score"]):
        return not_estimable(
            "readiness.weakest",
            WEAKEST,
            "the respondents don't agree enough on any driver for one score of the site.",
            site_id=site_id,
            n=int(low["n_respondents"]),
            n_of="respondents",
            n_practitioners=int(low["n_respondents"]),
            evidence=EVIDENCE,
        )
    if np.isnan(low["conf_low"]):
        return not_estimable(
            "readiness.weakest",
            WEAKEST,
            f"only {count_of(int(low['n_respondents']), 'respondent')} rated the drivers, "
            "too few for an interval."
            if site_id
            else "too few sites rated the drivers for an interval.",
            site_id=site_id,
            n=int(low["n_respondents"]),
            n_of="respondents",
            evidence=EVIDENCE,
        )
    in_place = low["status"] == terms.IN_PLACE
    practices = scores[(scores["level"] == "best_practice") & (scores["driver"] == low["name"])]
    lowest = practices.sort_values("score", kind="stable").iloc[0]
    said = interval(low["conf_low"], low["conf_high"])
    unit = "sites" if not site_id else "respondents"
    lead = f"{low['title']} has the least in place:"
    if in_place:
        lead = f"no driver is short of being in place; the lowest is {low['title'].lower()},"
        lead = lead if _of_those_shown(drivers) else lead.capitalize()
    change = ""
    if not np.isnan(low["change_low"]):
        change = _change(low)
    return Finding(
        id="readiness.weakest",
        question=WEAKEST,
        site_id=site_id,
        statement=f"{_of_those_shown(drivers)}{lead} "
        f"{number(low['score'])}% of full points (95% interval {said}, over {unit}).{change}"
        f"{_why_withheld(drivers)}{_reserve(drivers)}",
        estimate=float(low["score"]),
        conf_low=float(low["conf_low"]),
        conf_high=float(low["conf_high"]),
        unit=f"percent of full points of {low['title'].lower()}",
        n=int(low["n_respondents"]),
        n_of="respondents",
        n_practitioners=int(low["n_respondents"]),
        evidence=EVIDENCE,
        action_prompt="" if in_place else _prompt(prompts, lowest["name"]),
        best_practice="" if in_place else lowest["title"],
    )


def _change(row: pd.Series) -> str:
    """Set the score beside the one of the assessment before."""
    low, high = row["change_low"], row["change_high"]
    when = row["previous_quarter"]
    lead = certainty(low, high).pick(
        f"It fell since {when}", f"It rose since {when}", f"No sure change since {when} is seen"
    )
    span = interval(low, high, signed=True, beside=(0,))
    return f" {lead} ({number(row['change'], signed=True)} points, {span})."


def _of_those_shown(drivers: pd.DataFrame) -> str:
    shown = int((drivers["status"] != WITHHELD).sum())
    return f"Of the {shown} drivers shown, " if 1 < shown < len(drivers) else ""


def _prompt(prompts: pd.DataFrame, practice: str) -> str:
    """Write what to do when a best practice is low, and for whom; empty if nothing is declared."""
    mine = prompts[prompts["best_practice"] == practice]
    if mine.empty:
        return ""
    action, owner = mine.iloc[0][["action", "owner_role"]]
    return f"{action} For: {owner}." if owner else action


def _why_withheld(drivers: pd.DataFrame) -> str:
    """Say of how many drivers no score is shown, and why."""
    count = int((drivers["status"] == WITHHELD).sum())
    if not count:
        return ""
    scores = "The score" if count == 1 else "Scores"
    return (
        f" {scores} of {count_of(count, 'driver')} {'is' if count == 1 else 'are'} withheld, "
        "since those who answered don't agree."
    )


def _reserve(drivers: pd.DataFrame) -> str:
    """Say with what reserve the scores that are shown are to be read."""
    reasons = drivers.loc[drivers["status"] != WITHHELD, "reason"]
    said = next((reason for reason in reasons if reason), "")
    return f" Mind: {said}" if said else ""

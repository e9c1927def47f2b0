"""Which sites move, and which way: named in the order of their names, never ranked."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from workbench import terms
from workbench.analysis.direction import HOW_MANY, counted_states
from workbench.analysis.fidelity import FidelityOverTime
from workbench.certainty import LOWER, certainty
from workbench.findings import Finding, not_estimable
from workbench.language import mark, say
from workbench.wording import count_of, one_of

QUESTION = mark("Which sites move, and which way?")
PRACTICE = mark(
    "Fidelity data are used for improvement, and findings lead to coaching and feedback."
)
FELL = "fell"
MOVED = {
    terms.DRIFTING: HOW_MANY[terms.DRIFTING],
    FELL: mark("{n} fell, by how much is open"),
    terms.STRENGTHENING: HOW_MANY[terms.STRENGTHENING],
}


def sites_finding(over_time: FidelityOverTime, names: Mapping[str, str]) -> Finding:
    """Name the sites that drift, fell or strengthen, and count the rest.

    Parameters
    ----------
    over_time
        The analysis.
    names
        Names of the sites that may be named; the others are counted.
    """
    sites = over_time.trajectories[over_time.trajectories["scope"] == "site"]
    known = sites[sites["state"] != terms.NOT_ESTIMABLE]
    about: dict[str, Any] = {
        "evidence": "tables/trajectories.parquet",
        "n": len(known),
        "n_of": mark("sites"),
        "n_practitioners": int(sites["n_practitioners"].sum()),
    }
    if known.empty:
        reasons = sites["reason"].dropna().unique()
        reason = str(reasons[0]) if len(reasons) else say("no site was observed.")
        return not_estimable("fidelity.sites", say(QUESTION), reason, **about)
    open_still = known["state"] == terms.NOT_ENOUGH_EVIDENCE
    ends = zip(known["slope_low"], known["slope_high"], strict=True)
    fell = np.array([certainty(low, high).way == LOWER for low, high in ends], dtype=bool)
    state = known["state"].mask(open_still & fell, FELL)
    rest = ", ".join(counted_states(state, (terms.HOLDING, terms.NOT_ENOUGH_EVIDENCE)))
    drifting = [names[one] for one in known.loc[state == terms.DRIFTING, "site_id"] if one in names]
    prompt = say(
        "This week, ask the leaders of {sites} what their teams need first. Which support lapsed "
        "since practice began to move?",
        sites=one_of(sorted(drifting)),
    )
    said = [
        _moving(known, state, names),
        say("The rest: {states}.", states=rest) if rest else "",
        _at_least(known),
    ]
    return Finding(
        id="fidelity.sites",
        question=say(QUESTION),
        statement=" ".join(filter(None, said)),
        estimate=float((state == terms.DRIFTING).sum()),
        unit=mark("sites drifting"),
        action_prompt=prompt if drifting else "",
        best_practice=say(PRACTICE) if drifting else "",
        **about,
    )


def _moving(known: pd.DataFrame, state: pd.Series, names: Mapping[str, str]) -> str:
    """Say how many of the sites move, which way, and which of them may be named."""
    sites = count_of(len(known), "site")
    moving = filter(None, (_named(known[state == one], one, names) for one in MOVED))
    if parts := "; ".join(moving):
        return say("Of {sites}: {states}.", sites=sites, states=parts)
    return say("Of {sites}: none can be named as moving.", sites=sites)


def _at_least(known: pd.DataFrame) -> str:
    """Say how likely the states that are named are at the least; empty if none is named."""
    named = known[known["state"] != terms.NOT_ENOUGH_EVIDENCE]
    chances = [row[f"probability_{row['state']}"] for row in named.to_dict("records")]
    if not chances:
        return ""
    least = math.floor(100 * min(chances))
    return say("Each word for a direction is at least {least}% likely to be right.", least=least)


def _named(rows: pd.DataFrame, state: str, names: Mapping[str, str]) -> str:
    """How many sites are in a state, and which of them may be named."""
    if rows.empty:
        return ""
    told = sorted(names[one] for one in rows["site_id"] if one in names)
    listed = f" ({one_of(told)})" if told else ""
    return f"{say(MOVED[state], n=len(rows))}{listed}"

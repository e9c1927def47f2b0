"""What the movement of components says: which part goes first, and what small changes add up to."""

from __future__ import annotations

from typing import Any

import pandas as pd

from workbench.analysis.components import BESIDE_UNIT, CORE, NO_COMPONENT, ComponentMovement
from workbench.analysis.components_adaptations_findings import adaptations_finding
from workbench.analysis.components_words import BEST_PRACTICE, SETS, departure, points, slopes
from workbench.certainty import LOWER, certainty
from workbench.findings import Finding, not_estimable
from workbench.language import mark, say
from workbench.wording import count_of, number, one_of

FIRST = mark("Which part of practice goes first?")
TOGETHER = mark("What do small changes to the core of practice add up to?")
MOVEMENT = "tables/component_movement.parquet"
NO_CORE = mark("no component that was scored is marked as core in the instrument.")


def component_findings(result: ComponentMovement, smallest_change: float) -> list[Finding]:
    """Make the findings about components.

    Parameters
    ----------
    result
        The analysis.
    smallest_change
        The smallest change that matters, in points of fidelity a quarter.
    """
    core = result.together[result.together["what"] == CORE]
    sites = [
        _core(result, row, smallest_change)
        for row in core[core["scope"] == "site"].to_dict("records")
    ]
    network = core[core["scope"] == "network"].to_dict("records")
    whole = _core(result, network[0] if network else None, smallest_change)
    return [_first(result, smallest_change), whole, *sites, adaptations_finding(result)]


def _first(result: ComponentMovement, smallest_change: float) -> Finding:
    """Say which component falls beside the whole and by itself, before the others."""
    test, table = result.test, result.movement
    about: dict[str, Any] = {
        "evidence": MOVEMENT,
        "n": test.n,
        "n_practitioners": test.n_practitioners,
    }
    if test.reason:
        if len(table):
            about["n"] = int(table["n_observations"].max())
            about["n_practitioners"] = int(table["n_practitioners"].max())
        return not_estimable("components.first", say(FIRST), test.reason, **about)
    going = table[table["order_of_departure"].notna()].sort_values("order_of_departure")
    looks = int(table["p_adjusted"].notna().sum())
    if len(going):
        row = going.iloc[0]
        said = f"{_goes(row)} {_followers(going)}".rstrip()
        prompt = say(
            "Ask the teams about {component}: what is left out or cut short, since when, and what "
            "would protect it for the next 30 days?",
            component=row["component_title"],
        )
    else:
        row = table.sort_values("slope").iloc[0]
        said, prompt = f"{_none_goes(table, smallest_change)} {_lowest(row, looks)}", ""
    return Finding(
        id="components.first",
        question=say(FIRST),
        statement=said,
        estimate=float(row["slope"]),
        conf_low=float(row["slope_low"]),
        conf_high=float(row["slope_high"]),
        unit=BESIDE_UNIT,
        action_prompt=prompt,
        best_practice=say(BEST_PRACTICE) if prompt else "",
        evidence=MOVEMENT,
        n=int(row["n_observations"]),
        n_practitioners=int(row["n_practitioners"]),
    )


def _goes(row: pd.Series) -> str:
    return say(
        "{component} goes first. Beside the mean of all parts in the same observations it moves "
        "{slope} points a quarter (95% interval {ends}; {observations}). By itself it moves "
        "{own_slope} points a quarter ({own_ends}).",
        component=row["component_title"],
        **slopes(row),
    )


def _followers(going: pd.DataFrame) -> str:
    """Name the components that fall too, in the order in which they pass any mark."""
    others = going.iloc[1:]
    if others.empty:
        return ""
    named = [
        f"{row['component_title']} ({points(row, 'slope')})" for row in others.to_dict("records")
    ]
    return say("Then, by points a quarter beside the whole, {others}.", others=one_of(named))


def _none_goes(table: pd.DataFrame, smallest_change: float) -> str:
    near = (table["slope_low"] > -smallest_change) & (table["slope_high"] < smallest_change)
    tested = table["slope"].notna()
    if near[tested].all():
        return say(
            "No part of practice is seen to fall before the others: each moves with the whole to "
            "within {size} points a quarter.",
            size=number(smallest_change, 1),
        )
    return say(
        "There is not enough evidence to say that one part of practice goes before the others."
    )


def _lowest(row: pd.Series, looks: int) -> str:
    return say(
        "The lowest of {looks} is {component}, {slope} points a quarter beside the whole and "
        "{own_slope} by itself (95% intervals {ends} and {own_ends}; {observations}).",
        looks=looks,
        component=row["component_title"],
        **slopes(row),
    )


def _core(result: ComponentMovement, row: dict[Any, Any] | None, smallest_change: float) -> Finding:
    """Say what the departures of the core's components come to, for the network or a site."""
    if row is None:
        reason = say(NO_COMPONENT if result.movement.empty else NO_CORE)
        return not_estimable("components.core", say(TOGETHER), reason, evidence=SETS)
    about: dict[str, Any] = {
        "site_id": str(row["site_id"]),
        "evidence": SETS,
        "n": int(row["n_observations"]),
        "n_practitioners": int(row["n_practitioners"]),
    }
    if row["reason"]:
        return not_estimable("components.core", say(TOGETHER), str(row["reason"]), **about)
    sure = certainty(row["departure_low"], row["departure_high"])
    falls = sure.way == LOWER
    prompt = say(
        "Set the core of the model beside what teams do now, part by part: which small changes "
        "have become usual, who agreed to them, and which one is to be taken back first?"
    )
    said = [
        _taken_as_one(result, row, smallest_change),
        "" if sure.sure else say("No reliable movement of the core is seen."),
    ]
    return Finding(
        id="components.core",
        question=say(TOGETHER),
        statement=" ".join(filter(None, said)),
        estimate=float(row["departure"]),
        conf_low=float(row["departure_low"]),
        conf_high=float(row["departure_high"]),
        unit=say("points since {quarter}", quarter=row["since"]),
        certainty=str(sure),
        action_prompt=prompt if falls else "",
        best_practice=say(BEST_PRACTICE) if falls else "",
        **about,
    )


def _taken_as_one(result: ComponentMovement, row: dict[Any, Any], smallest_change: float) -> str:
    """Say how the core moved, and (of the network) how many parts are within tolerance alone."""
    core = result.movement[result.movement["core"]]
    known = core["within_tolerance"].dropna()
    moved = departure(row)
    if not row["site_id"] and len(known):
        whole = say(
            "Taken as one, the core moved {points} points since {quarter} (95% interval {ends}; "
            "{observations}).",
            **moved,
        )
        return f"{_tolerated(int(known.sum()), len(core), smallest_change)} {whole}"
    text = mark(
        "Taken as one, {components} moved {points} points since {quarter} (95% interval {ends}; "
        "{observations})."
    )
    if row["site_id"]:
        text = mark(
            "Taken as one, {components} of this site moved {points} points since {quarter} (95% "
            "interval {ends}; {observations})."
        )
    components = count_of(int(row["n_components"]), "core component")
    return say(text, components=components, **moved)


def _tolerated(alone: int, count: int, smallest_change: float) -> str:
    """Say how many core components move by less than matters."""
    text = mark(
        "By their estimates, {alone} of {components} each move by less than {size} points a "
        "quarter: each within tolerance alone, and easy to overlook."
    )
    if 1 in (alone, count):
        text = mark(
            "By their estimates, {alone} of {components} moves by less than {size} points a "
            "quarter: each within tolerance alone, and easy to overlook."
        )
    components = count_of(count, "core component")
    return say(text, alone=alone, components=components, size=number(smallest_change, 1))

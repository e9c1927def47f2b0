"""What the movement of components says: which part goes first, and what small changes add up to."""

from __future__ import annotations

from typing import Any

import pandas as pd

from workbench.analysis.components import (
    BESIDE_UNIT,
    CORE,
    NO_COMPONENT,
    TOUCHED,
    ComponentMovement,
)
from workbench.certainty import LOWER, certainty
from workbench.findings import Finding, not_estimable
from workbench.wording import count_of, interval, number, one_of

FIRST = "Which part of practice goes first?"
TOGETHER = "What do small changes to the core of practice add up to?"
LOGGED = "Which adaptations were noted, and what do the parts they touch add up to?"
MOVEMENT = "tables/component_movement.parquet"
SETS = "tables/components_together.parquet"
LOG = "tables/adaptations_by_component.parquet"
BEST_PRACTICE = (
    "Fidelity data are used for improvement, and findings lead to coaching and feedback."
)
NO_CORE = "no component that was scored is marked as core in the instrument."
ADDS = (
    "no log of adaptations was handed in. It would show how many small changes were made, to "
    "which component, and whether they add up."
)


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
    return [_first(result, smallest_change), whole, *sites, _adaptations(result)]


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
        return not_estimable("components.first", FIRST, test.reason, **about)
    going = table[table["order_of_departure"].notna()].sort_values("order_of_departure")
    looks = int(table["p_adjusted"].notna().sum())
    if len(going):
        row = going.iloc[0]
        title = str(row["component_title"])
        said = (
            f"{title} goes first. {_beside(row)} By itself it moves "
            f"{_points(row, 'own_slope')} points a quarter ({_between(row, 'own_slope')})."
            f"{_followers(going)}"
        )
        prompt = (
            f"Ask the teams about {title}: what is left out or cut short, since when, and what "
            "would protect it for the next 30 days?"
        )
    else:
        row = table.sort_values("slope").iloc[0]
        said, prompt = f"{_none_goes(table, smallest_change)} {_lowest(row, looks)}", ""
    return Finding(
        id="components.first",
        question=FIRST,
        statement=said,
        estimate=float(row["slope"]),
        conf_low=float(row["slope_low"]),
        conf_high=float(row["slope_high"]),
        unit=BESIDE_UNIT,
        action_prompt=prompt,
        best_practice=BEST_PRACTICE if prompt else "",
        evidence=MOVEMENT,
        n=int(row["n_observations"]),
        n_practitioners=int(row["n_practitioners"]),
    )


def _beside(row: pd.Series) -> str:
    return (
        "Beside the mean of all parts in the same observations it moves "
        f"{_points(row, 'slope')} points a quarter (95% interval {_between(row, 'slope')}; "
        f"{count_of(int(row['n_observations']), 'observation')})."
    )


def _followers(going: pd.DataFrame) -> str:
    """Name the components that fall too, in the order in which they pass any mark."""
    others = going.iloc[1:]
    if others.empty:
        return ""
    named = [
        f"{row['component_title']} ({_points(row, 'slope')})" for row in others.to_dict("records")
    ]
    return f" Then, by points a quarter beside the whole, {one_of(named)}."


def _none_goes(table: pd.DataFrame, smallest_change: float) -> str:
    near = (table["slope_low"] > -smallest_change) & (table["slope_high"] < smallest_change)
    tested = table["slope"].notna()
    if near[tested].all():
        return (
            "No part of practice is seen to fall before the others: each moves with the whole to "
            f"within {number(smallest_change, 1)} points a quarter."
        )
    return "There is not enough evidence to say that one part of practice goes before the others."


def _lowest(row: pd.Series, looks: int) -> str:
    return (
        f"The lowest of {looks} is {row['component_title']}, {_points(row, 'slope')} points a "
        f"quarter beside the whole and {_points(row, 'own_slope')} by itself (95% intervals "
        f"{_between(row, 'slope')} and {_between(row, 'own_slope')}; "
        f"{count_of(int(row['n_observations']), 'observation')})."
    )


def _core(result: ComponentMovement, row: dict[Any, Any] | None, smallest_change: float) -> Finding:
    """Say what the departures of the core's components come to, for the network or a site."""
    if row is None:
        reason = NO_COMPONENT if result.movement.empty else NO_CORE
        return not_estimable("components.core", TOGETHER, reason, evidence=SETS)
    about: dict[str, Any] = {
        "site_id": str(row["site_id"]),
        "evidence": SETS,
        "n": int(row["n_observations"]),
        "n_practitioners": int(row["n_practitioners"]),
    }
    if row["reason"]:
        return not_estimable("components.core", TOGETHER, str(row["reason"]), **about)
    sure = certainty(row["departure_low"], row["departure_high"])
    falls = sure.way == LOWER
    prompt = (
        "Set the core of the model beside what teams do now, part by part: which small changes "
        "have become usual, who agreed to them, and which one is to be taken back first?"
    )
    return Finding(
        id="components.core",
        question=TOGETHER,
        statement=f"{_tolerated(result, row, smallest_change)} moved "
        f"{_points(row, 'departure')} points since {row['since']} (95% interval "
        f"{_between(row, 'departure')}; {count_of(about['n'], 'observation')})."
        f"{'' if _is_clear(row) else ' No reliable movement of the core is seen.'}",
        estimate=float(row["departure"]),
        conf_low=float(row["departure_low"]),
        conf_high=float(row["departure_high"]),
        unit=f"points since {row['since']}",
        certainty=str(sure),
        action_prompt=prompt if falls else "",
        best_practice=BEST_PRACTICE if falls else "",
        **about,
    )


def _tolerated(result: ComponentMovement, row: dict[Any, Any], smallest_change: float) -> str:
    """Say how many core components are within tolerance alone (the network's), and lead on."""
    core = result.movement[result.movement["core"]]
    known = core["within_tolerance"].dropna()
    if row["site_id"] or known.empty:
        count = count_of(int(row["n_components"]), "core component")
        return f"Taken as one, {count}{' of this site' if row['site_id'] else ''}"
    size = f"{number(smallest_change, 1)} points a quarter"
    alone = f"{int(known.sum())} of {count_of(len(core), 'core component')}"
    verb = "moves" if len(core) == 1 or known.sum() == 1 else "each move"
    return (
        f"By their estimates, {alone} {verb} by less than {size}: each within tolerance alone, "
        "and easy to overlook. Taken as one, the core"
    )


def _adaptations(result: ComponentMovement) -> Finding:
    """Say how many adaptations were noted, and how the components they touch have moved."""
    log = result.adaptations
    if log is None:
        return not_estimable("components.adaptations", LOGGED, ADDS, evidence=SETS)
    about: dict[str, Any] = {"evidence": LOG, "n": log.n, "n_of": "adaptations"}
    about["n_practitioners"] = log.n_practitioners
    if not log.n:
        reason = f"no log was handed in, or it holds nothing noted up to {result.quarter}."
        return not_estimable("components.adaptations", LOGGED, reason, **about)
    rows = result.together[
        (result.together["what"] == TOUCHED) & (result.together["scope"] == "network")
    ]
    counts = log.by_component[log.by_component["scope"] == "network"]
    estimate: dict[str, Any] = {}
    moved = " How the parts that they touch have moved can't be said from these data."
    if len(rows) and not rows.iloc[0]["reason"]:
        row = rows.iloc[0]
        moved = (
            f" The {count_of(int(row['n_components']), 'component')} that they touch moved "
            f"{_points(row, 'departure')} points as one since {row['since']} (95% interval "
            f"{_between(row, 'departure')}; {count_of(int(row['n_observations']), 'observation')})."
        )
        estimate = {
            "estimate": float(row["departure"]),
            "conf_low": float(row["departure_low"]),
            "conf_high": float(row["departure_high"]),
            "unit": f"points since {row['since']}",
        }
    return Finding(
        id="components.adaptations",
        question=LOGGED,
        statement=f"{_noted(counts, log.n, log.since)}{moved}{_most(result, counts)}",
        action_prompt=_agree(counts),
        best_practice=BEST_PRACTICE if _agree(counts) else "",
        **estimate,
        **about,
    )


def _noted(counts: pd.DataFrame, n: int, since: str) -> str:
    total = counts[["planned", "not_planned", "consistent", "not_consistent", "unsure"]].sum()
    lasting = int(counts["permanent"].sum())
    return (
        f"{count_of(n, 'adaptation')} {'was' if n == 1 else 'were'} noted since {since}: "
        f"{total['planned']} planned, {total['not_planned']} not planned; "
        f"{total['consistent']} marked as consistent with the model, {total['not_consistent']} as "
        f"not consistent, {total['unsure']} as unsure. In {count_of(lasting, 'case')} a change was "
        "noted again on the same part in a later quarter, which is all that the log tells about "
        "whether changes stay."
    )


def _most(result: ComponentMovement, counts: pd.DataFrame) -> str:
    """Set the component with the most notes beside its slope; no link is claimed."""
    known = result.movement.set_index("component")
    unscored = counts.loc[~counts["component"].isin(known.index), "n_adaptations"].sum()
    left = "is" if unscored == 1 else "are"
    rest = f" {unscored} of the notes {left} on parts that are not scored." if unscored else ""
    known = known[known["own_slope"].notna()]
    counted = counts[counts["component"].isin(known.index)]
    if counted.empty:
        return rest
    top = counted.sort_values("n_adaptations", ascending=False, kind="stable").iloc[0]
    row = known.loc[top["component"]]
    return (
        f" Most notes are on {row['component_title']} ({int(top['n_adaptations'])}), which moves "
        f"{_points(row, 'own_slope')} points a quarter (95% interval {_between(row, 'own_slope')})."
        f"{rest}"
    )


def _agree(counts: pd.DataFrame) -> str:
    if not (counts["not_planned"].sum() or counts["not_consistent"].sum()):
        return ""
    return (
        "Go through the changes that were not planned or not consistent with those who made them: "
        "which are to be agreed, which taken back, and by when?"
    )


def _is_clear(row: dict[Any, Any]) -> bool:
    return certainty(row["departure_low"], row["departure_high"]).sure


def _points(row: Any, name: str) -> str:
    return number(float(row[name]), 1, signed=True)


def _between(row: Any, name: str) -> str:
    low, high = float(row[f"{name}_low"]), float(row[f"{name}_high"])
    return interval(low, high, 1, signed=True, beside=(0,))

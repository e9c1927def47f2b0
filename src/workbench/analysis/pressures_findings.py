"""What fidelity goes with in working conditions, as a finding."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from workbench.analysis.pressures_rows import PRESSURES
from workbench.findings import Finding, not_estimable
from workbench.wording import count_of, interval, number, one_of

ID, QUESTION = "reinforcement.pressures", "Which pressures at work go with fidelity?"
COLLIDING = 5.0
"""Variance inflation factor above which pressures move together too much to be told apart."""
MORE = {one.name: one.more for one in PRESSURES}
BEST_PRACTICE = "Caseloads, posts and paperwork leave time for the practice that was trained."


def pressures_finding(
    table: pd.DataFrame, moves_with: Mapping[str, str], reason: str = ""
) -> Finding:
    """Say which pressures fidelity goes with, or that none could be shown, and how they collide."""
    tested = table[table["p_value"].notna()]
    largest = tested if len(tested) else table
    about: dict[str, Any] = {
        "n": int(largest["n_observations"].max()) if len(largest) else 0,
        "n_practitioners": int(largest["n_practitioners"].max()) if len(largest) else 0,
        "evidence": "tables/pressures.parquet",
    }
    if reason or tested.empty:
        return not_estimable(ID, QUESTION, reason or _reasons(table), **about)
    ordered = tested.sort_values("p_value", kind="stable")
    shown = ordered[ordered["shown"].astype(bool)]
    first = ordered.iloc[0]
    parts = [_lead(ordered, shown), _together(ordered, moves_with), _not_told(table)]
    parts.append(
        "All of this is association, above what is usual for the same practitioner or site; what "
        "else changed at the same time is not known."
    )
    lower = shown[shown["within"] < 0]
    prompt = (
        f"Where {str(lower.iloc[0]['title']).lower()} stands above its usual, agree what can be "
        "taken off or covered until it is back."
        if len(lower)
        else ""
    )
    return Finding(
        id=ID,
        question=QUESTION,
        statement=" ".join(part for part in parts if part),
        estimate=float(first["within"]),
        conf_low=float(first["within_low"]),
        conf_high=float(first["within_high"]),
        unit=f"points of fidelity for {MORE[first['name']]} ({str(first['title']).lower()})",
        action_prompt=prompt,
        best_practice=BEST_PRACTICE if prompt else "",
        **about,
    )


def _lead(ordered: pd.DataFrame, shown: pd.DataFrame) -> str:
    looked = count_of(len(ordered), "pressure")
    if shown.empty:
        first = ordered.iloc[0]
        return (
            f"No tie between fidelity and a pressure could be shown: of {looked} looked at, none "
            f"is sure when all of them are allowed for. The nearest is {_size(first)}."
        )
    parts = [f"Of {looked} looked at, {len(shown)} could be shown to go with fidelity."]
    for rows, side in (
        (shown[shown["within"] < 0], "lower"),
        (shown[shown["within"] >= 0], "higher"),
    ):
        if len(rows):
            listed = "; ".join(_size(row) for row in rows.to_dict("records"))
            parts.append(f"With {side} fidelity: {listed}.")
    return " ".join(parts)


def _size(row: Any) -> str:
    return (
        f"{str(row['title']).lower()}, {number(row['within'], 1, signed=True)} points (95% "
        f"interval {interval(row['within_low'], row['within_high'], 1, signed=True)}) for "
        f"{MORE[row['name']]}"
    )


def _together(tested: pd.DataFrame, moves_with: Mapping[str, str]) -> str:
    """Say which pressures move together so much that they can't be told apart."""
    if tested["vif"].notna().sum() < 2:
        return ""
    colliding = tested[tested["vif"] > COLLIDING]
    if colliding.empty:
        most = number(float(tested["vif"].max()), 1)
        return f"They can be told apart (variance inflation at most {most})."
    titles = tested.set_index("name")["title"].str.lower()
    said, named = [], set()
    for row in colliding.to_dict("records"):
        other = moves_with.get(row["name"], "")
        pair = frozenset([row["name"], other])
        if other in titles.index and pair not in named:
            named.add(pair)
            said.append(
                f"{row['title']!s} and {titles[other]} move together (variance inflation "
                f"{number(row['vif'], 1)}), so that what goes with one can't be told from what "
                "goes with the other."
            )
    return " ".join(said)


def _not_told(table: pd.DataFrame) -> str:
    left = table.loc[table["p_value"].isna(), "title"].str.lower()
    if left.empty:
        return ""
    return f"Nothing can be said of change in {one_of(list(left))}."


def _reasons(table: pd.DataFrame) -> str:
    """Give the first reason with the pressure it is about."""
    if table.empty:
        return "no pressure is known."
    row = table.iloc[0]
    return f"{str(row['title']).lower()}: {row['reason']}"

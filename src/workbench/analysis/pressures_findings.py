"""What fidelity goes with in working conditions, as a finding."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from workbench.analysis.pressures_rows import PRESSURES
from workbench.findings import Finding, not_estimable
from workbench.language import mark, say
from workbench.wording import count_of, interval, number, one_of

ID, QUESTION = "reinforcement.pressures", mark("Which pressures at work go with fidelity?")
COLLIDING = 5.0
"""Variance inflation factor above which pressures move together too much to be told apart."""
MORE = {one.name: one.more for one in PRESSURES}
BEST_PRACTICE = mark("Caseloads, posts and paperwork leave time for the practice that was trained.")


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
        return not_estimable(ID, say(QUESTION), reason or _reasons(table), **about)
    ordered = tested.sort_values("p_value", kind="stable")
    shown = ordered[ordered["shown"].astype(bool)]
    first = ordered.iloc[0]
    parts = [_lead(ordered, shown), _together(ordered, moves_with), _not_told(table)]
    parts.append(
        say(
            "All of this is association, above what is usual for the same practitioner or site; "
            "what else changed at the same time is not known."
        )
    )
    lower = shown[shown["within"] < 0]
    prompt = (
        say(
            "Where {pressure} stands above its usual, agree what can be taken off or covered until "
            "it is back.",
            pressure=_title(lower.iloc[0]),
        )
        if len(lower)
        else ""
    )
    return Finding(
        id=ID,
        question=say(QUESTION),
        statement=" ".join(part for part in parts if part),
        estimate=float(first["within"]),
        conf_low=float(first["within_low"]),
        conf_high=float(first["within_high"]),
        unit=say(
            "points of fidelity for {more} ({pressure})",
            more=say(MORE[first["name"]]),
            pressure=_title(first),
        ),
        action_prompt=prompt,
        best_practice=say(BEST_PRACTICE) if prompt else "",
        **about,
    )


def _lead(ordered: pd.DataFrame, shown: pd.DataFrame) -> str:
    looked = count_of(len(ordered), "pressure")
    if shown.empty:
        first = ordered.iloc[0]
        return say(
            "No tie between fidelity and a pressure could be shown: of {looked} looked at, none is "
            "sure when all of them are allowed for. The nearest is {nearest}.",
            looked=looked,
            nearest=_size(first),
        )
    parts = [
        say(
            "Of {looked} looked at, {shown} could be shown to go with fidelity.",
            looked=looked,
            shown=len(shown),
        )
    ]
    lower, higher = shown[shown["within"] < 0], shown[shown["within"] >= 0]
    if len(lower):
        parts.append(say("With lower fidelity: {pressures}.", pressures=_sizes(lower)))
    if len(higher):
        parts.append(say("With higher fidelity: {pressures}.", pressures=_sizes(higher)))
    return " ".join(parts)


def _title(row: Any) -> str:
    return say(str(row["title"])).lower()


def _sizes(rows: pd.DataFrame) -> str:
    return "; ".join(_size(row) for row in rows.to_dict("records"))


def _size(row: Any) -> str:
    return say(
        "{pressure}, {points} points (95% interval {interval}) for {more}",
        pressure=_title(row),
        points=number(row["within"], 1, signed=True),
        interval=interval(row["within_low"], row["within_high"], 1, signed=True),
        more=say(MORE[row["name"]]),
    )


def _together(tested: pd.DataFrame, moves_with: Mapping[str, str]) -> str:
    """Say which pressures move together so much that they can't be told apart."""
    if tested["vif"].notna().sum() < 2:
        return ""
    colliding = tested[tested["vif"] > COLLIDING]
    if colliding.empty:
        most = number(float(tested["vif"].max()), 1)
        return say("They can be told apart (variance inflation at most {most}).", most=most)
    titles = {row["name"]: _title(row) for row in tested.to_dict("records")}
    said, named = [], set()
    for row in colliding.to_dict("records"):
        other = moves_with.get(row["name"], "")
        pair = frozenset([row["name"], other])
        if other in titles and pair not in named:
            named.add(pair)
            said.append(
                say(
                    "{pressure} and {other} move together (variance inflation {inflation}), so "
                    "that what goes with one can't be told from what goes with the other.",
                    pressure=say(str(row["title"])),
                    other=titles[other],
                    inflation=number(row["vif"], 1),
                )
            )
    return " ".join(said)


def _not_told(table: pd.DataFrame) -> str:
    left = [_title(row) for row in table[table["p_value"].isna()].to_dict("records")]
    return (
        say("Nothing can be said of change in {pressures}.", pressures=one_of(left)) if left else ""
    )


def _reasons(table: pd.DataFrame) -> str:
    """Give the first reason with the pressure it is about."""
    if table.empty:
        return say("no pressure is known.")
    row = table.iloc[0]
    return f"{_title(row)}: {row['reason']}"

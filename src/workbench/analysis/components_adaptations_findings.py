"""What the log of adaptations says, and how the parts of practice that it touches have moved."""

from __future__ import annotations

from typing import Any

import pandas as pd

from workbench.analysis.components import TOUCHED, ComponentMovement
from workbench.analysis.components_words import BEST_PRACTICE, SETS, between, departure, points
from workbench.findings import Finding, not_estimable
from workbench.language import mark, say
from workbench.wording import count_of

LOGGED = mark("Which adaptations were noted, and what do the parts they touch add up to?")
LOG = "tables/adaptations_by_component.parquet"
ADDS = mark(
    "no log of adaptations was handed in. It would show how many small changes were made, to "
    "which component, and whether they add up."
)


def adaptations_finding(result: ComponentMovement) -> Finding:
    """Say how many adaptations were noted, and how the components they touch have moved."""
    log = result.adaptations
    if log is None:
        return not_estimable("components.adaptations", say(LOGGED), say(ADDS), evidence=SETS)
    about: dict[str, Any] = {"evidence": LOG, "n": log.n, "n_of": mark("adaptations")}
    about["n_practitioners"] = log.n_practitioners
    if not log.n:
        reason = say(
            "no log was handed in, or it holds nothing noted up to {quarter}.",
            quarter=result.quarter,
        )
        return not_estimable("components.adaptations", say(LOGGED), reason, **about)
    rows = result.together[
        (result.together["what"] == TOUCHED) & (result.together["scope"] == "network")
    ]
    counts = log.by_component[log.by_component["scope"] == "network"]
    estimate: dict[str, Any] = {}
    moved = say("How the parts that they touch have moved can't be said from these data.")
    if len(rows) and not rows.iloc[0]["reason"]:
        row = rows.iloc[0]
        moved = say(
            "The {components} that they touch moved {points} points as one since {quarter} (95% "
            "interval {ends}; {observations}).",
            components=count_of(int(row["n_components"]), "component"),
            **departure(row),
        )
        estimate = {
            "estimate": float(row["departure"]),
            "conf_low": float(row["departure_low"]),
            "conf_high": float(row["departure_high"]),
            "unit": say("points since {quarter}", quarter=row["since"]),
        }
    said = [_noted(counts, log.n, log.since), moved, *_most(result, counts)]
    return Finding(
        id="components.adaptations",
        question=say(LOGGED),
        statement=" ".join(said),
        action_prompt=_agree(counts),
        best_practice=say(BEST_PRACTICE) if _agree(counts) else "",
        **estimate,
        **about,
    )


def _noted(counts: pd.DataFrame, n: int, since: str) -> str:
    total = counts[["planned", "not_planned", "consistent", "not_consistent", "unsure"]].sum()
    lasting = int(counts["permanent"].sum())
    return say(
        "{noted} since {quarter}: {planned} planned, {not_planned} not planned; {consistent} "
        "marked as consistent with the model, {not_consistent} as not consistent, {unsure} as "
        "unsure. In {cases} a change was noted again on the same part in a later quarter, which is "
        "all that the log tells about whether changes stay.",
        noted=count_of(n, "adaptation was noted", "adaptations were noted"),
        quarter=since,
        cases=count_of(lasting, "case"),
        **{str(name): count for name, count in total.items()},
    )


def _most(result: ComponentMovement, counts: pd.DataFrame) -> list[str]:
    """Set the component with the most notes beside its slope; no link is claimed."""
    known = result.movement.set_index("component")
    unscored = counts.loc[~counts["component"].isin(known.index), "n_adaptations"].sum()
    rest = []
    if unscored == 1:
        rest = [say("1 of the notes is on parts that are not scored.")]
    elif unscored:
        rest = [say("{n} of the notes are on parts that are not scored.", n=unscored)]
    known = known[known["own_slope"].notna()]
    counted = counts[counts["component"].isin(known.index)]
    if counted.empty:
        return rest
    top = counted.sort_values("n_adaptations", ascending=False, kind="stable").iloc[0]
    row = known.loc[top["component"]]
    most = say(
        "Most notes are on {component} ({notes}), which moves {points} points a quarter (95% "
        "interval {ends}).",
        component=row["component_title"],
        notes=int(top["n_adaptations"]),
        points=points(row, "own_slope"),
        ends=between(row, "own_slope"),
    )
    return [most, *rest]


def _agree(counts: pd.DataFrame) -> str:
    if not (counts["not_planned"].sum() or counts["not_consistent"].sum()):
        return ""
    return say(
        "Go through the changes that were not planned or not consistent with those who made them: "
        "which are to be agreed, which taken back, and by when?"
    )

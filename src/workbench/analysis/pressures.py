"""What fidelity goes with in the conditions under which people work.

Caseload, span, documentation, vacancies, turnover, productivity and crises, each split (Mundlak
1978): how far it stands above what is usual for the practitioner, or for the site where the row is
about a site (within: does practice move when the pressure moves), and what is usual (between: do
those with more of it stand elsewhere, which they may for other reasons). Each is looked at alone
and all together, on the level of fidelity and on its course.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from workbench.analysis.pressures_findings import pressures_finding
from workbench.analysis.pressures_models import all_together, one_at_a_time
from workbench.analysis.pressures_rows import (
    PRESSURES,
    Pressure,
    attached,
    too_few,
    with_every_pressure,
    with_one_pressure,
)
from workbench.findings import Finding
from workbench.language import say
from workbench.models.multiple_tests import holm
from workbench.shown import Shown
from workbench.wording import one_of

ERROR_RATE = 0.05
"""Chance that a network in which no pressure counts has any shown."""
LEAST_KNOWN_TOGETHER = 0.5
"""Share of the observations in which all pressures of the joint model must be known."""
COLUMNS = [
    "name",
    "title",
    "unit",
    "step",
    "within",
    "within_low",
    "within_high",
    "between",
    "between_low",
    "between_high",
    "on_slope",
    "on_slope_low",
    "on_slope_high",
    "joint_within",
    "joint_low",
    "joint_high",
    "vif",
    "p_value",
    "p_adjusted",
    "shown",
    "n_observations",
    "n_practitioners",
    "n_sites",
    "reason",
]
NUMBERS = COLUMNS[4:19]


@dataclass(frozen=True)
class Pressures(Shown):
    """What goes with pressures at work.

    Attributes
    ----------
    pressures
        One row a pressure handed in: points of fidelity for ``step`` units more, within and
        between; ``on_slope``, points a quarter for a usual value ``step`` units higher;
        ``joint_within`` when all are allowed for, with ``vif``; ``p_value`` is of ``within``,
        adjusted over the pressures. ``reason`` says why a number is missing.
    moves_with
        Pressure to the other that it is most alike within practitioners and sites.
    reason
        Why there is no row; empty if there is one.
    """

    pressures: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=COLUMNS))
    moves_with: dict[str, str] = field(default_factory=dict)
    reason: str = ""

    def tables(self) -> dict[str, pd.DataFrame]:
        """Evidence tables by name."""
        return {"pressures": self.pressures}

    def findings(self) -> list[Finding]:
        """Say what goes with pressures, and which can't be told apart."""
        return [pressures_finding(self.pressures, self.moves_with, self.reason)]


def pressures(by_observation: pd.DataFrame, work_conditions: pd.DataFrame) -> Pressures:
    """Set fidelity beside the conditions of its day.

    Parameters
    ----------
    by_observation
        One row an observation: ``fidelity, observed_on, quarter, quarters, rater_role, rater_id,
        practitioner_id, site_id, weight``.
    work_conditions
        Accepted rows: ``practitioner_id`` or ``site_id``, ``period_start`` and any of the
        pressures. Without columns if the table was not handed in.
    """
    given = [one for one in PRESSURES if _known(work_conditions, one.name)]
    reason = _lacking(by_observation, work_conditions, given)
    if reason:
        return Pressures(reason=reason)
    frame = attached(by_observation, work_conditions)
    table = pd.DataFrame([_row(frame, one) for one in given])
    moving = set(table.loc[table["within"].notna(), "name"])
    able = [one for one in given if one.name in moving]
    together, said = _together(frame, able)
    table = table.drop(columns=["joint_within", "joint_low", "joint_high", "vif"])
    table = table.merge(together, on="name", how="left")
    tested = table["within"].notna()
    table["reason"] = table["reason"].mask(tested & (table["reason"] == ""), said)
    table["p_adjusted"] = holm(table["p_value"])
    table["shown"] = table["p_adjusted"] < ERROR_RATE
    moves_with: dict[str, str] = {}
    if "moves_with" in together:
        moves_with = dict(zip(together["name"], together["moves_with"], strict=True))
    return Pressures(
        table.reindex(columns=COLUMNS).astype(dict.fromkeys(NUMBERS, float)), moves_with
    )


def _known(work_conditions: pd.DataFrame, name: str) -> bool:
    return name in work_conditions.columns and bool(work_conditions[name].notna().any())


def _lacking(
    by_observation: pd.DataFrame, work_conditions: pd.DataFrame, given: list[Pressure]
) -> str:
    """Which table or column is not there; empty if all are."""
    if work_conditions.empty:
        return say("no table of working conditions was handed in.")
    if by_observation.empty:
        return say("there are no observations.")
    if "period_start" not in work_conditions.columns:
        return say("the table of working conditions has no period_start.")
    if not given:
        named = one_of([say(one.title).lower() for one in PRESSURES])
        return say("the table of working conditions tells none of {pressures}.", pressures=named)
    if (by_observation["weight"] != 1).any():
        return say(
            "fidelity is a share of counts here, and pressures are looked at for scores only."
        )
    return ""


def _row(frame: pd.DataFrame, pressure: Pressure) -> dict[str, object]:
    pressed = with_one_pressure(frame, pressure)
    nothing, not_within = too_few(pressed, pressure)
    row: dict[str, object] = {
        **dict.fromkeys(COLUMNS, np.nan),
        "name": pressure.name,
        "title": pressure.title,
        "unit": pressure.unit,
        "step": pressure.step,
        "n_observations": len(pressed.frame),
        "n_practitioners": pressed.frame["practitioner_id"].nunique(),
        "n_sites": pressed.frame["site_id"].nunique(),
        "reason": nothing or not_within,
    }
    if nothing:
        return row
    return {**row, **one_at_a_time(pressed.frame, pressed.of_site, not not_within)}


def _together(frame: pd.DataFrame, able: list[Pressure]) -> tuple[pd.DataFrame, str]:
    """All pressures that move in one model; or why there is none."""
    nothing = pd.DataFrame(columns=["name", "joint_within", "joint_low", "joint_high", "vif"])
    if len(able) < 2:
        return nothing, ""
    known = with_every_pressure(frame, able)
    if len(known) < LEAST_KNOWN_TOGETHER * len(frame):
        return nothing, say(
            "all pressures are known together in {known} of {all} observations, too few to look at "
            "them jointly.",
            known=len(known),
            all=len(frame),
        )
    found = all_together(known, [one.name for one in able])
    if len(found):
        return found, ""
    return found, say("the model of all pressures together can't be used.")

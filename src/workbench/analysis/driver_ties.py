"""Which drivers go with fidelity in the quarters after they were assessed.

A driver's score of a site at an assessment is set beside the fidelity observed at that site in the
quarters that follow, by a mixed model. The score is split (Mundlak 1978): how far it stands above
the site's own mean (within: does practice move when the driver moves), and that mean (between: do
sites with more of it stand higher, which they may for other reasons). Only the first is called a
tie.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.analysis.driver_ties_counts import tie_of_counts
from workbench.analysis.driver_ties_design import Linked, link_to_fidelity, too_few
from workbench.analysis.driver_ties_findings import ties_finding
from workbench.analysis.driver_ties_models import tie_of_scores
from workbench.certainty import HIGHER, certainty
from workbench.findings import Finding
from workbench.models.multiple_tests import holm
from workbench.shown import Shown

__all__ = ["COLUMNS", "DriverTies", "driver_ties", "link_to_fidelity"]

ERROR_RATE = 0.05
"""Chance that a network in which no driver is tied to fidelity has any called tied."""
QUARTERS_AFTER = 2
POINTS = 10.0
COLUMNS = [
    "name",
    "title",
    "within",
    "within_low",
    "within_high",
    "between",
    "between_low",
    "between_high",
    "p_value",
    "p_adjusted",
    "tied",
    "n_assessments",
    "n_observations",
    "n_sites",
    "n_practitioners",
    "model",
    "reason",
]
NUMBERS = COLUMNS[2:9]


@dataclass(frozen=True)
class DriverTies(Shown):
    """What drivers go with, in the quarters after an assessment.

    Attributes
    ----------
    driver_ties
        One row a driver; see ``COLUMNS``. ``within`` and ``between`` are points of fidelity for
        ``points`` more of the driver, with 95% intervals; ``p_value`` is of ``within``,
        ``p_adjusted`` Holm's over the drivers, and ``tied`` whether it leaves chance out and is
        above zero. ``reason`` says why a number is missing, or what was left out.
    quarters_after, points
        How many quarters an assessment reaches, and for how many points of a driver ties are told.
    """

    driver_ties: pd.DataFrame
    quarters_after: int = QUARTERS_AFTER
    points: float = POINTS

    def tables(self) -> dict[str, pd.DataFrame]:
        """Evidence tables by name."""
        return {"driver_ties": self.driver_ties}

    def findings(self) -> list[Finding]:
        """Say which drivers go with fidelity, and which can't be said to."""
        return [ties_finding(self.driver_ties, self.points, self.quarters_after)]


def driver_ties(
    scores_by_assessment: pd.DataFrame,
    by_observation: pd.DataFrame,
    quarters_after: int = QUARTERS_AFTER,
    points: float = POINTS,
    same_quarter: bool = False,
) -> DriverTies:
    """Seek ties between drivers and the fidelity that follows.

    Parameters
    ----------
    scores_by_assessment
        One row a site, assessment and driver: ``site_id, assessed_quarter`` (label), ``name,
        title, score`` (percent; a missing score is left out and counted).
    by_observation
        One row an observation: ``fidelity, quarter, quarters, rater_role, rater_id,
        practitioner_id, site_id, weight``. Where weights differ, fidelity is a share of counts
        with the weight as denominator, and the model is binomial.
    quarters_after
        An observation belongs to the latest assessment in so many quarters before its own.
    points
        Points of a driver for which ties are told.
    same_quarter
        Whether the assessment of an observation's own quarter is meant and not an earlier one.
        For drivers recorded in every period, where there is no before and after.
    """
    titles = scores_by_assessment.groupby("name", sort=True)["title"].first()
    is_counts = len(by_observation) > 0 and bool((by_observation["weight"] != 1).any())
    rows = []
    for name, title in titles.items():
        mine = scores_by_assessment[scores_by_assessment["name"] == name]
        reach = (0, 0) if same_quarter else (1, quarters_after)
        linked = link_to_fidelity(mine, by_observation, reach, points)
        rows.append(_row(str(name), str(title), linked, is_counts))
    table = pd.DataFrame(rows, columns=COLUMNS)
    table["p_adjusted"] = holm(table["p_value"])
    table["tied"] = is_tied(table)
    return DriverTies(table, 0 if same_quarter else quarters_after, points)


def is_tied(table: pd.DataFrame) -> np.ndarray:
    """Whether each driver goes with higher fidelity: surely, and when all are allowed for."""
    ends = zip(table["within_low"], table["within_high"], strict=True)
    sure = [certainty(low, high).way == HIGHER for low, high in ends]
    return (table["p_adjusted"].to_numpy(float) < ERROR_RATE) & np.array(sure, dtype=bool)


def _row(name: str, title: str, linked: Linked, is_counts: bool) -> dict[str, object]:
    frame = linked.frame
    row: dict[str, object] = {
        **dict.fromkeys(COLUMNS, np.nan),
        "name": name,
        "title": title,
        "n_assessments": linked.n_assessments,
        "n_observations": len(frame),
        "n_sites": frame["site_id"].nunique(),
        "n_practitioners": frame["practitioner_id"].nunique(),
        "model": "",
        "reason": too_few(linked),
    }
    if row["reason"]:
        return row
    found = tie_of_counts(frame) if is_counts else tie_of_scores(frame)
    said = " ".join(part for part in (found.reason, linked.left_out) if part)
    return {**row, **found.numbers, "model": found.model, "reason": said}

"""Whether measures of outcome go with the fidelity of the quarter before.

A measure is of practitioners, sites or plans. It is set beside fidelity of the practitioner, of the
site (the mean of its practitioners), or of the practitioner who works on the plan, within those and
between them (`lagged_fidelity`). Only what moves within is called a link. What comes before is not
yet what brings about.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from workbench.analysis.lagged_fidelity import (
    LAG,
    TIE_COLUMNS,
    Reliability,
    Told,
    by_practitioner,
    lacking,
    linear_tie,
    link,
    random_parts,
    reliability,
)
from workbench.analysis.outcome_links_findings import outcome_finding
from workbench.analysis.outcome_links_rows import (
    PLAN,
    PRACTITIONER,
    SITE,
    fidelity_of,
    measures,
    with_groups,
)
from workbench.findings import Finding
from workbench.language import mark, say
from workbench.models.multiple_tests import holm
from workbench.shown import Shown

ERROR_RATE = 0.05
"""Chance that a network in which no measure goes with fidelity has any link shown."""
MOST_MEASURES = 8
"""Measures that are looked at: the more looks, the less any can show."""
FEWEST = {PRACTITIONER: 20, SITE: 8, PLAN: 20}
"""Of whose fidelity it is, with periods enough, for a measure to be looked at."""
FEWEST_PERIODS = 3
COLUMNS = [
    "measure",
    "subject",
    "lag",
    *TIE_COLUMNS,
]
NUMBERS = [*COLUMNS[3:9], "p_value", "p_adjusted", "n_plans"]
UNIT = mark("units of the measure for 10 points of fidelity")
"""With ``STEP`` written out, as it stands in a catalogue."""


@dataclass(frozen=True)
class OutcomeLinks(Shown):
    """Which measures go with fidelity of the quarter before.

    Attributes
    ----------
    outcome_links
        One row a measure and kind of subject: see ``COLUMNS``. ``within`` and ``between`` are in
        the measure's own unit for 10 points of fidelity, with 95% intervals; ``p_value`` is of
        ``within``, ``p_adjusted`` Holm's over the measures, and ``shown`` whether it leaves chance
        out. ``reason`` says why a number is missing.
    reliability
        How much of the spread of practitioners' quarterly fidelity is no error of measurement.
    models
        Measure and subject to the model that was used, as lme4 writes it.
    reason
        Why there is no row; empty if there is one.
    """

    outcome_links: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=COLUMNS))
    reliability: Reliability = field(default_factory=Reliability)
    models: dict[tuple[str, str], str] = field(default_factory=dict)
    reason: str = ""

    def tables(self) -> dict[str, pd.DataFrame]:
        """Evidence tables by name."""
        return {"outcome_links": self.outcome_links}

    def findings(self) -> list[Finding]:
        """Say which measures go with fidelity, and which can't be said to."""
        return [outcome_finding(self.outcome_links, self.reliability, self.reason)]


def outcome_links(
    outcomes: pd.DataFrame, by_observation: pd.DataFrame, by_plan: pd.DataFrame, quarter: str
) -> OutcomeLinks:
    """Set measures of outcome beside fidelity of the quarter before.

    Parameters
    ----------
    outcomes
        One row a measure, subject and period: ``subject, subject_id, measure, value, quarter`` (of
        the period's first day). Without columns if none was handed in.
    by_observation
        One row an observation: ``practitioner_id, site_id, quarter, quarters, rater_role,
        fidelity, weight``.
    by_plan
        ``plan_id, practitioner_id, site_id`` of each plan; may be empty.
    quarter
        Label of the quarter of the report; later rows are left out.
    """
    if outcomes.empty:
        return OutcomeLinks(reason=say("no measures of outcome were handed in."))
    seen = outcomes[(outcomes["quarter"].astype("str") <= quarter) & outcomes["value"].notna()]
    if seen.empty:
        return OutcomeLinks(reason=say("no measure of outcome has a value."))
    cells = by_practitioner(by_observation, quarter)
    if cells.empty:
        return OutcomeLinks(reason=say("no observation of fidelity can be used."))
    rows, models = [], {}
    for place, (subject, measure, frame) in enumerate(measures(seen)):
        row, told = _row(subject, measure, frame, cells, by_plan, place < MOST_MEASURES)
        rows.append(row)
        models[measure, subject] = told.model
    table = pd.DataFrame(rows, columns=COLUMNS)
    table["p_adjusted"] = holm(table["p_value"])
    table["shown"] = table["p_adjusted"] < ERROR_RATE
    return OutcomeLinks(
        table.astype(dict.fromkeys(NUMBERS, float)),
        reliability(cells),
        {key: model for key, model in models.items() if model},
    )


def _row(
    subject: str,
    measure: str,
    rows: pd.DataFrame,
    cells: pd.DataFrame,
    by_plan: pd.DataFrame,
    looked_at: bool,
) -> tuple[dict[str, object], Told]:
    of, fidelity = fidelity_of(subject, cells)
    frame = link(with_groups(subject, rows, cells, by_plan), fidelity, of).frame
    if not looked_at:
        reason = say("only the {most} measures with most rows are looked at.", most=MOST_MEASURES)
        told = Told(reason=reason)
    else:
        told = _told(subject, of, frame)
    people = cells[cells["site_id"].isin(frame["site_id"])] if subject == SITE else frame
    row: dict[str, object] = {
        **dict.fromkeys(COLUMNS, np.nan),
        "measure": measure,
        "subject": subject,
        "lag": LAG,
        "unit": UNIT,
        "n_rows": len(frame),
        "n_plans": frame["plan_id"].nunique() if subject == PLAN else np.nan,
        "n_practitioners": people["practitioner_id"].nunique(),
        "n_sites": frame["site_id"].nunique(),
        **told.numbers,
        "reason": told.reason,
    }
    return row, told


def _told(subject: str, of: str, frame: pd.DataFrame) -> Told:
    """Fit the model of a measure, or say what is lacking."""
    reason = lacking(frame, of, FEWEST[subject], FEWEST_PERIODS)
    if reason:
        return Told(reason=reason)
    if frame["value"].nunique() < 2:
        return Told(reason=say("its value never differs."))
    inner = "plan_id" if subject == PLAN else ""
    outer = "" if subject == SITE else "site_id"
    return linear_tie(frame, "value", [], random_parts(frame, of, inner, outer))

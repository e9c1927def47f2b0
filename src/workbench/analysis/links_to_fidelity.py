"""Whether follow-through and ownership go with the practitioner's fidelity in the quarter before.

Follow-through is whether an action was done within 30 days; ownership is as the person sees it.
Each is set beside fidelity as a whole and beside each component, within practitioners and between
them (`lagged_fidelity`). Only what moves within practitioners is called a link. What comes before
is not yet what brings about.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from workbench.analysis.lagged_fidelity import (
    TIE_COLUMNS,
    Linked,
    Reliability,
    Told,
    by_practitioner,
    lacking,
    linear_tie,
    link,
    random_parts,
    reliability,
)
from workbench.analysis.links_to_fidelity_findings import link_findings
from workbench.analysis.links_to_fidelity_rows import (
    DONE,
    OWNERSHIP,
    Rows,
    done_rows,
    done_tie,
    ownership_rows,
)
from workbench.findings import Finding
from workbench.language import mark, say
from workbench.models.multiple_tests import holm
from workbench.progress import followed
from workbench.shown import Shown

ERROR_RATE = 0.05
"""Chance that a network in which nothing goes with fidelity has any link shown."""
FEWEST_PRACTITIONERS = 20
FEWEST_QUARTERS = 3
WHOLE = mark("Fidelity as a whole")
COLUMNS = [
    "outcome",
    "outcome_title",
    "component",
    "title",
    *TIE_COLUMNS,
]
NUMBERS = [*COLUMNS[4:10], "p_value", "p_adjusted"]
UNITS = {
    DONE: mark("odds ratio for 10 points of fidelity"),
    OWNERSHIP: mark("points of ownership for 10 points of fidelity"),
}
"""With ``STEP`` written out, as it stands in a catalogue."""


@dataclass(frozen=True)
class LinksToFidelity(Shown):
    """What goes with fidelity of the quarter before.

    Attributes
    ----------
    links
        One row an outcome and component (empty for the whole): see ``COLUMNS``. ``within`` and
        ``between`` are in ``unit``, with 95% intervals; ``p_value`` is of ``within``,
        ``p_adjusted`` Holm's over all rows, and ``shown`` whether it leaves chance out.
    reliability
        How much of the spread of quarterly fidelity is no error of measurement.
    closed_first
        Actions left out because their plan closed within the 30 days with them undone.
    models
        Outcome and component to the model that was used, as lme4 writes it.
    missing
        Outcome to the reason why there is nothing on it at all.
    """

    links: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=COLUMNS))
    reliability: Reliability = field(default_factory=Reliability)
    closed_first: int = 0
    models: dict[tuple[str, str], str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Evidence tables by name."""
        return {"links": self.links}

    def findings(self) -> list[Finding]:
        """Say what goes with fidelity of the quarter before."""
        return link_findings(self.links, self.reliability, self.closed_first, self.missing)


def links_to_fidelity(
    by_action: pd.DataFrame,
    rated: pd.DataFrame,
    by_observation: pd.DataFrame,
    components: pd.DataFrame,
    quarter: str,
) -> LinksToFidelity:
    """Set follow-through and ownership beside fidelity of the quarter before.

    Parameters
    ----------
    by_action
        One row an action: ``plan_id, practitioner_id, site_id, quarter`` (agreed in),
        ``agreed_on, days, event``. Without columns if none was handed in; so for the others.
    rated
        One row a plan, day and respondent: ``plan_id, practitioner_id, site_id, quarter, months,
        respondent_role, ownership``.
    by_observation
        One row an observation: ``observation_id, practitioner_id, site_id, quarter, quarters,
        rater_role, fidelity, weight``.
    components
        One row an observation and component: ``observation_id, component, component_title,
        component_order, fidelity`` besides.
    quarter
        Label of the quarter of the report; later rows are left out.
    """
    done, person = done_rows(by_action, quarter), ownership_rows(rated, quarter)
    missing = {name: made.reason for name, made in _named(done, person) if made.reason}
    whole = by_practitioner(by_observation, quarter)
    if whole.empty:
        reason = say("no observation of fidelity can be used.")
        return LinksToFidelity(missing=missing | dict.fromkeys(set(UNITS) - set(missing), reason))
    series = [("", WHOLE, whole), *_of_components(components, by_observation, quarter)]
    rows, models = [], {}
    pairs = [
        (outcome, made, *one)
        for outcome, made in _named(done, person)
        for one in (series if not made.reason else [])
    ]
    for outcome, made, component, title, cells in followed(pairs, "Ties worked out"):
        row, told = _row(outcome, made, component, title, cells)
        rows.append(row)
        models[outcome, component] = told.model
    table = pd.DataFrame(rows, columns=COLUMNS)
    table["p_adjusted"] = holm(table["p_value"])
    table["shown"] = table["p_adjusted"] < ERROR_RATE
    return LinksToFidelity(
        table.astype(dict.fromkeys(NUMBERS, float)),
        reliability(whole),
        done.closed_first,
        {key: model for key, model in models.items() if model},
        missing,
    )


def _named(done: Rows, person: Rows) -> list[tuple[str, Rows]]:
    return [(DONE, done), (OWNERSHIP, person)]


def _of_components(
    components: pd.DataFrame, by_observation: pd.DataFrame, quarter: str
) -> list[tuple[str, str, pd.DataFrame]]:
    """Each component with its quarterly fidelity, by the raters of the whole."""
    if components.empty:
        return []
    frame = components.drop(columns="rater_role", errors="ignore")
    known = by_observation.reindex(columns=["observation_id", "rater_role"])
    frame = frame.merge(known.drop_duplicates("observation_id"), on="observation_id")
    order = frame.drop_duplicates("component").sort_values("component_order", kind="stable")
    return [
        (
            str(name),
            str(title),
            by_practitioner(frame[frame["component"] == name], quarter),
        )
        for name, title in order[["component", "component_title"]].itertuples(index=False)
    ]


def _row(
    outcome: str, made: Rows, component: str, title: str, cells: pd.DataFrame
) -> tuple[dict[str, object], Told]:
    linked = link(made.frame, cells, "practitioner_id")
    frame = linked.frame
    row: dict[str, object] = {
        **dict.fromkeys(COLUMNS, np.nan),
        "outcome": outcome,
        "outcome_title": made.title,
        "component": component,
        "title": title,
        "unit": UNITS[outcome],
        "n_rows": len(frame),
        "n_plans": frame["plan_id"].nunique(),
        "n_practitioners": frame["practitioner_id"].nunique(),
        "n_sites": frame["site_id"].nunique(),
    }
    told = _told(outcome, linked)
    return {**row, **told.numbers, "reason": told.reason}, told


def _told(outcome: str, linked: Linked) -> Told:
    frame = linked.frame
    reason = lacking(frame, "practitioner_id", FEWEST_PRACTITIONERS, FEWEST_QUARTERS)
    if reason:
        return Told(reason=reason)
    if outcome == DONE:
        return done_tie(frame)
    if frame[OWNERSHIP].nunique() < 2:
        return Told(reason=say("ownership as the person sees it never differs."))
    parts = random_parts(frame, "practitioner_id", "plan_id", "site_id")
    return linear_tie(frame, OWNERSHIP, ["months"], parts)

"""Evidence tables as people read them: human column names, rounded text with units, no blanks.

Each function takes an evidence table of a run and gives a :class:`DisplayTable`, whose ``frame``
is a plain DataFrame of text. No statistic is computed here; hidden numbers are ``[c]``, and what
the data can't give is ``not estimable``.
"""

from __future__ import annotations

import pandas as pd

from workbench import terms
from workbench.findings import Finding
from workbench.reporting import printed
from workbench.reporting.disclosure import ReleasedFindings
from workbench.reporting.display_table import DisplayTable, written
from workbench.reporting.evidence import (
    NETWORK,
    SITE,
    names_of_sites,
    require,
    rows_of_place,
)
from workbench.reporting.finding_words import base_words, estimate_words, interval_words
from workbench.reporting.tables_action import action_next_table, action_table
from workbench.reporting.tables_agreement import (
    agreement_table,
    participation_table,
    site_agreement_table,
)
from workbench.reporting.tables_chain import (
    chain_table,
    levels_table,
    meetings_table,
    posts_table,
    site_chain_table,
    teams_above,
)
from workbench.reporting.tables_components import adaptations_table, component_movement_table
from workbench.reporting.tables_dose import (
    booster_timing_table,
    dose_at_sites_table,
    dose_curve_table,
    dose_table,
)
from workbench.reporting.tables_drift import (
    drift_kinds_table,
    rater_agreement_table,
    rater_severity_table,
    role_gap_table,
    spread_table,
)
from workbench.reporting.tables_drivers import drivers_table
from workbench.reporting.tables_gate import gate_table, site_gate_table, stages_table
from workbench.reporting.tables_loops import decisions_table, loop_flow_table, loops_table
from workbench.reporting.tables_people import (
    boosters_table,
    cohorts_table,
    generations_table,
    leavers_table,
    practitioner_states_table,
    teams_table,
)
from workbench.reporting.tables_pressures import pressures_table
from workbench.reporting.tables_priorities import (
    cards_table,
    driver_ties_table,
    priorities_table,
)
from workbench.reporting.tables_roles import driver_role_gap_table, role_scores_table
from workbench.reporting.tables_support import planned_table, support_course_table, support_table
from workbench.reporting.tables_two_models import alignment_table, two_models_table
from workbench.reporting.tables_warning import chart_table, warnings_table

__all__ = [
    "action_next_table",
    "action_table",
    "adaptations_table",
    "agreement_table",
    "alignment_table",
    "booster_timing_table",
    "boosters_table",
    "cards_table",
    "chain_table",
    "chart_table",
    "checks_table",
    "cohorts_table",
    "component_movement_table",
    "components_table",
    "decisions_table",
    "directions_table",
    "dose_at_sites_table",
    "dose_curve_table",
    "dose_table",
    "drift_kinds_table",
    "driver_role_gap_table",
    "driver_ties_table",
    "drivers_table",
    "fidelity_table",
    "gate_table",
    "generations_table",
    "headline_table",
    "leavers_table",
    "levels_table",
    "loop_flow_table",
    "loops_table",
    "meetings_table",
    "participation_table",
    "planned_table",
    "posts_table",
    "practitioner_states_table",
    "pressures_table",
    "priorities_table",
    "rater_agreement_table",
    "rater_severity_table",
    "role_gap_table",
    "role_scores_table",
    "site_agreement_table",
    "site_chain_table",
    "site_gate_table",
    "spread_table",
    "stages_table",
    "support_course_table",
    "support_table",
    "teams_above",
    "teams_table",
    "two_models_table",
    "variation_table",
    "warnings_table",
]

MEAN_COLUMNS = (
    "quarter",
    "fidelity",
    "conf_low",
    "conf_high",
    "n_observations",
    "n_practitioners",
)
TRAJECTORY_COLUMNS = (
    "scope",
    "site_id",
    "slope",
    "slope_low",
    "slope_high",
    "level",
    "level_low",
    "level_high",
    "state",
    "n_observations",
    "n_practitioners",
    "n_quarters",
)
SHARE_COLUMNS = ("title", "share", "std_dev")
CHECK_COLUMNS = ("check", "verdict", "detail")


def headline_table(released: ReleasedFindings) -> DisplayTable:
    """Every finding with its number, interval, base and status."""

    def kept(finding: Finding, text: str) -> str:
        return printed.HIDDEN if finding.status == terms.SUPPRESSED else text or "–"

    rows = [
        {
            "Question": finding.question,
            "Answer": finding.statement,
            "Estimate": kept(finding, estimate_words(finding)),
            "95% interval": kept(finding, interval_words(finding)),
            "Based on": kept(finding, base_words(finding)),
            "Status": finding.status,
        }
        for finding in released
    ]
    columns = ["Question", "Answer", "Estimate", "95% interval", "Based on", "Status"]
    return DisplayTable(
        "Each question, its answer, and what it rests on",
        pd.DataFrame(rows, columns=columns, dtype="str"),
    )


def fidelity_table(fidelity_by_quarter: pd.DataFrame, site_id: str = "") -> DisplayTable:
    """Fidelity of each quarter, in the order of time."""
    rows = rows_of_place(
        fidelity_by_quarter, "fidelity_by_quarter", site_id, (*MEAN_COLUMNS, "share_at_cut_off")
    )
    frame = written(
        rows.sort_values("quarter"),
        {
            "Quarter": lambda row: row.quarter,
            "Fidelity": lambda row: printed.number(row.fidelity, unit="percent"),
            "95% interval": lambda row: printed.interval(
                row.conf_low, row.conf_high, unit="percent"
            ),
            "At the cut-off": lambda row: printed.share(row.share_at_cut_off),
            "Observations": lambda row: printed.number(row.n_observations),
            "Practitioners": lambda row: printed.number(row.n_practitioners),
        },
    )
    note = "At the cut-off: share of observations that score at or above it."
    if rows["share_at_cut_off"].isna().all():
        frame, note = frame.drop(columns="At the cut-off"), ""
    return DisplayTable("Fidelity by quarter", frame, note)


def components_table(
    components_by_quarter: pd.DataFrame, site_id: str = "", quarter: str = ""
) -> DisplayTable:
    """Fidelity of each component; of every quarter unless one is named."""
    rows = rows_of_place(
        components_by_quarter, "components_by_quarter", site_id, (*MEAN_COLUMNS, "component_title")
    )
    rows = rows[rows["quarter"] == quarter] if quarter else rows
    frame = written(
        rows,
        {
            "Component": lambda row: row.component_title,
            "Quarter": lambda row: row.quarter,
            "Fidelity": lambda row: printed.number(row.fidelity, unit="percent"),
            "95% interval": lambda row: printed.interval(
                row.conf_low, row.conf_high, unit="percent"
            ),
            "Observations": lambda row: printed.number(row.n_observations),
            "Practitioners": lambda row: printed.number(row.n_practitioners),
        },
    )
    when = f", {quarter}" if quarter else " by quarter"
    return DisplayTable(f"Fidelity of each component{when}", frame)


def directions_in_order(trajectories: pd.DataFrame, sites: pd.DataFrame) -> pd.DataFrame:
    """Add the ``name`` of each place, and sort: sites by their names, and then the network."""
    rows = require(trajectories, "trajectories", TRAJECTORY_COLUMNS)
    names = rows["site_id"].map(names_of_sites(sites)).fillna(rows["site_id"])
    rows = rows.assign(name=names.where(rows["scope"] == SITE, "The network"))
    rows = rows.sort_values("name", key=printed.in_order_of_names, kind="stable")
    parts = [rows[rows["scope"] == scope] for scope in (SITE, NETWORK)]
    return pd.concat(parts, ignore_index=True)


def directions_table(trajectories: pd.DataFrame, sites: pd.DataFrame) -> DisplayTable:
    """Direction of each site, in the order of their names, and of the network last."""
    frame = written(
        directions_in_order(trajectories, sites),
        {
            "Site": lambda row: row.name,
            "Direction": lambda row: printed.verdict(row.state),
            "Points a quarter": lambda row: printed.number(row.slope, 1, signed=True),
            "95% interval": lambda row: printed.interval(row.slope_low, row.slope_high, 1),
            "Fidelity at the end": lambda row: printed.with_interval(
                row.level, row.level_low, row.level_high
            ),
            "Observations": lambda row: printed.number(row.n_observations),
            "Practitioners": lambda row: printed.number(row.n_practitioners),
            "Quarters": lambda row: printed.number(row.n_quarters),
        },
    )
    note = "Sites stand in the order of their names. They are not ranked."
    return DisplayTable("Direction of movement of each site", frame, note)


def checks_table(growth_checks: pd.DataFrame) -> DisplayTable:
    """Write the checks of the growth model that ask for care; those that are fine are left out."""
    rows = require(growth_checks, "growth_checks", CHECK_COLUMNS)
    frame = written(
        rows[rows["verdict"] != "fine"],
        {
            "Check": lambda row: row.check,
            "Verdict": lambda row: row.verdict,
            "What it means": lambda row: row.detail,
        },
    )
    return DisplayTable("Checks of the model that ask for care", frame)


def variation_table(variance_shares: pd.DataFrame) -> DisplayTable:
    """Where the variation of fidelity sits, in shares of the whole."""
    frame = written(
        require(variance_shares, "variance_shares", SHARE_COLUMNS),
        {
            "Where": lambda row: row.title,
            "Share of variation": lambda row: printed.share(row.share),
            "Standard deviation, points": lambda row: printed.number(row.std_dev, 1),
        },
    )
    return DisplayTable("Where the variation sits", frame)

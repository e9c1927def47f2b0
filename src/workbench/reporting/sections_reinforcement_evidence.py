"""The evidence about support, pressures and reward as a report may show it, for one place."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from workbench.reporting.disclosure_organisation import release_where_few
from workbench.reporting.disclosure_reinforcement import (
    release_action,
    release_curve,
    release_planned,
    release_support,
    release_timing,
)
from workbench.reporting.sections_organisation_evidence import ReadTable
from workbench.results import Results
from workbench.shown import Shown


@dataclass(frozen=True)
class ReinforcementEvidence(Shown):
    """Released evidence about what the organisation reinforces, for one place.

    A table that was not made has no rows. A site's holds its own rows and the network's; what is
    about the network alone is left out of it. No row is about a team or a practitioner.

    Attributes
    ----------
    ledger, planned
        What was given, to how many, and what of the plan.
    dose, dose_curve, dose_at_sites, booster_timing
        What support goes with, for how long, how it is given, and when the next goes with most.
    pressures
        What is at work on practice.
    two_models, alignment
        What was trained beside what is rewarded.
    action_low, action_next
        Whether coaching follows a low observation, and the next score.
    """

    ledger: pd.DataFrame
    planned: pd.DataFrame
    dose: pd.DataFrame
    dose_curve: pd.DataFrame
    dose_at_sites: pd.DataFrame
    booster_timing: pd.DataFrame
    pressures: pd.DataFrame
    two_models: pd.DataFrame
    alignment: pd.DataFrame
    action_low: pd.DataFrame
    action_next: pd.DataFrame


def released_reinforcement_tables(results: Results) -> dict[str, pd.DataFrame]:
    """Every table of a run about reinforcement, released, for all places together."""
    privacy = results.study.settings.privacy
    table = results.table
    by_people = ("dose", "dose_at_sites", "pressures", "two_models", "alignment")
    return {
        "support_ledger": release_support(table("support_ledger"), privacy),
        "supports_planned": release_planned(table("supports_planned"), privacy),
        "dose_curve": release_curve(table("dose_curve"), table("dose"), privacy),
        "booster_timing": release_timing(table("booster_timing"), privacy),
        "action_after_low": release_action(table("action_after_low"), privacy),
        **{
            name: release_where_few(table(name), privacy, "n_practitioners")
            for name in (*by_people, "action_after_next")
        },
    }


def reinforcement_of(released: ReadTable, site_id: str = "") -> ReinforcementEvidence:
    """Evidence about reinforcement for a site or the network, from the tables released."""

    def with_network(name: str) -> pd.DataFrame:
        """Rows of the network, and of the site where the page is a site's."""
        frame = released(name)
        if frame.empty:
            return frame
        return frame[frame["site_id"].fillna("").isin(["", site_id])].reset_index(drop=True)

    def of_network(name: str) -> pd.DataFrame:
        return released(name).iloc[:0] if site_id else released(name)

    low = "action_after_low"
    return ReinforcementEvidence(
        ledger=with_network("support_ledger"),
        planned=with_network("supports_planned"),
        dose=of_network("dose"),
        dose_curve=of_network("dose_curve"),
        dose_at_sites=of_network("dose_at_sites"),
        booster_timing=of_network("booster_timing"),
        pressures=of_network("pressures"),
        two_models=of_network("two_models"),
        alignment=of_network("alignment"),
        # The network's page shows sites beside one another, in the order of their names.
        action_low=with_network(low) if site_id else released(low),
        action_next=of_network("action_after_next"),
    )

"""The evidence about drivers, teams and loops as a report may show it: released, for one place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from workbench.reporting.disclosure import release_table
from workbench.reporting.disclosure_organisation import (
    release_chain,
    release_gate,
    release_loops,
    release_meetings,
    release_posts,
    release_priorities,
    release_role_gap,
    release_role_scores,
    release_where_few,
)
from workbench.results import Results
from workbench.shown import Shown

ReadTable = Callable[[str], pd.DataFrame]
"""Gives a released table by its name; one without rows or columns if there is none."""


@dataclass(frozen=True)
class OrganisationEvidence(Shown):
    """Released evidence about the organisation, for one place.

    A table that was not made has no rows. Tables of a site hold its own rows alone; loops, the
    scales and the ties are about the network and left out of a site's.

    Attributes
    ----------
    gate, stages
        What was in place before delivery began; the stage of each site.
    chain, meetings, posts
        Teams: the chain above each site, their meetings by quarter, and who is in post.
    loops, loops_curve, loops_policy
        What was raised, decided and answered.
    role_scores, driver_role_gap
        Drivers by the role of the respondents; not to be taken for ``role_gap`` of the raters.
    driver_agreement, driver_consistency, participation
        The evidence before answers are put together.
    ties, priorities
        Which drivers go with fidelity, and what each site takes up.
    """

    gate: pd.DataFrame
    stages: pd.DataFrame
    chain: pd.DataFrame
    meetings: pd.DataFrame
    posts: pd.DataFrame
    loops: pd.DataFrame
    loops_curve: pd.DataFrame
    loops_policy: pd.DataFrame
    role_scores: pd.DataFrame
    driver_role_gap: pd.DataFrame
    driver_agreement: pd.DataFrame
    driver_consistency: pd.DataFrame
    participation: pd.DataFrame
    ties: pd.DataFrame
    priorities: pd.DataFrame


def released_organisation_tables(results: Results) -> dict[str, pd.DataFrame]:
    """Every table of a run about the organisation, released, for all places together."""
    privacy = results.study.settings.privacy
    table = results.table
    scores, by_role = table("driver_scores"), table("driver_scores_by_role")
    roles = release_role_scores(by_role, scores, privacy)
    posts = table("team_posts")
    loops, curve, policy = release_loops(
        table("loops_summary"), table("loops_curve"), table("loops_policy"), privacy
    )

    def of_people(name: str, column: str) -> pd.DataFrame:
        frame = table(name)
        return release_table(frame, privacy, column) if len(frame) else frame

    return {
        "drivers_gate": release_gate(table("drivers_gate"), privacy),
        # Stages are of sites; no number of people stands behind them.
        "stages": table("stages"),
        "team_chain": release_chain(table("team_chain"), posts, privacy),
        "team_meetings_by_quarter": release_meetings(table("team_meetings_by_quarter"), privacy),
        "team_posts": release_posts(posts, privacy),
        "loops_summary": loops,
        "loops_curve": curve,
        "loops_policy": policy,
        "driver_scores_by_role": roles,
        "driver_role_gap": release_role_gap(table("driver_role_gap"), by_role, roles, privacy),
        "driver_agreement": of_people("driver_agreement", "n_respondents"),
        "driver_consistency": of_people("driver_consistency", "n_respondents"),
        "participation": release_where_few(table("participation"), privacy, "eligible"),
        "driver_ties": release_where_few(table("driver_ties"), privacy, "n_practitioners"),
        "priorities": release_priorities(table("priorities"), scores, privacy),
    }


def with_role_gap(results: Results, tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Released tables with the differences between roles made anew from the roles that are shown.

    Parameters
    ----------
    results
        The run.
    tables
        Released tables, of which more roles may have been hidden since.
    """
    privacy, by_role = results.study.settings.privacy, results.table("driver_scores_by_role")
    if by_role.empty:
        return tables
    gap = release_role_gap(
        results.table("driver_role_gap"), by_role, tables["driver_scores_by_role"], privacy
    )
    return {**tables, "driver_role_gap": gap}


def organisation_of(released: ReadTable, site_id: str = "") -> OrganisationEvidence:
    """Evidence about the organisation for a site or the network, from the tables released."""

    def mine(name: str) -> pd.DataFrame:
        frame = released(name)
        if not site_id or frame.empty:
            return frame
        return frame[frame["site_id"] == site_id].reset_index(drop=True)

    def of_network(name: str) -> pd.DataFrame:
        return released(name).iloc[:0] if site_id else released(name)

    return OrganisationEvidence(
        gate=mine("drivers_gate"),
        stages=mine("stages"),
        chain=mine("team_chain"),
        # A site's page shows the teams of its chain, and those above it belong to no site.
        meetings=released("team_meetings_by_quarter"),
        posts=released("team_posts"),
        loops=of_network("loops_summary"),
        loops_curve=of_network("loops_curve"),
        loops_policy=of_network("loops_policy"),
        role_scores=mine("driver_scores_by_role"),
        driver_role_gap=mine("driver_role_gap"),
        driver_agreement=mine("driver_agreement"),
        driver_consistency=of_network("driver_consistency"),
        participation=mine("participation"),
        ties=of_network("driver_ties"),
        priorities=mine("priorities"),
    )

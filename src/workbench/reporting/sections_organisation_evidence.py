"""The evidence about drivers, teams and loops as a report may show it: released, for one place."""

from __future__ import annotations

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


@dataclass(frozen=True)
class OrganisationEvidence:
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


def released_organisation(results: Results, site_id: str = "") -> OrganisationEvidence:
    """Evidence of a run about the organisation that may be shown, for a site or the network."""
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

    def mine(frame: pd.DataFrame) -> pd.DataFrame:
        if not site_id or frame.empty:
            return frame
        return frame[frame["site_id"] == site_id].reset_index(drop=True)

    def of_network(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.iloc[:0] if site_id else frame

    return OrganisationEvidence(
        gate=mine(release_gate(table("drivers_gate"), privacy)),
        # Stages are of sites; no number of people stands behind them.
        stages=mine(table("stages")),
        chain=mine(release_chain(table("team_chain"), posts, privacy)),
        # A site's page shows the teams of its chain, and those above it belong to no site.
        meetings=release_meetings(table("team_meetings_by_quarter"), privacy),
        posts=release_posts(posts, privacy),
        loops=of_network(loops),
        loops_curve=of_network(curve),
        loops_policy=of_network(policy),
        role_scores=mine(roles),
        driver_role_gap=mine(release_role_gap(table("driver_role_gap"), by_role, roles, privacy)),
        driver_agreement=mine(of_people("driver_agreement", "n_respondents")),
        driver_consistency=of_network(of_people("driver_consistency", "n_respondents")),
        participation=mine(release_where_few(table("participation"), privacy, "eligible")),
        ties=of_network(release_where_few(table("driver_ties"), privacy, "n_practitioners")),
        priorities=mine(release_priorities(table("priorities"), scores, privacy)),
    )

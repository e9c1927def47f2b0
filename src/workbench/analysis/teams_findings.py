"""What the chain of teams says, as findings: where it breaks, how teams meet, who is in post."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from workbench.analysis.teams import Teams
from workbench.analysis.teams_chain import (
    BREAKS,
    BROKEN,
    HOLDS,
    IN_PART,
    NOT_TOLD,
    WHOLE,
)
from workbench.analysis.teams_meetings_findings import (
    MEETINGS,
    MEETINGS_EVIDENCE,
    POSTS,
    POSTS_EVIDENCE,
    meetings_finding,
    posts_finding,
)
from workbench.analysis.teams_prompts import PROMPTS, named_sites, prompt_for
from workbench.findings import Finding, not_estimable
from workbench.models.proportions import wilson_interval
from workbench.wording import count_of, interval, number, one_of

CHAIN = "Does a working, linked team stand at each level above each practitioner?"
CHAIN_EVIDENCE = "tables/team_chain.parquet"


def teams_findings(result: Teams, names: Mapping[str, str] | None = None) -> list[Finding]:
    """Make the findings on teams, for the network and each site.

    Parameters
    ----------
    result
        From ``teams``.
    names
        Name of each site that may be named; the others are counted. None: all, by identifier.
    """
    if result.why_not:
        return [
            not_estimable(name, question, result.why_not, evidence=evidence)
            for name, question, evidence in (
                ("teams.chain", CHAIN, CHAIN_EVIDENCE),
                ("teams.meetings", MEETINGS, MEETINGS_EVIDENCE),
                ("teams.posts", POSTS, POSTS_EVIDENCE),
            )
        ]
    sites = sorted(result.chain["site_id"].unique())
    return [
        _chain_of_network(result, names),
        *(_chain_of_site(result, site) for site in sites),
        meetings_finding(result),
        *(meetings_finding(result, site) for site in sites),
        posts_finding(result, names),
    ]


def _chain_of_network(result: Teams, names: Mapping[str, str] | None) -> Finding:
    """Tell at how many sites the chain is whole, and where it breaks at the others."""
    sites = result.chain.drop_duplicates("site_id")
    about: dict[str, Any] = {"evidence": CHAIN_EVIDENCE, "n": len(sites), "n_of": "sites"}
    if sites.empty:
        return not_estimable("teams.chain", CHAIN, "no site was handed in.", **about)
    if set(sites["chain"]) == {NOT_TOLD}:
        return not_estimable("teams.chain", CHAIN, _why_not_told(result.chain), **about)
    whole = sites[sites["chain"] == WHOLE]
    low, high = (100 * float(end) for end in wilson_interval(len(whole), len(sites)))
    share = 100 * len(whole) / len(sites)
    lead = (
        f"At the end of {result.quarter} a working, linked team stands at every level above "
        f"{count_of(len(whole), 'site')} of {len(sites)} ({number(share)}%, 95% interval "
        f"{interval(low, high)}). {_people(whole)} of {_total(sites)} work there."
    )
    broken = sites[sites["chain"] == BROKEN]
    breaks = [
        f"at the {level} level for {_named(mine, names)}"
        for level, mine in broken.groupby("broken_at", sort=False)
    ]
    parts = [lead, f"It breaks {one_of(breaks)}." if breaks else "", *_unsure(sites, result, names)]
    causes = _causes(result.chain)
    prompt, practice = prompt_for(causes)
    if prompt:
        where = _first_breaks(result.chain)
        here = list(where.loc[where["cause"] == causes[0], "site_id"])
        prompt = f"{prompt} This concerns {named_sites(here, names)}."
    return Finding(
        id="teams.chain",
        question=CHAIN,
        statement=" ".join(part for part in parts if part),
        estimate=share,
        conf_low=low,
        conf_high=high,
        unit="percent of sites",
        action_prompt=prompt,
        best_practice=practice,
        **about,
    )


def _unsure(sites: pd.DataFrame, result: Teams, names: Mapping[str, str] | None) -> list[str]:
    part, dark = sites[sites["chain"] == IN_PART], sites[sites["chain"] == NOT_TOLD]
    said = []
    if len(part):
        said.append(
            f"For {_named(part, names)} some teams of a level hold and some don't. "
            "Which practitioners that concerns can't be told from these tables."
        )
    if len(dark):
        said.append(f"For {_named(dark, names)} it can't be told.")
    if result.no_place:
        count = count_of(result.no_place, "open team names", "open teams name")
        said.append(f"{count} no site, and could not be placed.")
    return said


def _chain_of_site(result: Teams, site_id: str) -> Finding:
    levels = result.chain[result.chain["site_id"] == site_id]
    people = int(levels["n_practitioners"].iloc[0])
    state, broken_at = levels["chain"].iloc[0], levels["broken_at"].iloc[0]
    about: dict[str, Any] = {
        "site_id": site_id,
        "evidence": CHAIN_EVIDENCE,
        "n": people,
        "n_of": "practitioners in post",
    }
    if state == NOT_TOLD:
        return not_estimable("teams.chain", CHAIN, _why_not_told(levels), **about)
    above = f"above {count_of(people, 'practitioner')} here"
    if state == WHOLE:
        said = f"A working, linked team stands at each of the {len(levels)} levels {above}."
    elif state == BROKEN:
        reason = levels.loc[levels["level"] == broken_at, "reason"].iloc[0]
        said = f"The chain of teams {above} breaks at the {broken_at} level: {reason}."
    else:
        part = levels[levels["status"] == IN_PART]
        said = (
            f"The chain of teams {above} holds in part. At the {part['level'].iloc[0]} level "
            f"{part['reason'].iloc[0]}. Which practitioners that concerns can't be told."
        )
    prompt, practice = prompt_for(_causes(levels))
    holding = int((levels["status"] == HOLDS).sum())
    return Finding(
        id="teams.chain",
        question=CHAIN,
        statement=f"{said} This is the state at the end of {result.quarter}.",
        estimate=float(holding),
        unit=f"of {len(levels)} levels with a working, linked team",
        action_prompt=prompt,
        best_practice=practice,
        **about,
    )


def _why_not_told(levels: pd.DataFrame) -> str:
    """Give the first reason why a chain can't be told."""
    dark = levels.loc[levels["status"] == NOT_TOLD, "reason"]
    return f"{dark.iloc[0].split('; ')[0]}."


def _causes(levels: pd.DataFrame) -> list[str]:
    """Causes at the lowest level that does not hold, site by site, the most common first."""
    counts = _first_breaks(levels)["cause"].value_counts()
    return sorted(counts.index, key=lambda cause: (-counts[cause], list(PROMPTS).index(cause)))


def _first_breaks(levels: pd.DataFrame) -> pd.DataFrame:
    """One row a site: the lowest level that does not hold, where its cause is known."""
    first = levels[levels["status"].isin([BREAKS, IN_PART]) & (levels["cause"] != "")]
    mine = first[(first["level"] == first["broken_at"]) | (first["broken_at"] == "")]
    return mine.drop_duplicates("site_id")


def _people(sites: pd.DataFrame) -> str:
    return count_of(int(sites["n_practitioners"].sum()), "practitioner")


def _total(sites: pd.DataFrame) -> str:
    return f"{int(sites['n_practitioners'].sum()):,}"


def _named(sites: pd.DataFrame, names: Mapping[str, str] | None) -> str:
    """Name sites, with their practitioners unless a site too small to be named is among them."""
    listed = named_sites(list(sites["site_id"]), names)
    whole = names is None or set(sites["site_id"]) <= set(names)
    return f"{listed} ({_people(sites)})" if whole else listed

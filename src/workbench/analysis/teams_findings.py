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
from workbench.language import mark, say
from workbench.models.proportions import wilson_interval
from workbench.wording import count_of, interval, number, one_of

CHAIN = mark("Does a working, linked team stand at each level above each practitioner?")
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
            not_estimable(name, say(question), result.why_not, evidence=evidence)
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
    about: dict[str, Any] = {"evidence": CHAIN_EVIDENCE, "n": len(sites), "n_of": mark("sites")}
    if sites.empty:
        return not_estimable("teams.chain", say(CHAIN), say("no site was handed in."), **about)
    if set(sites["chain"]) == {NOT_TOLD}:
        return not_estimable("teams.chain", say(CHAIN), _why_not_told(result.chain), **about)
    whole = sites[sites["chain"] == WHOLE]
    low, high = (100 * float(end) for end in wilson_interval(len(whole), len(sites)))
    share = 100 * len(whole) / len(sites)
    parts = [
        say(
            "At the end of {quarter} a working, linked team stands at every level above {sites} "
            "of {every} ({share}%, 95% interval {between}).",
            quarter=result.quarter,
            sites=count_of(len(whole), "site"),
            every=len(sites),
            share=number(share),
            between=interval(low, high),
        ),
        say(
            "{practitioners} of {every} work there.",
            practitioners=_people(whole),
            every=_total(sites),
        ),
        *_breaks(sites[sites["chain"] == BROKEN], names),
        *_unsure(sites, result, names),
    ]
    causes = _causes(result.chain)
    prompt, practice = prompt_for(causes)
    if prompt:
        where = _first_breaks(result.chain)
        here = list(where.loc[where["cause"] == causes[0], "site_id"])
        concerned = say("This concerns {sites}.", sites=named_sites(here, names))
        prompt = f"{prompt} {concerned}"
    return Finding(
        id="teams.chain",
        question=say(CHAIN),
        statement=" ".join(parts),
        estimate=share,
        conf_low=low,
        conf_high=high,
        unit=mark("percent of sites"),
        action_prompt=prompt,
        best_practice=practice,
        **about,
    )


def _breaks(broken: pd.DataFrame, names: Mapping[str, str] | None) -> list[str]:
    """Say for which sites the chain breaks, by the level at which it does."""
    if broken.empty:
        return []
    breaks = [
        say("at the {level} level for {sites}", level=say(str(level)), sites=_named(mine, names))
        for level, mine in broken.groupby("broken_at", sort=False)
    ]
    return [say("It breaks {where}.", where=one_of(breaks))]


def _unsure(sites: pd.DataFrame, result: Teams, names: Mapping[str, str] | None) -> list[str]:
    part, dark = sites[sites["chain"] == IN_PART], sites[sites["chain"] == NOT_TOLD]
    said = []
    if len(part):
        some = say(
            "For {sites} some teams of a level hold and some don't. Which practitioners that "
            "concerns can't be told from these tables.",
            sites=_named(part, names),
        )
        said.append(some)
    if len(dark):
        said.append(say("For {sites} it can't be told.", sites=_named(dark, names)))
    if result.no_place:
        lost = (
            mark("{n:,} open team names no site, and could not be placed.")
            if result.no_place == 1
            else mark("{n:,} open teams name no site, and could not be placed.")
        )
        said.append(say(lost, n=result.no_place))
    return said


def _chain_of_site(result: Teams, site_id: str) -> Finding:
    levels = result.chain[result.chain["site_id"] == site_id]
    people = int(levels["n_practitioners"].iloc[0])
    state, broken_at = levels["chain"].iloc[0], levels["broken_at"].iloc[0]
    about: dict[str, Any] = {
        "site_id": site_id,
        "evidence": CHAIN_EVIDENCE,
        "n": people,
        "n_of": mark("practitioners in post"),
    }
    if state == NOT_TOLD:
        return not_estimable("teams.chain", say(CHAIN), _why_not_told(levels), **about)
    practitioners = count_of(people, "practitioner")
    if state == WHOLE:
        said = say(
            "A working, linked team stands at each of the {n} levels above {practitioners} here.",
            n=len(levels),
            practitioners=practitioners,
        )
    elif state == BROKEN:
        said = say(
            "The chain of teams above {practitioners} here breaks at the {level} level: {reason}.",
            practitioners=practitioners,
            level=say(broken_at),
            reason=levels.loc[levels["level"] == broken_at, "reason"].iloc[0],
        )
    else:
        part = levels[levels["status"] == IN_PART]
        said = say(
            "The chain of teams above {practitioners} here holds in part. At the {level} level "
            "{reason}. Which practitioners that concerns can't be told.",
            practitioners=practitioners,
            level=say(part["level"].iloc[0]),
            reason=part["reason"].iloc[0],
        )
    when = say("This is the state at the end of {quarter}.", quarter=result.quarter)
    prompt, practice = prompt_for(_causes(levels))
    holding = int((levels["status"] == HOLDS).sum())
    return Finding(
        id="teams.chain",
        question=say(CHAIN),
        statement=f"{said} {when}",
        estimate=float(holding),
        unit=say("of {n} levels with a working, linked team", n=len(levels)),
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

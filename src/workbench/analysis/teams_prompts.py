"""What to do next about teams, by what is wrong, with the best practice it comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from workbench.analysis.teams_chain import ABSENT, NOT_LINKED
from workbench.analysis.teams_meetings import FEW_COME, SELDOM_MEETS
from workbench.language import mark, noun, say
from workbench.wording import count_of, one_of

LEVELS_LINKED = mark("There is a team at each level, and each is linked to the one above.")
TEAM_MEETS = mark("An implementation team meets regularly and may decide and solve problems.")
SUPPORT_POST = mark(
    "A support practitioner is in post, and champions are named among the practitioners."
)
PROMPTS = {
    ABSENT: (
        mark("Form the missing team, or open it again, and agree who sits in it."),
        LEVELS_LINKED,
    ),
    NOT_LINKED: (
        mark("Name one person who sits in both this team and the team above, and note the link."),
        LEVELS_LINKED,
    ),
    SELDOM_MEETS: (
        mark("Set the dates of the team's next three meetings this month."),
        TEAM_MEETS,
    ),
    FEW_COME: (
        mark("Ask the members what keeps them away, and agree with their managers on time for it."),
        TEAM_MEETS,
    ),
}
POST_PROMPT = mark("Give one skilled practitioner hours for the support role and name a champion.")
MOST_NAMED = 6
"""Sites or teams that a sentence names; more are counted."""


def prompt_for(causes: list[str]) -> tuple[str, str]:
    """Give the prompt of the first cause and its best practice; empty without any."""
    if not causes:
        return "", ""
    prompt, practice = PROMPTS[causes[0]]
    return say(prompt), say(practice)


def named_sites(site_ids: Sequence[str], names: Mapping[str, str] | None) -> str:
    """Name the sites that may be named and count the others; many are counted alone.

    >>> named_sites(["003", "007", "009"], {"003": "Birch Hollow", "009": "Elm & Oak"})
    'Birch Hollow, Elm & Oak and 1 more site'
    """
    if len(site_ids) > MOST_NAMED:
        return count_of(len(site_ids), "site")
    if names is None:
        return named(noun(len(site_ids), "site", "sites"), list(site_ids))
    known = [names[site] for site in site_ids if site in names]
    rest = len(site_ids) - len(known)
    if rest:
        known.append(count_of(rest, "more site") if known else count_of(rest, "site"))
    return one_of(known)


def named(what: str, names: list[str]) -> str:
    """Name a few after their noun, which is in its form for so many.

    >>> named("sites", ["003", "007"])
    'sites 003 and 007'
    """
    return f"{what} {one_of(names)}"

"""Release of the tables about drivers, teams and loops, where it takes more than a count of people.

Tables about drivers are about respondents. Tables about teams and about items that were raised
count no practitioners: a team meets or does not, an item is answered or is not. Their small counts
are blanked all the same where a row could be about individuals.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from workbench.language import say
from workbench.reporting.disclosure import blank_rows, release_table
from workbench.reporting.evidence import SITE, hidden_rows, require
from workbench.settings import Privacy

GATE_ANSWERS = ("status_before", "missing", "score_before", "n_respondents")
ATTENDANCE = ("attended", "seats", "attendance", "conf_low", "conf_high")
HOURS = ("protected_hours", "hours_a_member")
KEPT_OF_A_CARD = ("site_id", "order", "due", "set_in", "status")


def _few(people: pd.Series, privacy: Privacy) -> pd.Series:
    """Whether so few stand behind a row that it is hidden. That nobody does may be said."""
    return people.isna() | ((people > 0) & (people < privacy.fewest_practitioners))


def release_where_few(frame: pd.DataFrame, privacy: Privacy, column: str) -> pd.DataFrame:
    """Blank rows about some, but too few; rows about nobody keep their reason.

    Parameters
    ----------
    frame
        Evidence table, such as ``driver_ties`` or ``participation``.
    privacy
        The study's privacy settings.
    column
        Column that counts people.
    """
    if frame.empty:
        return frame
    people = require(frame, "to be released", [column])[column]
    return blank_rows(frame, _few(people, privacy))


def release_gate(drivers_gate: pd.DataFrame, privacy: Privacy) -> pd.DataFrame:
    """Blank what too few respondents said before delivery; *not assessed before* may be said."""
    if drivers_gate.empty:
        return drivers_gate
    people = require(drivers_gate, "drivers_gate", ["n_respondents"])["n_respondents"]
    return blank_rows(drivers_gate, _few(people, privacy), GATE_ANSWERS)


def release_role_scores(
    driver_scores_by_role: pd.DataFrame, driver_scores: pd.DataFrame, privacy: Privacy
) -> pd.DataFrame:
    """Blank roles of too few respondents, and what would give them away.

    A site's score of a driver is the mean over everybody. Less the roles that are shown, it gives
    the mean of the hidden ones. So where those are too few together, the smallest role that is
    shown is hidden with them. A score that is withheld can still be worked out from the best
    practices under it, where they are shown.

    Parameters
    ----------
    driver_scores_by_role
        Evidence table.
    driver_scores
        Evidence table with the scores of sites.
    privacy
        The study's privacy settings.
    """
    if driver_scores_by_role.empty:
        return driver_scores_by_role
    released = release_table(driver_scores_by_role, privacy, "n_respondents")
    totals = _known_totals(driver_scores, privacy)
    counts = driver_scores_by_role["n_respondents"]
    with_them: list[Any] = []
    for key, rows in released[released["site_id"] != ""].groupby(["site_id", "name"]):
        if key not in totals:
            continue
        hidden = int(counts[rows.index[rows["suppressed"]]].sum())
        left = counts[rows.index[~rows["suppressed"]]].sort_values(kind="stable")
        for place, people in left.items():
            if hidden == 0 or hidden >= privacy.fewest_practitioners:
                break
            with_them.append(place)
            hidden += int(people)
    return blank_rows(released, pd.Series(released.index.isin(with_them), index=released.index))


def _known_totals(driver_scores: pd.DataFrame, privacy: Privacy) -> set[tuple[str, str]]:
    """Sites and drivers whose score over everybody is shown, or can be worked out."""
    if driver_scores.empty:
        return set()
    enough = driver_scores["n_respondents"] >= privacy.fewest_practitioners
    shown = driver_scores[
        (driver_scores["scope"] == SITE) & enough & driver_scores["score"].notna()
    ]
    drivers = shown.loc[shown["level"] == "driver", ["site_id", "name"]]
    practices = shown.loc[shown["level"] == "best_practice", ["site_id", "driver"]]
    return {tuple(key) for frame in (drivers, practices) for key in frame.to_numpy()}


def release_role_gap(
    driver_role_gap: pd.DataFrame,
    driver_scores_by_role: pd.DataFrame,
    released: pd.DataFrame,
    privacy: Privacy,
) -> pd.DataFrame:
    """Blank differences of which either role is hidden.

    The count of both roles together would not do: one leader beside nine practitioners is one
    leader. For the network a role counts where its site has the other role too.

    Parameters
    ----------
    driver_role_gap, driver_scores_by_role
        Evidence tables.
    released
        ``driver_scores_by_role`` as :func:`release_role_scores` gives it.
    privacy
        The study's privacy settings.
    """
    if driver_role_gap.empty:
        return driver_role_gap
    keys, least = ["site_id", "name", "role"], privacy.fewest_practitioners
    counts = require(driver_scores_by_role, "driver_scores_by_role", [*keys, "n_respondents"])
    shown = require(released, "driver_scores_by_role", keys)
    known = set(map(tuple, shown.loc[~hidden_rows(shown), keys].to_numpy()))
    hidden = [
        not all((row.site_id, row.name, role) in known for role in (row.role_a, row.role_b))
        or (row.site_id == "" and _fewest_of(row, counts) < least)
        for row in driver_role_gap.itertuples(index=False)
    ]
    return blank_rows(driver_role_gap, pd.Series(hidden, index=driver_role_gap.index))


def _fewest_of(row: Any, scores: pd.DataFrame) -> int:
    """Respondents of the rarer of two roles, at the sites that have both."""
    of_sites = scores[(scores["site_id"] != "") & (scores["name"] == row.name)]
    one, other = (
        of_sites[of_sites["role"] == role].set_index("site_id")["n_respondents"]
        for role in (row.role_a, row.role_b)
    )
    both = one.index.intersection(other.index)
    return min(int(one[both].sum()), int(other[both].sum()))


def release_priorities(
    priorities: pd.DataFrame, driver_scores: pd.DataFrame, privacy: Privacy
) -> pd.DataFrame:
    """Blank cards that rest on too few respondents, in number and word.

    Parameters
    ----------
    priorities
        Evidence table; it has no count of its own.
    driver_scores
        Evidence table with ``n_respondents`` of each site and driver. A card without one is hidden.
    privacy
        The study's privacy settings.
    """
    if priorities.empty:
        return priorities
    people: dict[tuple[str, str], float] = {}
    if len(driver_scores):
        of_sites = (driver_scores["scope"] == SITE) & (driver_scores["level"] == "driver")
        rows = driver_scores[of_sites]
        keys = zip(rows["site_id"], rows["name"], strict=True)
        people = dict(zip(keys, rows["n_respondents"], strict=True))
    cards = zip(priorities["site_id"], priorities["name"], strict=True)
    few = [not people.get(card, 0) >= privacy.fewest_practitioners for card in cards]
    hide = [column for column in priorities.columns if column not in KEPT_OF_A_CARD]
    return blank_rows(priorities, pd.Series(few, index=priorities.index), hide)


def release_chain(
    team_chain: pd.DataFrame, team_posts: pd.DataFrame, privacy: Privacy
) -> pd.DataFrame:
    """Blank the count of practitioners of small sites, and attendance of small teams.

    The state of a team counts no practitioner and is shown. Its reason may tell what share of few
    members came; where a team is small, or its size unknown, only the kind of cause is left.

    Parameters
    ----------
    team_chain, team_posts
        Evidence tables.
    privacy
        The study's privacy settings.
    """
    if team_chain.empty:
        return team_chain
    released = blank_rows(
        team_chain, _few(team_chain["n_practitioners"], privacy), ["n_practitioners"]
    )
    posts = require(team_posts, "team_posts", ["team_id", "members"])
    large = set(posts.loc[posts["members"] >= privacy.fewest_practitioners, "team_id"])
    small = [
        any(team and team not in large for team in str(names).split(", "))
        for names in team_chain["team_id"]
    ]
    released["reason"] = released["reason"].mask(pd.Series(small, index=released.index), "")
    return released


def release_meetings(team_meetings_by_quarter: pd.DataFrame, privacy: Privacy) -> pd.DataFrame:
    """Blank the attendance of teams of few members; how often they met counts nobody."""
    frame = team_meetings_by_quarter
    return release_table(frame, privacy, "n_members", ATTENDANCE) if len(frame) else frame


def release_posts(team_posts: pd.DataFrame, privacy: Privacy) -> pd.DataFrame:
    """Blank the hours of teams of few members; that a post is filled is about no one's work."""
    return release_table(team_posts, privacy, "members", HOURS) if len(team_posts) else team_posts


def release_loops(
    summary: pd.DataFrame, curve: pd.DataFrame, policy: pd.DataFrame, privacy: Privacy
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Blank what rests on few items, be it that they were raised, waited or were decided.

    Items count no practitioners, and somebody raised each: a handful could be about one person.

    Parameters
    ----------
    summary, curve, policy
        Evidence tables ``loops_summary``, ``loops_curve`` and ``loops_policy``.
    privacy
        The study's privacy settings.
    """
    columns = ("raised", "at_risk", "of")
    summary, curve, policy = (
        release_table(frame, privacy, column) if len(frame) else frame
        for frame, column in zip((summary, curve, policy), columns, strict=True)
    )
    # A topic may be written in a handful of words that say who raised it.
    few = summary["suppressed"] if len(summary) else None
    return (
        summary
        if few is None
        else summary.assign(topic=summary["topic"].mask(few, say("few items"))),
        curve,
        policy,
    )

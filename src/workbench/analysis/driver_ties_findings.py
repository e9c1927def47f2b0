"""Which drivers go with fidelity, and what each site takes up next, as findings."""

from __future__ import annotations

from typing import Any

import pandas as pd

from workbench.analysis.driver_ties_cards import CARRIED_OVER, NEW
from workbench.analysis.driver_units import full_points_of
from workbench.certainty import certainty
from workbench.findings import Finding, not_estimable
from workbench.language import mark, noun, say, say_in
from workbench.wording import count_of, interval, number

TIES, PRIORITIES = "readiness.ties", "readiness.priorities"
TIES_QUESTION = mark("Which drivers go with fidelity in the quarters after?")
PRIORITIES_QUESTION = mark("What should this site take up next?")
NO_TIE = mark("no tie could be shown in these data")


def ties_finding(ties: pd.DataFrame, points: float, quarters_after: int) -> Finding:
    """Say which drivers go with fidelity, with the strongest; or that none could be shown to."""
    tested = ties[ties["p_value"].notna()]
    shown = ties if tested.empty else tested
    people = int(shown["n_practitioners"].max()) if len(shown) else 0
    about: dict[str, Any] = {
        "n": int(shown["n_assessments"].max()) if len(shown) else 0,
        "n_of": mark("assessments of a site"),
        "n_practitioners": people,
        "evidence": "tables/driver_ties.parquet",
    }
    if tested.empty:
        none = say("no driver assessment was handed in.")
        reasons = list(dict.fromkeys(ties["reason"])) or [none]
        return not_estimable(TIES, say(TIES_QUESTION), reasons[0], **about)
    points_more = f"{number(points)} {noun(1 if points == 1 else 2, 'point', 'points')}"
    unit = say("points of fidelity for {points} of the driver", points=points_more)
    tied = tested[tested["tied"].astype(bool)].sort_values("p_value", kind="stable")
    first = (tied if len(tied) else tested.sort_values("p_value", kind="stable")).iloc[0]
    association = say("This is an association: what else moved with the driver is not known.")
    return Finding(
        id=TIES,
        question=say(TIES_QUESTION),
        statement=f"{_what_is_tied(tied, tested, _when(quarters_after))} {unit}. {association}",
        estimate=float(first["within"]),
        conf_low=float(first["within_low"]),
        conf_high=float(first["within_high"]),
        unit=f"{unit} ({str(first['title']).lower()})",
        certainty=str(
            certainty(first["within_low"], first["within_high"], beyond_chance=len(tied) > 0)
        ),
        **about,
    )


def _when(quarters_after: int) -> str:
    if not quarters_after:
        return say("in the same quarter")
    if quarters_after == 1:
        return say("in the quarter after")
    return say("in the {quarters} after", quarters=count_of(quarters_after, "quarter"))


def _what_is_tied(tied: pd.DataFrame, tested: pd.DataFrame, when: str) -> str:
    """Name the drivers that are tied, or the one that comes nearest; its unit comes next."""
    drivers = count_of(len(tested), "driver")
    if tied.empty:
        widest = tested.sort_values("p_value", kind="stable").iloc[0]
        none = say(NO_TIE)
        looked = say(
            "of {drivers} looked at, none goes with higher fidelity {when} when all of them are "
            "allowed for. The nearest is {nearest}: {size}",
            drivers=drivers,
            when=when,
            nearest=str(widest["title"]).lower(),
            size=_size(widest),
        )
        return f"{none[0].upper()}{none[1:]}: {looked}"
    lead = (
        mark("Of {drivers}, {n} goes with higher fidelity {when}, where it stands above the site's "
             "own mean.")
        if len(tied) == 1
        else mark("Of {drivers}, {n} go with higher fidelity {when}, where it stands above the "
                  "site's own mean.")
    )  # fmt: skip
    listed = "; ".join(f"{row['title']}: {_size(row)}" for row in tied.to_dict("records"))
    return f"{say(lead, drivers=drivers, n=len(tied), when=when)} {listed}"


def _size(row: Any) -> str:
    return say(
        "{points} (95% interval {between})",
        points=number(row["within"], 1, signed=True),
        between=interval(row["within_low"], row["within_high"], 1, signed=True, beside=(0,)),
    )


def tie_text(row: pd.Series | None) -> str:
    """Say of one driver whether it is tied to fidelity."""
    if row is None or pd.isna(row["p_value"]):
        reason = "" if row is None else str(row["reason"])
        return f"{say(NO_TIE)}: {reason}" if reason else say(NO_TIE)
    return say("goes with fidelity, {size}", size=_size(row)) if row["tied"] else say(NO_TIE)


def priorities_findings(
    cards: pd.DataFrame, sites: pd.DataFrame, withheld: dict[str, int]
) -> list[Finding]:
    """Make one finding for each site: what to take up, what is carried over, and what is done.

    Parameters
    ----------
    cards
        The table ``priorities``.
    sites
        ``site_id, n_respondents``: the sites that were assessed.
    withheld
        Site to the number of drivers whose score is withheld.
    """
    return [
        _of_site(site, int(people), cards[cards["site_id"] == site], withheld.get(site, 0))
        for site, people in sites.itertuples(index=False)
    ]


def _of_site(site: str, people: int, cards: pd.DataFrame, withheld: int) -> Finding:
    about: dict[str, Any] = {
        "site_id": site,
        "n": people,
        "n_of": mark("respondents"),
        "n_practitioners": people,
        "evidence": "tables/priorities.parquet",
    }
    open_cards = cards[cards["order"] > 0].sort_values("order")
    done = cards[cards["order"] == 0]
    finished = _finished(done)
    if open_cards.empty and withheld:
        why = say(
            "the scores of {drivers} are withheld, and none that is shown is low.",
            drivers=count_of(withheld, "driver"),
        )
        question = say(PRIORITIES_QUESTION)
        return not_estimable(PRIORITIES, question, f"{why}{finished}", **about)
    if open_cards.empty:
        none_low = say("No driver is low enough here to be taken up this quarter.")
        return Finding(
            id=PRIORITIES,
            question=say(PRIORITIES_QUESTION),
            statement=f"{none_low}{finished}",
            estimate=0.0,
            unit=mark("drivers to take up"),
            **about,
        )
    first = open_cards.iloc[0]
    whose = say(str(first["owner_role"]))
    owner = f" {say('For: {owner}.', owner=whose)}" if whose else ""
    # The interval is that of the score with which the card was made.
    has_interval = pd.notna(first["conf_low"]) and first["score_now"] == first["score"]
    return Finding(
        id=PRIORITIES,
        question=say(PRIORITIES_QUESTION),
        statement=f"{_to_take_up(open_cards)}{finished}",
        estimate=float(first["score_now"]) if pd.notna(first["score_now"]) else None,
        conf_low=float(first["conf_low"]) if has_interval else None,
        conf_high=float(first["conf_high"]) if has_interval else None,
        unit=full_points_of(str(first["title"])),
        action_prompt=f"{first['action']}{owner}".strip(),
        best_practice=str(first["wording"]),
        **about,
    )


def _finished(done: pd.DataFrame) -> str:
    """Name the drivers whose cards are done; empty without any."""
    if done.empty:
        return ""
    drivers = ", ".join(done["title"].str.lower())
    return f" {say('Done since last quarter: {drivers}.', drivers=drivers)}"


def _to_take_up(open_cards: pd.DataFrame) -> str:
    """Name the drivers of the open cards, and say if none of them is tied to fidelity."""
    cards = open_cards.to_dict("records")
    named = "; ".join(f"{row['order']}. {row['title']} ({_in_short(row)})" for row in cards)
    due = open_cards["due"].iloc[0]
    said = say("To take up by {quarter}: {drivers}.", quarter=due, drivers=named)
    if open_cards["tied"].astype(bool).any():
        return said
    untied = say("No tie of these with fidelity could be shown in these data.")
    return f"{said} {untied}"


def _in_short(card: Any) -> str:
    """Write a card's score and status, and its tie where there is one."""
    words = f"{_score_of(card)}, {_status(str(card['status']))}"
    return f"{words}; {card['tie']}" if card["tied"] else words


def _status(status: str) -> str:
    words = {NEW: say_in("of a card", "new"), CARRIED_OVER: say_in("of a card", "carried over")}
    return words.get(status, status)


def _score_of(card: Any) -> str:
    """Write a card's score: now and, where it is an older card's, when it was made."""
    then = number(card["score"])
    if card["score_now"] == card["score"]:
        return say("{score}% of full points", score=then)
    if pd.isna(card["score_now"]):
        return say("{score}% of full points in {quarter}, not known now",
                   score=then, quarter=card["set_in"])  # fmt: skip
    return say(
        "{score}% of full points in {quarter}, {score_now}% now",
        score=then,
        quarter=card["set_in"],
        score_now=number(card["score_now"]),
    )

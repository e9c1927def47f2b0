"""Which drivers go with fidelity, and what each site takes up next, as findings."""

from __future__ import annotations

from typing import Any

import pandas as pd

from workbench.certainty import certainty
from workbench.findings import Finding, not_estimable
from workbench.wording import count_of, interval, number

TIES, TIES_QUESTION = "readiness.ties", "Which drivers go with fidelity in the quarters after?"
PRIORITIES, PRIORITIES_QUESTION = "readiness.priorities", "What should this site take up next?"
NO_TIE = "no tie could be shown in these data"


def ties_finding(ties: pd.DataFrame, points: float, quarters_after: int) -> Finding:
    """Say which drivers go with fidelity, with the strongest; or that none could be shown to."""
    tested = ties[ties["p_value"].notna()]
    shown = ties if tested.empty else tested
    people = int(shown["n_practitioners"].max()) if len(shown) else 0
    about: dict[str, Any] = {
        "n": int(shown["n_assessments"].max()) if len(shown) else 0,
        "n_of": "assessments of a site",
        "n_practitioners": people,
        "evidence": "tables/driver_ties.parquet",
    }
    if tested.empty:
        reasons = list(dict.fromkeys(ties["reason"])) or ["no driver assessment was handed in."]
        return not_estimable(TIES, TIES_QUESTION, reasons[0], **about)
    more = f"{number(points)} {'point' if points == 1 else 'points'}"
    unit = f"points of fidelity for {more} of the driver"
    when = (
        "in the same quarter"
        if not quarters_after
        else f"in the {count_of(quarters_after, 'quarter')} after"
        if quarters_after > 1
        else "in the quarter after"
    )
    tied = tested[tested["tied"].astype(bool)].sort_values("p_value", kind="stable")
    looked = count_of(len(tested), "driver")
    if tied.empty:
        widest = tested.sort_values("p_value", kind="stable").iloc[0]
        said = (
            f"{NO_TIE[0].upper()}{NO_TIE[1:]}: of {looked} looked at, none goes with higher "
            f"fidelity {when} when all of them are allowed for. The nearest is "
            f"{str(widest['title']).lower()}: {_size(widest)}"
        )
    else:
        listed = "; ".join(f"{row['title']}: {_size(row)}" for row in tied.to_dict("records"))
        said = (
            f"Of {looked}, {len(tied)} {'goes' if len(tied) == 1 else 'go'} with higher fidelity "
            f"{when}, where it stands above the site's own mean. {listed}"
        )
    first = (tied if len(tied) else tested.sort_values("p_value", kind="stable")).iloc[0]
    return Finding(
        id=TIES,
        question=TIES_QUESTION,
        statement=f"{said} {unit}. This is an association: what else moved with the driver is not "
        "known.",
        estimate=float(first["within"]),
        conf_low=float(first["within_low"]),
        conf_high=float(first["within_high"]),
        unit=f"{unit} ({str(first['title']).lower()})",
        certainty=str(
            certainty(first["within_low"], first["within_high"], beyond_chance=len(tied) > 0)
        ),
        **about,
    )


def _size(row: Any) -> str:
    return (
        f"{number(row['within'], 1, signed=True)} (95% interval "
        f"{interval(row['within_low'], row['within_high'], 1, signed=True, beside=(0,))})"
    )


def tie_text(row: pd.Series | None) -> str:
    """Say of one driver whether it is tied to fidelity."""
    if row is None or pd.isna(row["p_value"]):
        reason = "" if row is None else str(row["reason"])
        return f"{NO_TIE}: {reason}" if reason else NO_TIE
    return f"goes with fidelity, {_size(row)}" if row["tied"] else NO_TIE


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
        "n_of": "respondents",
        "n_practitioners": people,
        "evidence": "tables/priorities.parquet",
    }
    open_cards = cards[cards["order"] > 0].sort_values("order")
    done = cards[cards["order"] == 0]
    finished = (
        f" Done since last quarter: {', '.join(done['title'].str.lower())}." if len(done) else ""
    )
    if open_cards.empty and withheld:
        why = (
            f"the scores of {count_of(withheld, 'driver')} are withheld, and none that is shown is "
            f"low.{finished}"
        )
        return not_estimable(PRIORITIES, PRIORITIES_QUESTION, why, **about)
    if open_cards.empty:
        said = f"No driver is low enough here to be taken up this quarter.{finished}"
        return Finding(
            id=PRIORITIES,
            question=PRIORITIES_QUESTION,
            statement=said,
            estimate=0.0,
            unit="drivers to take up",
            **about,
        )
    named = "; ".join(
        f"{row['order']}. {row['title']} ({_score_of(row)}, {row['status']}"
        f"{'; ' + row['tie'] if row['tied'] else ''})"
        for row in open_cards.to_dict("records")
    )
    untied = (
        ""
        if open_cards["tied"].astype(bool).any()
        else " No tie of these with fidelity could be shown in these data."
    )
    first = open_cards.iloc[0]
    owner = f" For: {first['owner_role']}." if first["owner_role"] else ""
    # The interval is that of the score with which the card was made.
    has_interval = pd.notna(first["conf_low"]) and first["score_now"] == first["score"]
    return Finding(
        id=PRIORITIES,
        question=PRIORITIES_QUESTION,
        statement=f"To take up by {first['due']}: {named}.{untied}{finished}",
        estimate=float(first["score_now"]) if pd.notna(first["score_now"]) else None,
        conf_low=float(first["conf_low"]) if has_interval else None,
        conf_high=float(first["conf_high"]) if has_interval else None,
        unit=f"percent of full points of {str(first['title']).lower()}",
        action_prompt=f"{first['action']}{owner}".strip(),
        best_practice=str(first["wording"]),
        **about,
    )


def _score_of(card: Any) -> str:
    """Write a card's score: now and, where it is an older card's, when it was made."""
    then = f"{number(card['score'])}% of full points"
    if card["score_now"] == card["score"]:
        return then
    now = f"{number(card['score_now'])}% now" if pd.notna(card["score_now"]) else "not known now"
    return f"{then} in {card['set_in']}, {now}"

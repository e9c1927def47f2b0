"""What each site takes up next: at most three drivers that are low, tied and improvable.

Each priority is a card for one cycle of plan, do, study and act. Next quarter's run is given the
cards, says of each whether the driver rose, and carries over those that have not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from workbench import terms
from workbench.analysis.driver_ties_cards import CARRIED_OVER, DONE, MARGIN, NEW, carried
from workbench.analysis.driver_ties_findings import priorities_findings, tie_text
from workbench.findings import Finding
from workbench.language import say
from workbench.quarters import Quarter
from workbench.shown import Shown

__all__ = ["COLUMNS", "Priorities", "carried", "priorities"]

LOW = 200 / 3
"""Percent of full points below which a driver is low."""
LOWEST_SHARE = 1 / 3
"""Share of a site's drivers, the lowest, that are low beside the others."""
AT_MOST = 3
COPIED = ("site_id", "name", "title", "score", "conf_low", "conf_high", "assessed_quarter")
COLUMNS = [
    "site_id",
    "order",
    "name",
    "title",
    "best_practice",
    "wording",
    "score",
    "tie",
    "improvable",
    "action",
    "owner_role",
    "due",
    "status",
    "conf_low",
    "conf_high",
    "tied",
    "assessed_quarter",
    "set_in",
    "expect",
    "score_now",
    "change",
    "change_low",
    "change_high",
    "why",
]


@dataclass(frozen=True)
class Priorities(Shown):
    """What each site takes up.

    Attributes
    ----------
    priorities
        One row a card; see ``COLUMNS``. ``order`` is 1 to 3, and 0 for a card that is done.
        ``score`` is the driver's when the card was made, ``score_now`` and ``change`` what became
        of it; ``why`` says on what ground its ``status`` rests.
    assessed
        ``site_id, n_respondents``: the sites that were assessed.
    withheld
        Site to how many of its drivers' scores are withheld.
    """

    priorities: pd.DataFrame
    assessed: pd.DataFrame
    withheld: dict[str, int] = field(default_factory=dict)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Evidence tables by name."""
        return {"priorities": self.priorities}

    def findings(self) -> list[Finding]:
        """Say what each site takes up next."""
        return priorities_findings(self.priorities, self.assessed, self.withheld)


def priorities(
    driver_scores: pd.DataFrame,
    prompts: pd.DataFrame,
    ties: pd.DataFrame,
    quarter: Quarter,
    previous: pd.DataFrame | None = None,
    low: float = LOW,
    at_most: int = AT_MOST,
    margin: float = MARGIN,
) -> Priorities:
    """Choose at most three drivers a site, and go on with the cards of the quarter before.

    Parameters
    ----------
    driver_scores
        From ``driver_readiness``; a withheld score is no ground for a priority.
    prompts
        One row a best practice: ``best_practice, wording, action, owner_role``.
    ties
        The table ``driver_ties``. Drivers with a tie come before drivers without.
    quarter
        Quarter of the report; cards are due in the next.
    previous
        The table ``priorities`` of the quarter before; None if there is none.
    low
        Percent of full points below which a driver is low; so is any of the lowest third of a
        site's drivers that is not in place.
    at_most
        Most cards a site.
    margin
        Points by which a driver must have risen for its card to be done; see ``carried``.
    """
    mine = driver_scores[(driver_scores["scope"] == "site")]
    drivers = mine[mine["level"] == "driver"]
    followed = carried(previous, driver_scores, margin)
    by_name: dict[str, pd.Series] = {str(row["name"]): row for _, row in ties.iterrows()}
    rows: list[dict[Any, Any]] = []
    for site, scores in drivers.groupby("site_id", sort=True):
        cards = followed[followed["site_id"] == site].to_dict("records")
        still_open = [card for card in cards if card["status"] == CARRIED_OVER][:at_most]
        for place, card in enumerate(still_open, 1):
            due = {"order": place, "due": str(quarter.plus(1))}
            rows.append({**card, **due, **_tie(by_name.get(str(card["name"])))})
        taken = {card["name"] for card in still_open}
        fresh = _candidates(scores[~scores["name"].isin(taken)], scores, by_name, low)
        practices = mine[(mine["site_id"] == site) & (mine["level"] == "best_practice")]
        room = at_most - len(still_open)
        for place, one in enumerate(fresh.head(room).to_dict("records"), len(still_open) + 1):
            tie = _tie(by_name.get(one["name"]))
            rows.append({"order": place, **_card(one, practices, prompts, quarter, margin), **tie})
        rows += [{**card, "order": 0} for card in cards if card["status"] == DONE]
    table = pd.DataFrame(rows, columns=COLUMNS)
    withheld = drivers[drivers["score"].isna()].groupby("site_id").size()
    assessed = drivers.groupby("site_id")["n_respondents"].max().reset_index()
    return Priorities(table, assessed, {str(site): int(n) for site, n in withheld.items()})


def _candidates(
    left: pd.DataFrame, every: pd.DataFrame, ties: dict[str, pd.Series], low: float
) -> pd.DataFrame:
    """Drivers that are low here and not in place: those with a tie first, then the lowest."""
    known = left[left["score"].notna() & (left["status"] != terms.IN_PLACE)]
    lowest = every["score"].dropna().nsmallest(max(1, int(len(every) * LOWEST_SHARE)))
    is_low = (known["score"] < low) | known.index.isin(lowest.index)
    chosen = known[is_low]
    tied = [bool(name in ties and ties[name]["tied"]) for name in chosen["name"]]
    return chosen.assign(_tied=tied).sort_values(
        ["_tied", "score"], ascending=[False, True], kind="stable"
    )


def _tie(row: pd.Series | None) -> dict[str, object]:
    return {"tie": tie_text(row), "tied": bool(row is not None and row["tied"])}


def _card(
    driver: dict,
    practices: pd.DataFrame,
    prompts: pd.DataFrame,
    quarter: Quarter,
    margin: float,
) -> dict[str, object]:
    """Card of one driver: what to try, who, by when, and what to look for afterwards."""
    own = practices[practices["driver"] == driver["name"]].sort_values("score", kind="stable")
    practice = own.iloc[0] if len(own) else None
    name = "" if practice is None else practice["name"]
    prompt = prompts[prompts["best_practice"] == name]
    known = not prompt.empty
    return {
        **{column: driver[column] for column in COPIED},
        "best_practice": name,
        "wording": "" if practice is None else practice["title"],
        "improvable": 100 - driver["score"],
        "action": prompt["action"].iloc[0] if known else "",
        "owner_role": prompt["owner_role"].iloc[0] if known else "",
        "due": str(quarter.plus(1)),
        "status": NEW,
        "set_in": str(quarter),
        "expect": say(
            "{driver} {points:g} points higher at the next assessment, or in place.",
            driver=driver["title"],
            points=margin,
        ),
        "score_now": driver["score"],
        "change": np.nan,
        "change_low": np.nan,
        "change_high": np.nan,
        "why": "",
    }

"""Share of actions done within some days, and other shares, with intervals over practitioners.

Actions of one plan, and of one practitioner, go together, so every interval counts practitioners.
A plan that closes with the action undone is an event of its own that came first, and an action that
is open when the quarter ends was followed up to then: neither is a failure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd

from workbench.language import mark, say
from workbench.models.clustered import clustered_mean
from workbench.models.competing_events import cumulative_incidence
from workbench.models.proportions import Dispersion, wilson_interval
from workbench.quarters import Quarter
from workbench.wording import count_of

DONE, CLOSED, OPEN = "done", "plan closed", "open"
OWNERS = ("person", "family", "natural support", "professional")
ALL = "all"
DAYS = (30, 60, 90)
FEWEST_ACTIONS = 10
"""Actions below which a share is withheld."""
FEWEST_PEOPLE = 3
"""Practitioners below which how they differ can't be told, so that there is no interval."""
QUARTERS = 4
"""Quarters up to that of the report whose actions make the share done."""

SHARE_COLUMNS = [
    "scope", "site_id", "owner", "days", "share", "share_low", "share_high", "closed_first",
    "n_actions", "n_open", "n_plans", "n_practitioners", "reason",
]  # fmt: skip
CURVE_COLUMNS = [
    "scope", "site_id", "owner", "days", "share", "share_low", "share_high", "closed_first",
    "n_actions", "n_plans", "n_practitioners",
]  # fmt: skip
QUARTER_COLUMNS = [
    "scope", "site_id", "quarter", "share", "share_low", "share_high", "n_actions", "n_plans",
    "n_practitioners",
]  # fmt: skip
NUMBERS = ["share", "share_low", "share_high", "closed_first"]
FEW_PEOPLE = mark(
    "fewer than {fewest} practitioners are behind it, so how they differ can't be told."
)


def scopes(frame: pd.DataFrame) -> Iterator[tuple[dict[str, str], pd.DataFrame]]:
    """Give the rows of the network and those of each site, with ``scope`` and ``site_id``."""
    yield {"scope": "network", "site_id": ""}, frame
    for site, mine in frame.groupby("site_id", sort=True):
        yield {"scope": "site", "site_id": str(site)}, mine


def behind(frame: pd.DataFrame) -> dict[str, int]:
    """Count the plans and practitioners behind some rows."""
    return {
        "n_plans": int(frame["plan_id"].nunique()),
        "n_practitioners": int(frame["practitioner_id"].nunique()),
    }


def share_tables(by_action: pd.DataFrame, quarter: Quarter) -> dict[str, pd.DataFrame]:
    """Make the evidence tables ``follow_through`` and ``follow_through_curve``.

    Parameters
    ----------
    by_action
        One row an action: ``plan_id, site_id, practitioner_id, owner, agreed_on, days, event``.
    quarter
        Quarter of the report; actions agreed in the four quarters up to it count.
    """
    since = pd.Timestamp(quarter.plus(1 - QUARTERS).first_day)
    recent = by_action[by_action["agreed_on"] >= since]
    every = np.arange(DAYS[-1] + 1)
    shares, curves = [], []
    for about, mine in scopes(recent):
        for owner in (ALL, *OWNERS):
            theirs = mine if owner == ALL else mine[mine["owner"] == owner]
            if theirs.empty:
                continue
            curve = share_done(theirs, every).assign(**about, owner=owner, **behind(theirs))
            shares.append(curve[curve["days"].isin(DAYS)])
            curves.append(curve)
    return {
        "follow_through": _joined(shares, SHARE_COLUMNS),
        "follow_through_curve": _joined(curves, CURVE_COLUMNS),
    }


def share_by_quarter(by_action: pd.DataFrame) -> pd.DataFrame:
    """Make ``follow_through_by_quarter``: done within 30 days, by the quarter of agreement."""
    rows = [
        share_done(mine, DAYS[:1]).assign(**about, quarter=quarter, **behind(mine))
        for about, part in scopes(by_action)
        for quarter, mine in part.groupby("quarter", sort=True)
    ]
    return _joined(rows, QUARTER_COLUMNS)


def share_done(actions: pd.DataFrame, days: Iterable[int]) -> pd.DataFrame:
    """Cumulative incidence of done, and of plans that closed first, on given days.

    Where none, or all, were done the interval is Wilson's, of those not open before that day.

    Returns
    -------
    DataFrame
        One row a day: ``days, share, share_low, share_high, closed_first, n_actions, n_open``
        (open when last seen, before that day)``, reason``.
    """
    asked = np.asarray(list(days))
    late = actions["days"] > asked.max()
    found = cumulative_incidence(
        actions["days"].where(~late, asked.max() + 1.0).astype(float),
        actions["event"].mask(late | (actions["event"] == OPEN), ""),
        clusters=actions["practitioner_id"],
        kinds=[DONE, CLOSED],
    ).at(asked)
    done = found[found["kind"] == DONE]
    left_open = np.sort(actions.loc[actions["event"] == OPEN, "days"].to_numpy())
    n_open = np.searchsorted(left_open, asked, side="left")
    share, of = done["incidence"].to_numpy(), len(actions) - n_open
    ends = done[["conf_low", "conf_high"]].to_numpy(copy=True)
    enough = actions["practitioner_id"].nunique() >= FEWEST_PEOPLE
    flat = (share <= 0) | (share >= 1 - 1e-12)
    if enough and flat.any():
        ends[flat] = np.column_stack(wilson_interval(share[flat] * of[flat], of[flat]))
    table = pd.DataFrame(
        {
            "days": asked,
            "share": share,
            "share_low": ends[:, 0],
            "share_high": ends[:, 1],
            "closed_first": found.loc[found["kind"] == CLOSED, "incidence"].to_numpy(),
            "n_actions": len(actions),
            "n_open": n_open,
            "reason": "" if enough else say(FEW_PEOPLE, fewest=FEWEST_PEOPLE),
        }
    )
    unknown = table["share"].isna()
    table.loc[unknown, "reason"] = say("no action was followed for so long yet.")
    if len(actions) < FEWEST_ACTIONS:
        table[NUMBERS] = np.nan
        table["reason"] = say(
            "there are only {actions}, fewer than {fewest}.",
            actions=count_of(len(actions), "action"),
            fewest=FEWEST_ACTIONS,
        )
    return table


def clustered_share(counts: pd.Series, clusters: pd.Series) -> tuple[float, float, float]:
    """Share of rows that count, with Wilson's interval of as many rows as clusters leave.

    The number of rows is divided by how much wider the robust variance is than that of independent
    rows, and t on G - 1 degrees of freedom takes the place of the normal (Korn and Graubard 1998,
    Survey Methodology 24, 193-201, with Wilson's interval). No interval with under three clusters,
    and no share of no rows.
    """
    from scipy import stats

    found = clustered_mean(counts.astype(float), clusters)
    if found.n_clusters < FEWEST_PEOPLE:
        return found.estimate, np.nan, np.nan
    share, df = found.estimate, found.n_clusters - 1
    alone = share * (1 - share) / len(counts)
    error = (found.conf_high - share) / float(stats.t.ppf(0.975, df))
    wider = max(error**2 / alone, 1.0) if alone > 0 else 1.0
    low, high = wilson_interval(
        share * len(counts), len(counts), dispersion=Dispersion(wider, float(df))
    )
    return share, float(low), float(high)


def _joined(parts: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    if not parts:
        return pd.DataFrame(columns=columns)
    return pd.concat(parts, ignore_index=True)[columns]

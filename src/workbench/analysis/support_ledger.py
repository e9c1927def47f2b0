"""The support ledger: how often practice is reinforced, for whom, and how much of it on skill.

Frequency and coverage stand beside totals, since it is these that went with practice where the
three were set side by side (BetterBirth, Global Health: Science and Practice, GHSP-D-19-00317).
Everybody in post counts, whether or not they were given anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from workbench.analysis.support_ledger_cells import ALL, PART, entries, posts, received
from workbench.analysis.support_ledger_planned import PLANNED_COLUMNS, planned_and_delivered
from workbench.analysis.support_ledger_table import ledger_table
from workbench.language import mark, say
from workbench.quarters import Quarter, quarter_labels
from workbench.shown import Shown

QUARTERS = 8
NOT_HANDED_IN = mark(
    "no table of supports was handed in. "
    "It would show how often practice is reinforced, for whom, and how much of that is on skill."
)
NO_PEOPLE = mark("no table of practitioners was handed in.")
NOTHING_GIVEN = mark("no support is recorded up to the end of {quarter}.")
OWN_COLUMNS = [
    "scope", *PART, "kind", "months", "acts", "minutes", "share_skill", "n_practitioners",
]  # fmt: skip
NONE_COLUMNS = ["scope", "site_id", "quarter", "none", "in_post", "none_in_two", "in_post_in_two"]


@dataclass(frozen=True)
class SupportLedger(Shown):
    """What was given to those in post, quarter by quarter.

    Attributes
    ----------
    ledger
        Evidence table ``support_ledger``: see ``support_ledger_table.LEDGER_COLUMNS``.
    planned
        Evidence table ``supports_planned``; no rows where no plan is declared.
    none
        Evidence table ``supports_none``: who got nothing in the quarter and in the last two, of
        those in post in each of them.
    by_practitioner
        Evidence table ``supports_by_practitioner``, scope ``practitioner``; never shown on a page.
    entries, rows
        One row a practitioner, quarter and kind; and one an act received in post.
    acts_given, acts_used
        Acts up to the quarter, and those of them that reached somebody in post.
    quarter, plan
        Quarter of the report; acts a quarter for each practitioner, by kind.
    why_not
        Why nothing can be said; empty if something can.
    """

    ledger: pd.DataFrame
    planned: pd.DataFrame
    none: pd.DataFrame
    by_practitioner: pd.DataFrame
    entries: pd.DataFrame
    rows: pd.DataFrame
    acts_given: int
    acts_used: int
    quarter: Quarter
    plan: Mapping[str, int]
    why_not: str = ""

    @property
    def acts_about_nobody(self) -> int:
        """Acts that reached nobody in post; they are in no table."""
        return self.acts_given - self.acts_used

    def tables(self) -> dict[str, pd.DataFrame]:
        """Evidence tables by name."""
        return {
            "support_ledger": self.ledger,
            "supports_planned": self.planned,
            "supports_none": self.none,
            "supports_by_practitioner": self.by_practitioner,
        }


def support_ledger(
    given: pd.DataFrame,
    supports: pd.DataFrame,
    practitioners: pd.DataFrame,
    quarter: Quarter,
    planned: Mapping[str, int],
) -> SupportLedger:
    """Keep the ledger of support over the last eight quarters, since supports are recorded.

    Parameters
    ----------
    given
        One row a practitioner and act that covered them: ``support_id, practitioner_id,
        occurred_on, quarter, kind``, and ``minutes, focus`` where they are recorded.
    supports
        Accepted acts: ``support_id, occurred_on, kind``. Those after the quarter do not count.
    practitioners
        ``practitioner_id, site_id``, and ``supervisor_id, hired_on, trained_on, left_on`` where
        they are recorded. Who has no days is taken to be in post throughout.
    quarter
        Quarter of the report.
    planned
        Acts a quarter due to each practitioner in post, by kind; empty if no plan is declared.

    Examples
    --------
    >>> people = pd.DataFrame({"practitioner_id": ["p1", "p2"], "site_id": ["A", "A"]})
    >>> act = {"support_id": "s1", "practitioner_id": "p1", "site_id": "A", "kind": "coaching"}
    >>> acts = pd.DataFrame([act]).assign(occurred_on=pd.Timestamp("2026-02-01"), quarter="2026Q1")
    >>> found = support_ledger(acts, acts, people, Quarter(2026, 1), {}).ledger.iloc[0]
    >>> int(found["covered"]), int(found["without"]), float(found["coverage"])
    (1, 1, 0.5)
    """
    acts = _up_to(supports, quarter)
    why = _why_not(supports, acts, practitioners, quarter)
    kinds = sorted({*acts["kind"].dropna(), *planned}) if not why else []
    rows = received(given if not why else pd.DataFrame(), practitioners)
    days = pd.DataFrame() if why else posts(practitioners, _quarters(acts, quarter))
    cells = entries(days if len(days) else posts(pd.DataFrame(), []), rows, kinds)
    plan = dict(planned) if not why else {}
    return SupportLedger(
        ledger=ledger_table(cells, rows),
        planned=planned_and_delivered(cells, days, plan) if plan else _none_of(PLANNED_COLUMNS),
        none=_who_got_none(cells, quarter),
        by_practitioner=_own(cells),
        entries=cells,
        rows=rows,
        acts_given=acts["support_id"].nunique(),
        acts_used=rows["support_id"].nunique(),
        quarter=quarter,
        plan=dict(planned),
        why_not=why,
    )


def _up_to(supports: pd.DataFrame, quarter: Quarter) -> pd.DataFrame:
    full = supports.reindex(columns=["support_id", "occurred_on", "kind"])
    day = pd.to_datetime(full["occurred_on"])
    return full.assign(occurred_on=day)[day <= pd.Timestamp(quarter.last_day)]


def _why_not(
    supports: pd.DataFrame, acts: pd.DataFrame, practitioners: pd.DataFrame, quarter: Quarter
) -> str:
    if supports.empty:
        return say(NOT_HANDED_IN)
    if practitioners.empty:
        return say(NO_PEOPLE)
    return say(NOTHING_GIVEN, quarter=quarter) if acts.empty else ""


def _quarters(acts: pd.DataFrame, quarter: Quarter) -> list[Quarter]:
    """Last eight quarters, from that of the first act on: before it nothing was recorded."""
    first = str(quarter_labels(acts["occurred_on"], quarter.fiscal_year_starts).min())
    last = [quarter.plus(-back) for back in range(QUARTERS - 1, -1, -1)]
    return [one for one in last if str(one) >= first]


def _none_of(columns: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame(columns=list(columns))


def _own(cells: pd.DataFrame) -> pd.DataFrame:
    """Keep each practitioner's own lines: all kinds together, and kinds that were given."""
    mine = cells[(cells["kind"] == ALL) | (cells["acts"] > 0)]
    share = mine["on_skill"] / mine["weighed"].where(mine["weighed"] > 0)
    full = mine.assign(scope="practitioner", share_skill=share, n_practitioners=1)
    return full.reindex(columns=OWN_COLUMNS).reset_index(drop=True)


def _who_got_none(cells: pd.DataFrame, quarter: Quarter) -> pd.DataFrame:
    """Count who in post got nothing now, and of those also in post before who got none in two."""
    whole = cells[cells["kind"] == ALL]
    now = whole[whole["quarter"] == str(quarter)].set_index("practitioner_id")
    if now.empty:
        return _none_of(NONE_COLUMNS)
    before = whole[whole["quarter"] == str(quarter.plus(-1))].set_index("practitioner_id")["acts"]
    acts = now["acts"] + before.reindex(now.index)  # missing for who was not in post before
    who = now[["site_id"]].assign(
        none=now["acts"] == 0, none_in_two=acts == 0, in_post_in_two=acts.notna(), in_post=True
    )
    counts = ["none", "in_post", "none_in_two", "in_post_in_two"]
    network = who[counts].sum().to_frame().T.assign(scope="network", site_id="")
    sites = who.groupby("site_id", as_index=False)[counts].sum().assign(scope="site")
    return pd.concat([network, sites], ignore_index=True).assign(quarter=str(quarter))[NONE_COLUMNS]

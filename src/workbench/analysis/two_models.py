"""The practice an organisation trained, and the one its ratings go with.

Every organisation carries out two models: the one it trained and the one its systems reward. Here
what it recognises in a practitioner's work is set beside the components of practice seen in the
same period, and beside productivity, documentation and attendance. Each gets its share of what can
be told of the ratings, averaged over all orders in which they may be let in
(`workbench.models.relative_importance`). The share of practice is the alignment index.

Organisations and years have scales of their own, so only what differs between practitioners of one
site in one period counts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from workbench.analysis.two_models_findings import alignment_finding, shares_finding
from workbench.analysis.two_models_rows import PRACTICE, Recognised, recognised_rows
from workbench.findings import Finding
from workbench.language import mark, say
from workbench.models.cluster_bootstrap import cluster_draws, percentile_interval
from workbench.models.relative_importance import DRAWS, RelativeImportance, relative_importance
from workbench.quarters import Quarter
from workbench.shown import Shown
from workbench.wording import count_of

FEWEST_PRACTITIONERS = 30
FEWEST_ROWS_A_PREDICTOR = 10
SEED = 20_260_601
COLUMNS = [
    "name",
    "title",
    "group",
    "share",
    "share_low",
    "share_high",
    "direction",
    "n_rows",
    "n_practitioners",
    "vif",
    "ridge",
]
ALIGNMENT_COLUMNS = [
    "period",
    "alignment",
    "conf_low",
    "conf_high",
    "explained",
    "explained_low",
    "explained_high",
    "n_rows",
    "n_practitioners",
    "reason",
]


@dataclass(frozen=True)
class TwoModels(Shown):
    """What goes with what the organisation recognises.

    Attributes
    ----------
    two_models
        One row a component of practice and other thing rated: its share of what can be told of
        the ratings, with its interval; ``direction`` of its relation to the rating by itself;
        ``vif`` and ``ridge`` tell of those that move together. No row where there is a reason.
    groups
        The same for practice as a whole, productivity, documentation and attendance.
    alignment
        Practice's share over the whole series (``period`` empty) and by year.
    trend, trend_low, trend_high
        Change of the alignment in a year, with its interval; NaN where under two years tell it.
    left_out
        Sentences about rows and columns that are not used.
    reason
        Why nothing can be told; empty if something can.
    n_rows, n_practitioners
        Ratings beside observed practice, and the people behind them.
    """

    two_models: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=COLUMNS))
    groups: pd.DataFrame = field(default_factory=pd.DataFrame)
    alignment: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=ALIGNMENT_COLUMNS))
    trend: float = np.nan
    trend_low: float = np.nan
    trend_high: float = np.nan
    left_out: tuple[str, ...] = ()
    reason: str = ""
    n_rows: int = 0
    n_practitioners: int = 0

    def tables(self) -> dict[str, pd.DataFrame]:
        """Evidence tables by name."""
        return {"two_models": self.two_models, "alignment": self.alignment}

    def findings(self) -> list[Finding]:
        """Say what is rewarded most, what of practice least, and how far the two models agree."""
        about, trend = self._about(), (self.trend, self.trend_low, self.trend_high)
        return [
            shares_finding(self.two_models, self.groups, self.alignment, about, self.left_out),
            alignment_finding(self.alignment, trend, about),
        ]

    def _about(self) -> dict[str, object]:
        return {
            "reason": self.reason,
            "n": self.n_rows,
            "n_of": mark("ratings"),
            "n_practitioners": self.n_practitioners,
        }


def two_models(
    components: pd.DataFrame,
    recognition: pd.DataFrame,
    practitioners: pd.DataFrame,
    quarter: Quarter,
    draws: int = DRAWS,
) -> TwoModels:
    """Share what can be told of ratings between practice and what else is rated.

    Parameters
    ----------
    components
        One row an observation and component: ``practitioner_id, observed_on, component,
        component_title, component_order, fidelity``.
    recognition
        Accepted rows: ``practitioner_id, period_start, rating`` and any of
        ``productivity_percent, documentation_compliance, attendance``. Without columns if the
        table was not handed in.
    practitioners
        ``practitioner_id, site_id``.
    quarter
        Quarter of the report; later ratings don't count.
    draws
        Bootstrap draws of practitioners.
    """
    rows = recognised_rows(components, recognition, practitioners, quarter)
    reason = rows.reason or too_few(rows, rows.frame, rows.cells)
    if reason:
        return TwoModels(reason=reason, left_out=rows.left_out, **_size(rows.frame))
    counts = cluster_draws(rows.frame["practitioner_id"].nunique(), draws, SEED)
    whole = _shares(rows, rows.frame, counts)
    reason = say("of the ratings, {why}", why=whole.reason) if whole.reason else ""
    years = {
        str(year): _of_year(rows, part, counts)
        for year, part in rows.frame.groupby("year", sort=True)
    }
    place = list(whole.groups["group"]).index(PRACTICE) if not reason else 0
    alignment = pd.DataFrame(
        [_alignment_row(period, found) for period, found in {"": whole, **years}.items()],
        columns=ALIGNMENT_COLUMNS,
    )
    table = whole.shares.merge(rows.predictors[["name", "title"]], on="name")
    table = table.assign(n_rows=whole.n, n_practitioners=whole.n_clusters)
    return TwoModels(
        table[COLUMNS],
        whole.groups,
        alignment,
        *_trend(years, place, whole.n_clusters),
        left_out=rows.left_out,
        reason=reason,
        **_size(rows.frame),
    )


def too_few(rows: Recognised, part: pd.DataFrame, cells: int) -> str:
    """Why ratings of this part can't be shared out; empty if they can."""
    if PRACTICE not in set(rows.predictors["group"]):
        return say("no component of practice is known for most ratings.")
    if rows.predictors["group"].nunique() < 2:
        return say("nothing but practice is known for most ratings, and it would have all of it.")
    people = part["practitioner_id"].nunique() if len(part) else 0
    if people < FEWEST_PRACTITIONERS:
        return say(
            "{practitioners} were rated and observed in a period together with others of their "
            "site, and {fewest} are needed.",
            practitioners=count_of(people, "practitioner"),
            fewest=FEWEST_PRACTITIONERS,
        )
    needed = FEWEST_ROWS_A_PREDICTOR * len(rows.predictors)
    if len(part) - cells < needed:
        return say(
            "there are {ratings} beside observed practice, in {periods} periods of a site; "
            "{needed} more than periods are needed to share them between {things} things.",
            ratings=count_of(len(part), "rating"),
            periods=cells,
            needed=needed,
            things=len(rows.predictors),
        )
    return ""


def _shares(rows: Recognised, part: pd.DataFrame, counts: np.ndarray) -> RelativeImportance:
    names = list(rows.predictors["name"])
    groups = dict(zip(names, rows.predictors["group"], strict=True))
    return relative_importance(
        part,
        "rating",
        names,
        groups,
        "practitioner_id",
        counts=counts,
        means_taken_out=part["cell"].nunique(),
    )


def _of_year(rows: Recognised, part: pd.DataFrame, counts: np.ndarray) -> RelativeImportance:
    """Shares in one year, by the same draws of practitioners as the whole."""
    people = np.unique(rows.frame["practitioner_id"].astype("str"))
    there = np.isin(people, part["practitioner_id"].astype("str"))
    cells = part["cell"].nunique()
    reason = too_few(rows, part, cells)
    if reason:
        return RelativeImportance(n=len(part), n_clusters=int(there.sum()), reason=reason)
    return _shares(rows, part, counts[:, there])


def _alignment_row(period: str, found: RelativeImportance) -> dict[str, object]:
    practice = found.groups[found.groups["group"] == PRACTICE]
    told: dict[Any, Any] = practice.iloc[0].to_dict() if len(practice) else {}
    return {
        "period": period,
        "alignment": told.get("share", np.nan),
        "conf_low": told.get("share_low", np.nan),
        "conf_high": told.get("share_high", np.nan),
        "explained": found.explained,
        "explained_low": found.explained_low,
        "explained_high": found.explained_high,
        "n_rows": found.n,
        "n_practitioners": found.n_clusters,
        "reason": found.reason,
    }


def _trend(
    years: dict[str, RelativeImportance], place: int, people: int
) -> tuple[float, float, float]:
    """Change of practice's share in a year: least squares over years, and over them in draws."""
    able = {int(year): found for year, found in years.items() if not found.reason}
    if len(able) < 2:
        return np.nan, np.nan, np.nan
    time = np.array(list(able), dtype=float)
    slope = (time - time.mean()) / ((time - time.mean()) ** 2).sum()
    share = np.array([found.groups["share"].iloc[place] for found in able.values()])
    drawn = np.column_stack([found.group_draws[:, place] for found in able.values()])
    reach = percentile_interval(drawn @ slope, people)
    return float(share @ slope), reach.low, reach.high


def _size(frame: pd.DataFrame) -> dict[str, Any]:
    people = int(frame["practitioner_id"].nunique()) if len(frame) else 0
    return {"n_rows": len(frame), "n_practitioners": people}

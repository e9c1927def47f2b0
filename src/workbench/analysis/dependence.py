"""Dependence on support: do plans move on their own, or only while carried."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from workbench.analysis.dependence_index import Line, curve_of, index_of, odds_ratio_of
from workbench.analysis.dependence_model import FEWEST_OF_PRACTITIONER, Told, told
from workbench.analysis.dependence_reduced import REDUCED_COLUMNS, reduced
from workbench.analysis.dependence_reminders import (
    BY_QUARTER_COLUMNS,
    TREND_COLUMNS,
    reminders_by_quarter,
    reminders_trend,
)
from workbench.analysis.dependence_rows import MEASURES, rows_of, too_few
from workbench.certainty import HIGHER, certainty
from workbench.language import mark, say
from workbench.models.multiple_tests import holm
from workbench.quarters import Quarter
from workbench.shown import Shown

__all__ = ["Dependence", "dependence"]

COUNTS = ["n_periods", "n_plans", "n_practitioners"]
COLUMNS = [
    "scope", "site_id", "practitioner_id", "index", "index_low", "index_high", "p_value",
    "p_adjusted", "flagged", *COUNTS, "reason",
]  # fmt: skip
TERM_COLUMNS = [
    "measure", "title", "within", "within_low", "within_high", "between", "between_low",
    "between_high", "p_value", "p_adjusted", "shown", *COUNTS, "reason",
]  # fmt: skip
CURVE_COLUMNS = ["relative", "progress", "low", "high", *COUNTS]
RELATIVE = np.array([0.25, 0.35, 0.5, 0.7, 1.0, 1.4, 2.0])
CHANCE = 0.05
"""Chance of any flag, over the network and all sites, where nothing depends on support."""
NO_SUPPORT = mark(
    "no table of external support was handed in, or none of its periods can be used. It would show "
    "whether plans move on their own."
)

NOTHING_HERE = mark("no support is on record for plans here.")
FEW_PERIODS = mark("fewer than {fewest} periods are on record.")


@dataclass(frozen=True)
class Dependence(Shown):
    """Progress of plans beside the support they had.

    Attributes
    ----------
    index
        Evidence table ``dependence``: see ``COLUMNS``.
    terms, curve, by_quarter, trend, reduced
        Evidence tables ``dependence_terms``, ``dependence_curve``, ``reminders_by_quarter``,
        ``reminders_trend`` and ``support_reduced``.
    measure
        The support that the index is about: professional hours, or contacts where those are not
        recorded.
    progress
        Share of open actions done in a month by a typical plan at its usual support.
    quarter
        Label of the quarter of the report.
    why_not
        Why nothing can be said about dependence; empty if something can.
    """

    index: pd.DataFrame
    terms: pd.DataFrame
    curve: pd.DataFrame
    by_quarter: pd.DataFrame
    trend: pd.DataFrame
    reduced: pd.DataFrame
    measure: str = ""
    progress: float = np.nan
    quarter: str = ""
    why_not: str = ""
    models: dict[str, Told] = field(default_factory=dict, repr=False)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Evidence tables by name; none has a row for a single plan."""
        return {
            "dependence": self.index,
            "dependence_terms": self.terms,
            "dependence_curve": self.curve,
            "reminders_by_quarter": self.by_quarter,
            "reminders_trend": self.trend,
            "support_reduced": self.reduced,
        }


def dependence(periods: pd.DataFrame, by_plan: pd.DataFrame, quarter: Quarter) -> Dependence:
    """Set progress beside support within plans: now more, now less than is usual for the plan.

    Parameters
    ----------
    periods
        One row a plan and period, as ``plan_panels.support_periods`` gives it; empty where no
        external support was handed in.
    by_plan
        One row a plan, as ``plan_panels.plans_up_to`` gives it: says which sites there are.
    quarter
        Quarter of the report.
    """
    sites = sorted({str(one) for one in by_plan["site_id"].dropna()}) if len(by_plan) else []
    if periods.empty:
        return Dependence(
            pd.DataFrame(columns=COLUMNS),
            pd.DataFrame(columns=TERM_COLUMNS),
            pd.DataFrame(columns=CURVE_COLUMNS),
            pd.DataFrame(columns=BY_QUARTER_COLUMNS),
            pd.DataFrame(columns=TREND_COLUMNS),
            pd.DataFrame(columns=REDUCED_COLUMNS),
            quarter=str(quarter),
            why_not=say(NO_SUPPORT),
        )
    rows = {name: rows_of(periods, name) for name in MEASURES}
    usable = [name for name in list(MEASURES)[:2] if not too_few(rows[name], name)]
    measure = usable[0] if usable else next(iter(MEASURES))
    main = told(rows[measure], measure)
    others = {
        name: told(frame, name, by_site=False) for name, frame in rows.items() if name != measure
    }
    models = {name: main if name == measure else others[name] for name in MEASURES}
    return Dependence(
        _index_table(rows[measure], main, sites),
        _terms_table(rows, models),
        _curve_table(rows[measure], main.network),
        reminders_by_quarter(periods, quarter),
        reminders_trend(periods, quarter, sites),
        reduced(periods, measure),
        measure,
        float(curve_of(main.network, np.ones(1))[0][0]) if main.network else np.nan,
        str(quarter),
        main.why_not,
        models,
    )


def _counts(frame: pd.DataFrame) -> dict[str, int]:
    if frame.empty:
        return dict.fromkeys(COUNTS, 0)
    n_people = int(frame["practitioner_id"].nunique())
    return dict(zip(COUNTS, (len(frame), int(frame["plan_id"].nunique()), n_people), strict=True))


def _index_table(rows: pd.DataFrame, main: Told, sites: list[str]) -> pd.DataFrame:
    """One row for the network, for each site and for each practitioner."""
    by_site = dict(tuple(rows.groupby(rows["site_id"].astype("str")))) if len(rows) else {}
    none = pd.DataFrame()
    reasons = main.reasons or {}
    found = [_row("network", "", "", rows, main.network, main.why_not)]
    for site in sorted({*sites, *by_site}):
        mine = by_site.get(site, none)
        missing = reasons.get(site) or main.why_not or say(NOTHING_HERE)
        found.append(_row("site", site, "", mine, (main.sites or {}).get(site), missing))
    people = rows.groupby(rows["practitioner_id"].astype("str")) if len(rows) else ()
    for person, mine in people:
        line = (main.practitioners or {}).get(str(person))
        site = str(mine["site_id"].iloc[0])
        missing = main.why_not or say(FEW_PERIODS, fewest=FEWEST_OF_PRACTITIONER)
        found.append(_row("practitioner", site, str(person), mine, line, missing))
    table = pd.DataFrame(found, columns=COLUMNS)
    looked = table["scope"] != "practitioner"
    table["p_value"] = table["p_value"].where(looked)
    table["p_adjusted"] = holm(table["p_value"])
    ends = zip(100 * table["index_low"], 100 * table["index_high"], strict=True)
    sure = [certainty(low, high).way == HIGHER for low, high in ends]
    table["flagged"] = (table["p_adjusted"] < CHANCE) & np.array(sure, dtype=bool)
    return table


def _row(
    scope: str, site: str, person: str, rows: pd.DataFrame, line: Line | None, missing: str
) -> dict[str, object]:
    about: dict[str, object] = {
        "scope": scope, "site_id": site, "practitioner_id": person, "flagged": False,
        **_counts(rows),
    }  # fmt: skip
    numbers = dict.fromkeys(("index", "index_low", "index_high", "p_value"), np.nan)
    if line is None:
        return {**about, **numbers, "p_adjusted": np.nan, "reason": missing}
    ends = dict(zip(("index", "index_low", "index_high"), index_of(line), strict=True))
    p_value = _upper(line.slope / line.slope_error)
    return {**about, **ends, "p_value": p_value, "p_adjusted": np.nan, "reason": ""}


def _upper(statistic: float) -> float:
    """One-sided: progress is higher with more support."""
    from scipy.stats import norm

    return float(norm.sf(statistic))


def _terms_table(rows: dict[str, pd.DataFrame], models: dict[str, Told]) -> pd.DataFrame:
    found = []
    for measure, (_, title) in MEASURES.items():
        model = models[measure]
        row: dict[str, object] = {
            **dict.fromkeys(TERM_COLUMNS, np.nan), "measure": measure, "title": say(title),
            **_counts(rows[measure]), "reason": model.why_not,
        }  # fmt: skip
        for name, line in (("within", model.network), ("between", model.between)):
            if line is not None:
                ends = (name, f"{name}_low", f"{name}_high")
                row |= dict(zip(ends, odds_ratio_of(line), strict=True))
        if model.network is not None:
            row["p_value"] = 2 * _upper(abs(model.network.slope / model.network.slope_error))
        found.append(row)
    table = pd.DataFrame(found, columns=TERM_COLUMNS)
    table["p_adjusted"] = holm(table["p_value"])
    return table.assign(shown=table["p_adjusted"] < CHANCE)


def _curve_table(rows: pd.DataFrame, line: Line | None) -> pd.DataFrame:
    if line is None:
        return pd.DataFrame(columns=CURVE_COLUMNS)
    middle, low, high = curve_of(line, RELATIVE)
    table = pd.DataFrame({"relative": RELATIVE, "progress": middle, "low": low, "high": high})
    return table.assign(**_counts(rows))[CURVE_COLUMNS]

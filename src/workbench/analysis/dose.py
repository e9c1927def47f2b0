"""How fidelity stands after support and after its absence, within practitioners.

Two kernels in time: each act of coaching adds something that fades by half in so many months, and
training or certification sets practice to a level that fades. Each practitioner is compared with
their own level and course only, and the half-life is found from the data
(`workbench.models.lag_kernel`). At sites, frequency and coverage are kept apart from totals
(`dose_sites`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from workbench.analysis.dose_rows import Rows, certification_rows, coaching_rows
from workbench.analysis.dose_sites import SITE_COLUMNS, dose_at_sites
from workbench.analysis.dose_tables import (
    COLUMNS,
    CURVE_COLUMNS,
    TIMING_COLUMNS,
    curve_table,
    dose_table,
    timing_table,
)
from workbench.language import mark, say
from workbench.models.lag_kernel import LagKernelFit, fit_lag_kernel
from workbench.settings import Thresholds
from workbench.shown import Shown
from workbench.wording import count_of

KERNEL, RESET = "coaching kernel", "time since certification"
KINDS = {
    KERNEL: mark("coaching and observation with feedback"),
    RESET: mark("training and certification"),
}
FEWEST_ACTS = 50
FEWEST_RENEWED = 10
DRAWS = 999


@dataclass(frozen=True)
class Dose(Shown):
    """What support goes with, and how long.

    Attributes
    ----------
    dose, dose_curve, dose_at_sites, booster_timing
        Evidence tables; see ``COLUMNS`` and their like in `dose_tables`.
    thresholds
        The study's.
    """

    dose: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=COLUMNS))
    dose_curve: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=CURVE_COLUMNS))
    dose_at_sites: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=SITE_COLUMNS))
    booster_timing: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=TIMING_COLUMNS)
    )
    thresholds: Thresholds = field(default_factory=Thresholds)
    missing: dict[str, str] = field(default_factory=dict)
    """Model, or ``sites``, to the reason why there is nothing on it."""

    def tables(self) -> dict[str, pd.DataFrame]:
        """Evidence tables by name."""
        return {
            "dose": self.dose,
            "dose_curve": self.dose_curve,
            "dose_at_sites": self.dose_at_sites,
            "booster_timing": self.booster_timing,
        }


def dose(
    by_observation: pd.DataFrame,
    given: pd.DataFrame,
    practitioners: pd.DataFrame,
    quarter_label: str,
    thresholds: Thresholds,
    draws: int = DRAWS,
    seed: int = 6,
) -> Dose:
    """Set fidelity beside the support before it.

    Parameters
    ----------
    by_observation
        One row an observation: ``fidelity, observed_on, quarter, quarters, rater_role, rater_id,
        practitioner_id, site_id``.
    given
        One row a practitioner and act of support: ``support_id, practitioner_id, site_id,
        occurred_on, quarter, kind``. Without columns if no support was handed in.
    practitioners
        ``practitioner_id, site_id`` and, where known, ``hired_on, trained_on, certified_on,
        left_on``.
    quarter_label
        Quarter of the report, such as ``2026Q3``; later rows are left out.
    thresholds
        For the smallest change that matters.
    draws, seed
        Draws of practitioners for intervals, and the seed of the random numbers.
    """
    if by_observation.empty:
        reason = say("no observation of fidelity can be used.")
        return Dose(thresholds=thresholds, missing=dict.fromkeys([KERNEL, RESET, "sites"], reason))
    seen = by_observation[by_observation["quarter"].astype("str") <= quarter_label]
    acts = given if given.empty else given[given["quarter"].astype("str") <= quarter_label]
    missing: dict[str, str] = {}
    tables, curves, timing = [], [], pd.DataFrame(columns=TIMING_COLUMNS)
    makers = {KERNEL: coaching_rows, RESET: certification_rows}
    for model, make in makers.items():
        rows = make(seen, acts, practitioners)
        fit = _fitted(model, rows, draws, seed)
        if fit.reason:
            missing[model] = fit.reason
            continue
        tables.append(dose_table(model, KINDS[model], rows, fit))
        curves.append(curve_table(KINDS[model], rows, fit))
        if model == RESET:
            timing = timing_table(rows, fit)
    at_sites, missing["sites"] = dose_at_sites(seen, acts, practitioners)
    return Dose(
        _stacked(tables, COLUMNS),
        _stacked(curves, CURVE_COLUMNS),
        at_sites,
        timing,
        thresholds,
        missing,
    )


def _stacked(parts: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    full = [part for part in parts if len(part)]
    return pd.concat(full, ignore_index=True) if full else pd.DataFrame(columns=columns)


def _fitted(model: str, rows: Rows, draws: int, seed: int) -> LagKernelFit:
    """Fit one kernel, or say in the field's words what is lacking."""
    reason = _too_few(model, rows)
    if reason:
        return LagKernelFit(reason=reason)
    fit = fit_lag_kernel(rows.rows, draws=draws, seed=seed)
    if not fit.reason:
        return fit
    return LagKernelFit(
        reason=say(
            "too few practitioners have four or more observations after the record of support "
            "begins, or support hardly differed in time."
        )
    )


def _too_few(model: str, rows: Rows) -> str:
    """Why there are too few acts for a kernel; empty if there are enough."""
    events = len(rows.rows.event_times)
    if not events:
        return say("no {kind} was handed in for those observed.", kind=say(KINDS[model]))
    if model == KERNEL and events < FEWEST_ACTS:
        return say(
            "{acts} of coaching on record, and {fewest} are needed.",
            acts=count_of(events, "act"),
            fewest=FEWEST_ACTS,
        )
    if model == RESET and (renewed := _renewed(rows)) < FEWEST_RENEWED:
        return say(
            "{practitioners} had a training or certification between two observations, and "
            "{fewest} are needed.",
            practitioners=count_of(renewed, "practitioner"),
            fewest=FEWEST_RENEWED,
        )
    return ""


def _renewed(rows: Rows) -> int:
    """Practitioners with an act between two of their observations."""
    made = rows.rows
    if not made.used.any():
        return 0
    size = len(rows.practitioners)
    low, high = np.full(size, np.inf), np.full(size, -np.inf)
    np.minimum.at(low, made.units[made.used], made.times[made.used])
    np.maximum.at(high, made.units[made.used], made.times[made.used])
    between = (made.event_times > low[made.event_units]) & (
        made.event_times < high[made.event_units]
    )
    return len(np.unique(made.event_units[between]))

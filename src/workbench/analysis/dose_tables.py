"""Evidence tables of doses in time."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.analysis.dose_rows import Rows
from workbench.language import mark, say
from workbench.models.lag_kernel import LagKernelFit
from workbench.models.lag_kernel_doses import counts_between, lagged_doses
from workbench.models.lag_kernel_plain import plain_slope
from workbench.models.lag_kernel_products import within_units

COLUMNS = [
    "model",
    "kind",
    "term",
    "estimate",
    "conf_low",
    "conf_high",
    "unit",
    "n_observations",
    "n_practitioners",
    "naive",
    "naive_low",
    "naive_high",
    "reason",
]
CURVE_COLUMNS = ["kind", "months", "expected", "conf_low", "conf_high", "n_observations"]
TIMING_COLUMNS = ["months_since", "gain", "conf_low", "conf_high", "n_practitioners"]
EFFECT, HALF_LIFE = mark("at once"), mark("half-life")
KEPT_UP, TO_COME = mark("one act a month, kept up"), mark("acts in the 60 days to come")
BINS = {
    mark("acts up to 1 month ago"): 1.0,
    mark("acts 1 to 3 months ago"): 3.0,
    mark("acts 3 to 6 months ago"): 6.0,
    mark("acts 6 to 12 months ago"): 12.0,
}
LEAD_MONTHS = 60 / 30.4375
CURVE_MONTHS = np.array([0, 1, 2, 3, 4, 6, 9, 12, 18, 24], dtype=float)
LATEST_MONTH = 24
POINTS, MONTHS = mark("points"), mark("months")


def dose_table(model: str, kind: str, rows: Rows, fit: LagKernelFit) -> pd.DataFrame:
    """Rows of the table ``dose``: effect, half-life, and what checks them."""
    naive = _between(rows, fit)
    reason = "" if fit.shown else _not_shown(fit)
    effect = (
        _row(EFFECT, fit.effect, fit, fit.effects)
        if fit.shown
        else _row(EFFECT, fit.reference_effect, fit, fit.reference_effects)
    )
    found = [{**effect, "reason": reason, **dict(zip(COLUMNS[9:12], naive, strict=True))}]
    half_life = _row(HALF_LIFE, fit.half_life, fit, fit.half_lives, MONTHS)
    blank = {"estimate": np.nan, "conf_low": np.nan, "conf_high": np.nan, "reason": reason}
    found.append(half_life if fit.shown else {**half_life, **blank})
    if not rows.rows.renews:
        # A steady act a month leaves the sum of its fading parts: a month's mean of the kernel.
        steady = fit.effect * fit.half_life / np.log(2)
        drawn = fit.effects * fit.half_lives / np.log(2)
        if not fit.shown:
            steady = fit.reference_effect * fit.reference_half_life / np.log(2)
            drawn = fit.reference_effects * fit.reference_half_life / np.log(2)
        found.append({**_row(KEPT_UP, steady, fit, drawn), "reason": reason})
        found += [
            _row(term, fit.bins[place], fit, fit.bin_draws[:, place])
            for place, term in enumerate(BINS)
        ]
    low_before = dict(zip(COLUMNS[3:6], _to_come(rows, fit), strict=True))
    found.append({**_row(TO_COME, np.nan, fit, np.empty(0)), **low_before, "reason": ""})
    return pd.DataFrame(
        [{**dict.fromkeys(COLUMNS, np.nan), "model": model, "kind": kind, **one} for one in found],
        columns=COLUMNS,
    )


def _row(
    term: str, estimate: float, fit: LagKernelFit, draws: np.ndarray, unit: str = POINTS
) -> dict[str, object]:
    found = fit.interval_of(draws)
    return {
        "term": term,
        "estimate": float(estimate),
        "conf_low": found.low,
        "conf_high": found.high,
        "unit": unit,
        "n_observations": fit.n_rows,
        "n_practitioners": fit.n_units,
        "reason": found.reason,
    }


def _not_shown(fit: LagKernelFit) -> str:
    return say(
        "no relation could be shown at any half-life tried (p = {p_value}), so no half-life is "
        "given.",
        p_value=f"{fit.p_value:.2f}",
    )


def _between(rows: Rows, fit: LagKernelFit) -> tuple[float, float, float]:
    """Give the slope where practitioners are compared with one another."""
    made = rows.rows
    others = np.column_stack([np.ones(fit.n_rows), made.covariates[fit.kept]])
    values, units = made.outcome[fit.kept], made.units[fit.kept]
    return plain_slope(_dose(rows, fit), values, others, _codes(units))


def _to_come(rows: Rows, fit: LagKernelFit) -> tuple[float, float, float]:
    """How an observation stands for each act soon after it, beside the practitioner's own course.

    An act can't work backwards: a slope below zero says that support goes to who just stood low.
    """
    made = rows.rows
    events = made.event_units, made.event_times
    soon = counts_between(made.units, made.times, *events, np.array([-LEAD_MONTHS, 0.0]))
    table = [soon[fit.kept], made.outcome[fit.kept][:, None], _dose(rows, fit)[:, None]]
    units = _codes(made.units[fit.kept])
    columns = np.column_stack([*table, made.covariates[fit.kept]])
    within = within_units(units, made.times[fit.kept], columns)
    return plain_slope(within[:, 0], within[:, 1], within[:, 2:], units)


def _dose(rows: Rows, fit: LagKernelFit) -> np.ndarray:
    made = rows.rows
    half_life = fit.half_life if fit.shown else fit.reference_half_life
    doses = lagged_doses(
        made.units,
        made.times,
        made.event_units,
        made.event_times,
        np.array([half_life]),
        made.renews,
    )
    return np.asarray(doses[fit.kept, 0])


def _codes(units: np.ndarray) -> np.ndarray:
    return np.unique(units, return_inverse=True)[1]


def curve_table(kind: str, rows: Rows, fit: LagKernelFit) -> pd.DataFrame:
    """List what is left so many months on; no row where nothing is shown."""
    if not fit.shown:
        return pd.DataFrame(columns=CURVE_COLUMNS)
    since = rows.since_last()[fit.kept]
    found = []
    for place, month in enumerate(CURVE_MONTHS):
        left, draws = fit.left_after(month)
        if rows.rows.renews:
            left, draws = left - fit.effect, draws - fit.effects
        ends = fit.interval_of(draws)
        until = CURVE_MONTHS[place + 1] if place + 1 < len(CURVE_MONTHS) else np.inf
        n = int(((since >= month) & (since < until)).sum())
        low, high = (ends.low, ends.high) if month or not rows.rows.renews else (0.0, 0.0)
        found.append((kind, month, left, low, high, n))
    return pd.DataFrame(found, columns=CURVE_COLUMNS)


def timing_table(rows: Rows, fit: LagKernelFit) -> pd.DataFrame:
    """Points with which a certification goes by how long the last one was ago."""
    if not fit.shown:
        return pd.DataFrame(columns=TIMING_COLUMNS)
    since, units = rows.since_last()[fit.kept], rows.rows.units[fit.kept]
    found = []
    for month in range(1, LATEST_MONTH + 1):
        people = len(np.unique(units[since >= month]))
        if not people:
            break
        left, draws = fit.left_after(month)
        ends = fit.interval_of(fit.effects - draws)
        found.append((month, fit.effect - left, ends.low, ends.high, people))
    return pd.DataFrame(found, columns=TIMING_COLUMNS)

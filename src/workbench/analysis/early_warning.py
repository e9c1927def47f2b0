"""Early warning: whether a practitioner or a site leaves the course that its own past suggests.

Each quarterly mean is set against what the earlier quarters of the same site and practitioner
predict. Two charts add up such departures, so that a slow fall shows before a single quarter does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.analysis.early_warning_limits import (
    CUSUM_REFERENCE,
    EWMA_WEIGHT,
    Chance,
    Limits,
    by_chance,
    limits_of,
)
from workbench.analysis.early_warning_run_charts import RUN_CHART_COLUMNS, run_charts
from workbench.analysis.early_warning_signals import DOWN, UP, warnings_of
from workbench.analysis.early_warning_yardstick import levels_of, yardstick
from workbench.analysis.growth_design import one_site_each
from workbench.language import say
from workbench.models.cusum import cusum
from workbench.models.ewma import ewma
from workbench.models.mixed_fit import MixedModelFit
from workbench.models.recursive_departures import recursive_departures
from workbench.shown import Shown

__all__ = ["DOWN", "UP", "EarlyWarning", "early_warning"]

WITHIN = 1.959964  # standard errors of a 95% range
SCOPES = {"site_id": "site", "practitioner_id": "practitioner"}

POINT_COLUMNS = [
    "scope", "site_id", "practitioner_id", "quarter", "fidelity", "expected", "expected_low",
    "expected_high", "departure", "ewma", "ewma_limit", "cusum_down", "cusum_up", "cusum_limit",
    "n_observations", "n_practitioners",
]  # fmt: skip


@dataclass(frozen=True)
class EarlyWarning(Shown):
    """The charts, and the warnings that stand.

    Attributes
    ----------
    warnings
        One row a watched site or practitioner and chart: ``signalled_in`` (quarter since which the
        signal stands, or empty), ``direction``, ``latest`` (where the chart stands, negative below
        its centre), ``limit``, ``n_points``.
    chart_points
        One row a site or practitioner and quarter, the first quarter left out: ``fidelity``,
        ``expected`` with its 95% range, ``departure`` (standardised), ``ewma``, ``cusum_down``,
        ``cusum_up`` and their limits.
    run_charts
        One row the network and one a site: the chart that so many quarters can carry, and whether
        its rules show a signal.
    chance
        What the charts show where nothing moves.
    site_ids
        All sites.
    quarter
        Quarter of the report.
    why_not
        Why there are no charts; empty if there are.
    """

    warnings: pd.DataFrame
    chart_points: pd.DataFrame
    run_charts: pd.DataFrame
    chance: Chance
    site_ids: tuple[str, ...]
    quarter: str
    why_not: str

    def tables(self) -> dict[str, pd.DataFrame]:
        """Evidence tables by name."""
        return {
            "warnings": self.warnings,
            "chart_points": self.chart_points,
            "run_charts": self.run_charts,
        }


def early_warning(
    by_observation: pd.DataFrame,
    fit: MixedModelFit | None,
    quarter: str,
    site_ids: Sequence[str] = (),
) -> EarlyWarning:
    """Chart every practitioner and site against its own past.

    Parameters
    ----------
    by_observation
        One row an observation: ``fidelity`` in percent, ``quarter``, ``quarters``, ``rater_role``,
        ``rater_id``, ``practitioner_id``, ``site_id``.
    fit
        The growth model's fit to these observations, from which the usual variation is taken.
        None, or a fit that is not usable: it is fitted here.
    quarter
        Quarter of the report. Later observations are not used.
    site_ids
        All sites of the network, so that one without a chart is told.
    """
    frame = by_observation[by_observation["quarter"] <= quarter]
    sites = tuple(sorted({*site_ids, *frame["site_id"]}))
    runs = run_charts(frame) if len(frame) else pd.DataFrame(columns=RUN_CHART_COLUMNS)
    points = pd.DataFrame(columns=POINT_COLUMNS)
    why_not = say("there are no observations of practice.")
    if len(frame):
        points, why_not = _points(one_site_each(frame), fit)
    warnings = warnings_of(points, quarter)
    return EarlyWarning(warnings, points, runs, by_chance(), sites, quarter, why_not)


def _points(frame: pd.DataFrame, fit: MixedModelFit | None) -> tuple[pd.DataFrame, str]:
    """Charts of all units, point by point; or why there are none."""
    usual = yardstick(frame, fit)
    if usual.why_not:
        return pd.DataFrame(columns=POINT_COLUMNS), usual.why_not
    frame = frame.assign(period=frame["quarter"].rank(method="dense").astype(int))
    role = frame["rater_role"].map(usual.roles)
    values, periods = (frame["fidelity"] - role).to_numpy(float), frame["period"].to_numpy()
    parts = []
    for kind in SCOPES:
        levels = levels_of(kind, usual)
        if kind in levels:
            found = recursive_departures(
                values, periods, frame[list(levels)], levels, usual.residual, [kind]
            )
            parts.append(_charted(found, limits_of()))
    seen = _seen(frame.assign(role=role))
    return _described(pd.concat(parts, ignore_index=True), seen), ""


def _charted(found: pd.DataFrame, limits: Limits) -> pd.DataFrame:
    """Both charts of every unit of one kind, from its second quarter on.

    Nothing is known of a unit before its first quarter, so that there is nothing to depart from.
    """
    first = found.groupby("unit")["period"].transform("min")
    later = found[found["period"] > first]
    rows = later["period"].to_numpy() - int(later["period"].min() if len(later) else 0)
    columns, names = pd.factorize(later["unit"])
    departures = np.full((int(rows.max(initial=-1)) + 1, len(names)), np.nan)
    departures[rows, columns] = later["departure"]
    down, up = cusum(departures, CUSUM_REFERENCE)
    charts = {"ewma": ewma(departures, EWMA_WEIGHT), "cusum_down": down, "cusum_up": up}
    return later.assign(
        **{name: values[rows, columns] for name, values in charts.items()},
        ewma_limit=limits.ewma,
        cusum_limit=limits.cusum,
    )


def _seen(frame: pd.DataFrame) -> pd.DataFrame:
    """Who was seen of each unit and quarter, and how far the raters' roles shift its mean."""
    parts = []
    for kind in SCOPES:
        counts = frame.groupby([kind, "period"]).agg(
            quarter=("quarter", "first"),
            role=("role", "mean"),
            n_practitioners=("practitioner_id", "nunique"),
            site_id=("site_id", "first"),
        )
        parts.append(counts.rename_axis(["unit", "period"]).reset_index().assign(kind=kind))
    return pd.concat(parts, ignore_index=True)


def _described(charted: pd.DataFrame, seen: pd.DataFrame) -> pd.DataFrame:
    table = charted.merge(seen, on=["kind", "unit", "period"], validate="1:1")
    expected = table["expected"] + table["role"]
    reach = WITHIN * table["std_error"]
    # A stay of someone who changed site carries the site's name behind the practitioner's.
    stays = table["unit"].where(table["kind"] == "practitioner_id", "")
    pairs = zip(stays, table["site_id"], strict=True)
    own = [stay.removesuffix(f" at {site}") for stay, site in pairs]
    return table.assign(
        scope=table["kind"].map(SCOPES),
        practitioner_id=pd.Series(own, dtype="str"),
        fidelity=table["value"] + table["role"],
        expected=expected,
        expected_low=expected - reach,
        expected_high=expected + reach,
        n_observations=table["n"],
    )[POINT_COLUMNS]

"""Run charts and XmR charts of quarterly means, each with the rules its number of points allows."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.models.control_charts import (
    INDIVIDUALS,
    autocorrelation,
    choose_chart,
    false_signal_rate,
    signals_of,
)
from workbench.models.individuals_chart import individuals_limits

RUN_CHART_COLUMNS = [
    "scope", "site_id", "chart", "n_points", "centre", "limit_low", "limit_high", "tested",
    "signal", "chance_of_a_false_signal", "autocorrelation", "why", "n_practitioners",
]  # fmt: skip


def run_charts(by_observation: pd.DataFrame) -> pd.DataFrame:
    """Chart the quarterly means of the network and of each site.

    Parameters
    ----------
    by_observation
        One row an observation with ``fidelity``, ``quarter``, ``site_id``, ``practitioner_id``.

    Returns
    -------
    DataFrame
        One row the network and one a site, with the columns of `RUN_CHART_COLUMNS`. ``centre`` is
        the median of a run chart and the mean of an XmR chart; limits are missing where none are
        drawn. ``n_practitioners`` is the fewest seen in a quarter.
    """
    rows = [{"scope": "network", "site_id": "", **_chart(by_observation)}]
    for site_id, mine in by_observation.groupby("site_id"):
        rows.append({"scope": "site", "site_id": site_id, **_chart(mine)})
    return pd.DataFrame(rows, columns=RUN_CHART_COLUMNS)


def _chart(frame: pd.DataFrame) -> dict[str, object]:
    quarters = frame.groupby("quarter", sort=True)
    means = quarters["fidelity"].mean().to_numpy()
    chosen = choose_chart(len(means))
    low = high = np.nan
    centre = np.median(means)
    if chosen.limits_drawn:
        limits = individuals_limits(means)
        low, high = float(limits.low), float(limits.high)
        centre = limits.centre if chosen.name == INDIVIDUALS else centre
    return {
        "chart": chosen.name,
        "n_points": len(means),
        "centre": float(centre),
        "limit_low": low,
        "limit_high": high,
        "tested": chosen.tested,
        "signal": bool(signals_of(means, chosen.name)),
        "chance_of_a_false_signal": false_signal_rate(chosen.name, len(means)),
        "autocorrelation": autocorrelation(means),
        "why": chosen.why,
        "n_practitioners": int(quarters["practitioner_id"].nunique().min()),
    }

"""Several components as one: what changes that are each small add up to."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from workbench.analysis.components_fits import (
    NUMBERS,
    SITE_SLOPES,
    GrowthModels,
    Slope,
    Span,
    departure_columns,
)
from workbench.analysis.components_whole import ComponentScores

CORE, TOUCHED = "core", "touched by adaptations"
COLUMNS = [
    "what",
    "scope",
    "site_id",
    "n_components",
    "slope",
    "slope_low",
    "slope_high",
    "departure",
    "departure_low",
    "departure_high",
    "since",
    "n_observations",
    "n_practitioners",
    "reason",
]


def move_together(
    scores: ComponentScores, models: GrowthModels, sets: Mapping[str, list[str]], now: float
) -> tuple[pd.DataFrame, dict[str, Slope]]:
    """Movement of the mean of some components, for the network and for each site.

    The interval comes from a model of that mean, since components of one observation go together
    and their intervals can't be added.

    Parameters
    ----------
    scores
        The components.
    models
        Growth models of their observations.
    sets
        What a set is called, to its components. Sets without components are left out.
    now
        End of the report quarter on the scale of ``quarters``.

    Returns
    -------
    tuple
        One row a set and place, and each set's slope in the network. A site has a row where the
        model holds slopes of sites.
    """
    values = {what: scores.together(names) for what, names in sets.items() if names}
    frame = pd.DataFrame(values, index=scores.observations.index)
    fits = models.slopes(frame)
    rows = []
    for what, slope in fits.items():
        seen = scores.observations[frame[what].notna()]
        rows.append(_row(what, len(sets[what]), "", slope, Span.of(seen, now)))
        for site_id, mine in _of_sites(slope, seen).items():
            span = Span.of(seen[seen["site_id"] == site_id], now)
            rows.append(_row(what, len(sets[what]), site_id, mine, span))
    return pd.DataFrame(rows, columns=COLUMNS), fits


def _row(what: str, count: int, site_id: str, slope: Slope, span: Span) -> dict[str, object]:
    return {
        "what": what,
        "scope": "site" if site_id else "network",
        "site_id": site_id,
        "n_components": count,
        "slope": slope.estimate,
        "slope_low": slope.conf_low,
        "slope_high": slope.conf_high,
        **departure_columns(slope, span),
        "reason": slope.reason,
    }


def _of_sites(slope: Slope, seen: pd.DataFrame) -> dict[str, Slope]:
    """Slope of each site, where the model holds slopes of sites."""
    if slope.fit is None or slope.reason or SITE_SLOPES not in slope.formula:
        return {}
    sites = np.sort(seen["site_id"].unique())
    role = seen["rater_role"].iloc[0]
    at = pd.DataFrame({"site_id": sites, "quarters": 0.0, "rater_role": role})
    answers = slope.fit.linear_combinations(at, groups=("site_id",), slope_of="quarters")
    return {
        str(site_id): Slope(*map(float, row), formula=slope.formula)
        for site_id, row in zip(sites, answers[NUMBERS].to_numpy(), strict=True)
    }

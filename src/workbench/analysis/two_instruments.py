"""Whether two instruments tell the same of the same places.

Each is averaged over a site and a quarter. Two questions are kept apart: whether sites that stand
high on one stand high on the other, and whether a site that moves on one moves on the other. An
agreement of either kind is no sign that they measure the same thing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.models.clustered import clustered_mean
from workbench.shown import Shown

MEAN_COLUMNS = [
    "instrument", "scope", "site_id", "quarter", "score", "conf_low", "conf_high", "n_scores",
    "unit", "n_units",
]  # fmt: skip
TOGETHER_COLUMNS = ["what", "correlation", "conf_low", "conf_high", "n", "n_of", "reason"]
BETWEEN, WITHIN = "between sites", "within sites"
FEWEST_SITES = 5
NEEDS_MORE = f"it takes {FEWEST_SITES} sites or more in which both were used."
NO_MOVEMENT = "both must have been used at a site in two quarters or more."
NORMAL = 1.959963984540054


@dataclass(frozen=True)
class TwoInstruments(Shown):
    """Two instruments side by side.

    Attributes
    ----------
    means
        See ``MEAN_COLUMNS``: each instrument's mean by quarter, of the network and each site, with
        the interval that goes with who was rated more than once.
    pairs
        One row a site and quarter in which both were used: ``site_id, quarter, first, second``.
    together
        See ``TOGETHER_COLUMNS``: how far they go together, between and within sites.
    """

    means: pd.DataFrame
    pairs: pd.DataFrame
    together: pd.DataFrame

    def tables(self) -> dict[str, pd.DataFrame]:
        """Tables by name."""
        return {
            "instrument_means": self.means,
            "instrument_pairs": self.pairs,
            "instruments_together": self.together,
        }


def two_instruments(
    first: pd.DataFrame, second: pd.DataFrame, titles: tuple[str, str]
) -> TwoInstruments:
    """Set two instruments side by side.

    Parameters
    ----------
    first, second
        One row a score: ``site_id, unit_id, unit, quarter, score`` (percent).
    titles
        What each is called.
    """
    means = pd.concat(
        [_means(scores, title) for scores, title in zip((first, second), titles, strict=True)],
        ignore_index=True,
    )
    own = means[means["scope"] == "site"]
    by_title = [own[own["instrument"] == title] for title in titles]
    keys = ["site_id", "quarter"]
    left, right = (
        part[[*keys, "score"]].rename(columns={"score": name})
        for part, name in zip(by_title, ("first", "second"), strict=True)
    )
    pairs = left.merge(right, on=keys).sort_values(keys).reset_index(drop=True)
    return TwoInstruments(means, pairs, pd.DataFrame(_together(pairs), columns=TOGETHER_COLUMNS))


def _means(scores: pd.DataFrame, title: str) -> pd.DataFrame:
    """Mean of each quarter, of the network and of each site."""
    rows = []
    parts = (scores.assign(scope="network", site_id=""), scores.assign(scope="site"))
    for part in parts:
        for (scope, site, quarter), own in part.groupby(["scope", "site_id", "quarter"], sort=True):
            mean = clustered_mean(own["score"], own["unit_id"])
            unit = str(own["unit"].iloc[0])
            rows.append(
                {
                    "instrument": title,
                    "scope": scope,
                    "site_id": site,
                    "quarter": quarter,
                    "score": mean.estimate,
                    "conf_low": float(np.clip(mean.conf_low, 0, 100)),
                    "conf_high": float(np.clip(mean.conf_high, 0, 100)),
                    "n_scores": mean.n,
                    "unit": unit,
                    "n_units": mean.n_clusters,
                }
            )
    return pd.DataFrame(rows, columns=MEAN_COLUMNS)


def _together(pairs: pd.DataFrame) -> list[dict[str, object]]:
    """How far the two go together, between sites and within them."""
    sites = pairs.groupby("site_id")[["first", "second"]].mean()
    repeated = pairs.groupby("site_id")["quarter"].transform("size") > 1
    moving = pairs[repeated]
    moves = moving[["first", "second"]] - moving.groupby("site_id")[["first", "second"]].transform(
        "mean"
    )
    n_moving = moving["site_id"].nunique()
    # Each site's own mean takes a degree of freedom.
    free = len(moves) - n_moving + 1
    between = _row(BETWEEN, sites, len(sites), "sites", NEEDS_MORE)
    within = _row(WITHIN, moves, free, "sites and quarters", NO_MOVEMENT)
    within["n"] = len(moves)
    return [between, within]


def _row(what: str, both: pd.DataFrame, free: int, n_of: str, otherwise: str) -> dict[str, object]:
    """Correlation with Fisher's interval for the number of independent rows."""
    row: dict[str, object] = {"what": what, "n": len(both), "n_of": n_of, "reason": ""}
    spread = both.std().to_numpy() if len(both) else np.zeros(2)
    if free < FEWEST_SITES or not (spread > 1e-9).all():
        return {**row, "reason": otherwise}
    correlation = float(np.corrcoef(both["first"], both["second"])[0, 1])
    half = NORMAL / np.sqrt(free - 3)
    middle = np.arctanh(np.clip(correlation, -0.999999, 0.999999))
    low, high = np.tanh([middle - half, middle + half])
    return {**row, "correlation": correlation, "conf_low": float(low), "conf_high": float(high)}

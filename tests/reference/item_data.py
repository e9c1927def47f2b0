"""Made-up answers for the tests of item models: a small network, seen item by item and in counts.

Run as a script it writes the two sets as CSV files for item_models.R, outside the project:

    python tests/reference/item_data.py FOLDER
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

SITES, PRACTITIONERS, OBSERVATIONS, ITEMS = 12, 8, 4, 6
THRESHOLDS = (-1.0, 0.8)


def network(seed: int = 20260, sites: int = SITES) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Answers 0/1/2 (a row an item) and counts met of applicable (a row an observation)."""
    draw = np.random.default_rng(seed)
    n = sites * PRACTITIONERS
    frame = pd.DataFrame(
        {
            "practitioner": np.repeat(np.arange(n), OBSERVATIONS),
            "quarters": np.tile(np.arange(OBSERVATIONS) / 2.0, n),
        }
    )
    frame["site"] = frame["practitioner"] // PRACTITIONERS
    frame["coached"] = (draw.random(len(frame)) < 0.4).astype(int)
    person, place = frame["practitioner"].to_numpy(), frame["site"].to_numpy()
    level = 0.9 * draw.standard_normal(n)[person] + 0.5 * draw.standard_normal(sites)[place]
    slope = -0.3 + 0.4 * draw.standard_normal(n)[person]
    eta = level + slope * frame["quarters"] + 0.5 * frame["coached"]

    frame["applicable"] = 6 + draw.integers(0, 7, len(frame))
    tries = draw.random((len(frame), 12))
    share = 1 / (1 + np.exp(-eta.to_numpy() - 0.5))
    asked = np.arange(12) < frame["applicable"].to_numpy()[:, None]
    frame["met"] = ((tries < share[:, None]) & asked).sum(axis=1)

    items = frame.loc[frame.index.repeat(ITEMS)].reset_index(drop=True)
    items["item"] = np.tile(np.arange(ITEMS), len(frame))
    hardness = 0.6 * draw.standard_normal(ITEMS)
    latent = (eta.repeat(ITEMS).to_numpy() + hardness[items["item"]]) + draw.logistic(
        size=len(items)
    )
    items["rating"] = np.searchsorted(THRESHOLDS, latent)
    return items, frame


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    answers, counts = network()
    answers.to_csv(folder / "answers.csv", index=False)
    counts.to_csv(folder / "counts.csv", index=False)

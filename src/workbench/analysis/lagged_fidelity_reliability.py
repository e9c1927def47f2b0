"""How well the mean of a quarter's few observations tells a practitioner's fidelity then."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.language import say
from workbench.wording import number

FEWEST_PAIRS = 20
"""Second observations within a quarter below which error of measurement is not told."""
NO_SPREAD = 1e-8


@dataclass(frozen=True)
class Reliability:
    """Share of the spread of measured fidelity that is no error of measurement.

    Attributes
    ----------
    within
        Of the quarters of one practitioner; NaN where too few were seen twice in a quarter.
    between
        Of practitioners' own means; NaN too.
    """

    within: float = np.nan
    between: float = np.nan

    def said(self) -> str:
        """Say what error of measurement does to a tie."""
        if not np.isfinite(self.within):
            return say(
                "Fidelity of a quarter rests on few observations, so a tie looks smaller than it "
                "is; by how much is not known, since few were seen twice in a quarter."
            )
        return say(
            "Fidelity of a quarter rests on few observations, so a tie looks smaller than it is: "
            "about {share}% of what it moves within a practitioner is more than chance.",
            share=number(100 * self.within),
        )


def reliability(cells: pd.DataFrame) -> Reliability:
    """How much of the spread of quarterly fidelity is more than chance between observations.

    Observations of one practitioner in one quarter differ by chance; a mean of n of them has their
    variance over n. What all share in a quarter is taken off.
    """
    if cells.empty:
        return Reliability()
    pairs = int((cells["n_observations"] - 1).sum())
    if pairs < FEWEST_PAIRS:
        return Reliability()
    error = float(cells["squares"].sum()) / pairs / cells["n_observations"]
    level = cells["fidelity"] - cells.groupby("number")["fidelity"].transform("mean")
    who = cells["practitioner_id"]
    counts = level.groupby(who).transform("size")
    several = counts > 1
    freedom = int(several.sum()) - who[several].nunique()
    if freedom < FEWEST_PAIRS:
        return Reliability()
    own = level.groupby(who).transform("mean")
    within = float(((level - own)[several] ** 2).sum()) / freedom
    means = level.groupby(who).mean()
    chance = float((within / level.groupby(who).size()).mean())
    return Reliability(_share(float(error[several].mean()), within), _share(chance, means.var()))


def _share(error: float, whole: float) -> float:
    return float(np.clip(1 - error / whole, 0.0, 1.0)) if whole > NO_SPREAD else np.nan

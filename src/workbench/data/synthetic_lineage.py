"""Who trained whom: the programme's trainers, or colleagues who were trained before."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.data.synthetic_parameters import NetworkParameters


def train_inside(
    practitioners: pd.DataFrame, parameters: NetworkParameters, random: np.random.Generator
) -> pd.DataFrame:
    """Practitioners with some of the later ones trained by a colleague of their site.

    A colleague may train who was trained by the day the new one was hired, and who is still
    there on the day the new one's training ends. Where nobody is, the programme's trainer stays.
    """
    count = len(practitioners)
    inside = random.random(count) < parameters.share_trained_inside
    luck = random.random(count)
    inside &= (practitioners["hired_on"] >= pd.Timestamp(parameters.first_day)).to_numpy()
    trained = practitioners["trained_on"].to_numpy()
    left = practitioners["left_on"].to_numpy()
    site = practitioners["site_id"].to_numpy()
    hired = practitioners["hired_on"].to_numpy()
    codes = practitioners["practitioner_id"].to_numpy()
    trainer = practitioners["trainer_id"].to_numpy(dtype=object)
    for row in np.flatnonzero(inside):
        ready = (site == site[row]) & (trained <= hired[row]) & ~(left < trained[row])
        colleagues = codes[ready]
        if len(colleagues):
            trainer[row] = colleagues[int(luck[row] * len(colleagues))]
    return practitioners.assign(trainer_id=pd.Series(trainer, practitioners.index, dtype="str"))


def generations(practitioners: pd.DataFrame) -> pd.Series:
    """Count steps from the programme: 1 if trained by its trainers, else one more than the trainer.

    The index is that of ``practitioners``. Whoever trains was trained before the one who is
    trained, so the chain has no ring.
    """
    found: dict[str, int] = {}
    ordered = practitioners.sort_values("trained_on", kind="stable")
    for person, trainer in zip(ordered["practitioner_id"], ordered["trainer_id"], strict=True):
        found[person] = found.get(trainer, 0) + 1
    return practitioners["practitioner_id"].map(found)

"""Component scores of the example network, drawn at once and without items."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from workbench.data.instruments import Instrument
from workbench.data.synthetic_parameters import NetworkParameters
from workbench.data.synthetic_streams import streams_of
from workbench.terms import plain

CARRIED = ("observation_id", "practitioner_id", "site_id", "quarter", "quarters")


def simulate_components(
    observations: pd.DataFrame,
    components: Instrument | Sequence[str],
    parameters: NetworkParameters,
    seed: int,
) -> pd.DataFrame:
    """Component scores of each observation: one row an observation and component.

    The way to a simulation of many networks: whole item responses take many times as long.

    Parameters
    ----------
    observations
        One row an observation, as :func:`synthetic_growth.observe` gives it.
    components
        A fidelity instrument, whose components weigh as much as their items; or ids of components
        that weigh the same.
    parameters
        ``component_slopes`` and ``component_sd``.
    seed
        Seed of the network.

    Returns
    -------
    DataFrame
        ``observation_id, practitioner_id, site_id, quarter, quarters, component, component_title,
        component_order, fidelity``. The weighted mean over components is the fidelity of the
        observation, and each is within 0 to 100.
    """
    random = streams_of(seed).components
    names, titles, weights = _described(components)
    slopes = np.array([parameters.component_slopes.get(name, 0.0) for name in names])
    beside = observations["quarters"].to_numpy()[:, None] * slopes
    beside = beside + parameters.component_sd * random.standard_normal(beside.shape)
    beside = beside - (beside @ weights)[:, None]
    total = observations["fidelity"].to_numpy()[:, None]
    percent = total + beside * _fitting(total, beside)
    count, width = percent.shape
    long = observations.loc[observations.index.repeat(width), list(CARRIED)]
    return (
        long.reset_index(drop=True)
        .assign(
            component=np.tile(np.array(names, dtype=object), count),
            component_title=np.tile(np.array(titles, dtype=object), count),
            component_order=np.tile(np.arange(width), count),
            fidelity=np.clip(percent.reshape(-1), 0.0, 100.0),
        )
        .astype({"component": "str", "component_title": "str"})
    )


def _described(
    components: Instrument | Sequence[str],
) -> tuple[list[str], list[str], np.ndarray]:
    """Ids, titles and weights (which sum to 1) of components, in the instrument's order."""
    if isinstance(components, Instrument):
        items = components.item_table()
        heavy = items.groupby("component")["weight"].sum()
        scored = {name: one for name, one in components.components.items() if name in heavy.index}
        weights = heavy.loc[list(scored)].to_numpy()
        return list(scored), [one.title for one in scored.values()], weights / weights.sum()
    names = list(components)
    titles = [plain(name).capitalize() for name in names]
    return names, titles, np.full(len(names), 1 / len(names))


def _fitting(total: np.ndarray, beside: np.ndarray) -> np.ndarray:
    """Part of the differences, for each observation, that keeps all components in 0 to 100.

    Taking the same part of every difference keeps their weighted mean at nothing.
    """
    room = np.where(beside > 0, 100.0 - total, total)
    with np.errstate(divide="ignore", invalid="ignore"):
        part = np.where(beside == 0, 1.0, room / np.abs(beside))
    return np.minimum(part.min(axis=1, keepdims=True), 1.0)

"""Item responses whose score is the score that was planted.

The points that a score asks for are shared out over the components and then over the items. What
an item or component would like to have decides who gets the next point; the number of points
handed out is exact, so the score comes back as closely as whole points allow.
"""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd

from workbench.data.instruments import Instrument
from workbench.data.synthetic_parameters import NetworkParameters
from workbench.errors import ParameterError


def item_responses(
    observations: pd.DataFrame,
    instrument: Instrument,
    parameters: NetworkParameters,
    random: np.random.Generator,
) -> pd.DataFrame:
    """Responses to every item of every observation: one row an item and observation.

    Parameters
    ----------
    observations
        One row an observation, with ``observation_id``, ``fidelity`` (0 to 100) and ``quarters``.
    instrument
        Scored as percent of maximum, on a scale of whole numbers one apart, items of equal weight.
    parameters
        Component slopes, spreads, and shares not applicable and empty.
    random
        Source of random numbers.

    Returns
    -------
    DataFrame
        ``observation_id, item_id, response`` (text; missing where not answered).

    Raises
    ------
    ParameterError
        If the instrument is scored in another way.
    """
    items = instrument.item_table()
    steps = _steps(instrument)
    count, width = len(observations), len(items)
    left_out, not_applicable = _left_out(count, width, instrument, parameters, random)
    capacity = np.where(left_out, 0, steps)
    total = np.rint(observations["fidelity"].to_numpy() / 100 * capacity.sum(axis=1)).astype(int)

    names = list(dict.fromkeys(items["component"]))
    member = np.array([names.index(name) for name in items["component"]])
    held = np.stack([capacity[:, member == n].sum(axis=1) for n in range(len(names))], axis=1)
    percent = _component_percent(observations, names, held, parameters, random)
    points = share_out(percent / 100 * held, held, total)

    difficulty = parameters.item_difficulty_sd * random.standard_normal(width)
    wishes = difficulty + parameters.item_sd * random.standard_normal((count, width))
    values = np.zeros((count, width), dtype=int)
    for number in range(len(names)):
        mine = member == number
        values[:, mine] = share_out(
            steps * percent[:, [number]] / 100 + wishes[:, mine],
            capacity[:, mine],
            points[:, number],
        )
    turned = np.where(items["reversed"].to_numpy(), steps - values, values)
    return _long(observations, items, turned, left_out, not_applicable, instrument)


def share_out(wanted: np.ndarray, capacity: np.ndarray, total: np.ndarray) -> np.ndarray:
    """Hand out whole points so that each row gives exactly its total, as near to what is wanted.

    Parameters
    ----------
    wanted
        (rows, places), points that each place would like; any real number.
    capacity
        (rows, places), whole points that each place can hold.
    total
        (rows,), whole points to hand out; from 0 to the row's capacity.

    Returns
    -------
    ndarray
        (rows, places), from 0 to the capacity, rows summing to the total.

    Notes
    -----
    The k-th point of a place counts k - 1/2 - wanted; the lowest counts are served. Without
    limits this is rounding of ``wanted`` after the same shift everywhere.

    >>> share_out(np.array([[1.2, 2.9]]), np.array([[4, 4]]), np.array([4]))
    array([[1, 3]])
    """
    rows, places = wanted.shape
    most = int(capacity.max(initial=0))
    point = np.arange(1, most + 1)
    counts = point - 0.5 - wanted[:, :, None]
    counts = np.where(point <= capacity[:, :, None], counts, np.inf).reshape(rows, -1)
    order = np.argsort(counts, axis=1, kind="stable")
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.arange(counts.shape[1])[None, :], axis=1)
    given = (rank < total[:, None]).reshape(rows, places, most)
    return given.sum(axis=2)


def _steps(instrument: Instrument) -> int:
    values = sorted(instrument.scale.values)
    even = all(high - low == 1 for low, high in itertools.pairwise(values))
    weights = {item.weight for item in instrument.items.values()}
    if instrument.score != "percent_of_maximum" or not even or len(weights) > 1:
        raise ParameterError(
            f"Example responses can't be made for {instrument.instrument}: it needs a score in "
            "percent of maximum, a scale of whole numbers one apart, and items of equal weight."
        )
    return len(values) - 1


def _left_out(
    count: int,
    width: int,
    instrument: Instrument,
    parameters: NetworkParameters,
    random: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Which responses hold no number, and which of them are marked as not applicable.

    Never so many that the observation would get no score.
    """
    luck = random.random((count, width))
    share = parameters.share_not_applicable + parameters.share_empty
    most = int((1 - instrument.smallest_share_answered) * width)
    rank = np.argsort(np.argsort(luck, axis=1, kind="stable"), axis=1, kind="stable")
    left_out = (luck < share) & (rank < most)
    marked = bool(instrument.scale.not_applicable)
    return left_out, left_out & (luck < parameters.share_not_applicable) & marked


def _component_percent(
    observations: pd.DataFrame,
    names: list[str],
    held: np.ndarray,
    parameters: NetworkParameters,
    random: np.random.Generator,
) -> np.ndarray:
    """Percent that each component would have: the total, its own drift, and what is its own today.

    What moves components apart sums to nothing over the points that they hold.
    """
    slopes = np.array([parameters.component_slopes.get(name, 0.0) for name in names])
    own = observations["quarters"].to_numpy()[:, None] * slopes
    own = own + parameters.component_sd * random.standard_normal(held.shape)
    own = own - (own * held).sum(axis=1, keepdims=True) / held.sum(axis=1, keepdims=True)
    return observations["fidelity"].to_numpy()[:, None] + own


def _long(
    observations: pd.DataFrame,
    items: pd.DataFrame,
    values: np.ndarray,
    left_out: np.ndarray,
    not_applicable: np.ndarray,
    instrument: Instrument,
) -> pd.DataFrame:
    scale = np.array([f"{value:g}" for value in sorted(instrument.scale.values)], dtype=object)
    text = scale[values]
    text[left_out] = None
    if instrument.scale.not_applicable:
        text[not_applicable] = instrument.scale.not_applicable[0]
    count, width = values.shape
    return pd.DataFrame(
        {
            "observation_id": np.repeat(observations["observation_id"].to_numpy(), width),
            "item_id": np.tile(items["item_id"].to_numpy(), count),
            "response": text.reshape(-1),
        }
    ).astype({"response": "str"})

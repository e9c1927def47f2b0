"""Sufficient statistics made where the rows are, part by part, and added up in one place.

A part is a frame, or whatever the caller's ``load`` turns into one where the work is done, such as
the path of a Parquet file. How the work gets there is the caller's: a function like `map`.

>>> import pandas as pd
>>> rows = [(s, t, 70 + 3 * (s % 4) - t * (1 + 0.2 * (s % 3)) + (s * t) % 5 / 2)
...         for s in range(8) for t in range(6)]
>>> data = pd.DataFrame(rows, columns=["site", "quarters", "fidelity"])
>>> parts = [data[data["site"] < 4], data[data["site"] >= 4]]
>>> fit = fit_from_parts("fidelity ~ quarters + (1 | site)", parts)
>>> fit.design.n_obs
48

On a Dask cluster, with the addresses of files that its workers can read::

    def on_workers(work, parts):
        return client.gather(client.map(work, parts, pure=False))

    fit = fit_from_parts(formula, paths, load=pd.read_parquet, map_parts=on_workers)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from workbench.errors import ModelRefused, ParameterError
from workbench.models.merged_statistics import merged
from workbench.models.mixed import fit_mixed_model
from workbench.models.mixed_fit import MixedModelFit
from workbench.models.roles import Roles
from workbench.models.row_sums import sum_rows
from workbench.models.rows import ModelColumns, rows_of
from workbench.models.sufficient_statistics import CHUNKS_AT_ONCE, SufficientStatistics

Load = Callable[[Any], pd.DataFrame]
MapParts = Callable[
    [Callable[[Any], SufficientStatistics], Sequence[Any]], Iterable[SufficientStatistics]
]
"""Like `map`: calls a function for each part, wherever it likes, and gives the answers."""


def fit_from_parts(
    formula: str,
    parts: Sequence[Any],
    reml: bool = True,
    weights: str | None = None,
    roles: Roles | None = None,
    load: Load | None = None,
    map_parts: MapParts = map,
) -> MixedModelFit:
    """Fit a linear mixed model to rows that are never in one place; as `fit_mixed_model` fits them.

    Parameters
    ----------
    formula, reml, weights
        As for `workbench.models.mixed.fit_mixed_model`.
    parts, roles, load, map_parts
        As for `statistics_from_parts`.
    """
    statistics = statistics_from_parts(formula, parts, weights, roles, load, map_parts)
    return fit_mixed_model(formula, statistics, reml)


def statistics_from_parts(
    formula: str,
    parts: Sequence[Any],
    weights: str | None = None,
    roles: Roles | None = None,
    load: Load | None = None,
    map_parts: MapParts = map,
) -> SufficientStatistics:
    """Sum up each part where it is, and add the sums up here.

    Parameters
    ----------
    formula, weights, roles
        As for `SufficientStatistics.from_chunks`. The first part teaches the columns and, unless
        they are given, the roles of the groups, so it is best one with whole sites.
    parts
        Each a frame, or what ``load`` makes one of. A practitioner's rows may lie in several.
    load
        Turns a part into a frame, where the work is done; None if parts are frames.
    map_parts
        Sends the work to the parts.

    Raises
    ------
    ParameterError
        If there is no part, or a column is missing.
    ModelRefused
        If a part has no complete row, or a column depends on all rows at once.
    """
    if not parts:
        raise ParameterError("There is no part to sum up.")
    first = next(iter(map_parts(_First(formula, weights, roles, load), parts[:1])))
    alike = _Alike(first.columns, first.roles, first.shift, load)
    sums = [first]
    for one in map_parts(alike, parts[1:]):
        sums.append(one)
        if len(sums) > CHUNKS_AT_ONCE:
            sums = [merged(sums)]
    return merged(sums)


# Objects and no closures: they can be sent to another process.


@dataclass(frozen=True)
class _First:
    """Sums up the part that teaches the columns."""

    formula: str
    weights: str | None
    roles: Roles | None
    load: Load | None

    def __call__(self, part: Any) -> SufficientStatistics:
        frame = self.load(part) if self.load else part
        return SufficientStatistics.from_chunks(self.formula, [frame], self.weights, self.roles)


@dataclass(frozen=True, eq=False)
class _Alike:
    """Sums up a further part just as the first one was."""

    columns: ModelColumns
    roles: Roles
    shift: np.ndarray
    load: Load | None

    def __call__(self, part: Any) -> SufficientStatistics:
        rows = rows_of(self.columns, self.load(part) if self.load else part)
        if not len(rows.y):
            raise ModelRefused("A part has no complete row; leave such parts out.")
        return sum_rows(self.columns, rows, self.roles, self.shift)

"""Adding sufficient statistics up, and leaving parts of them out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from workbench.models.sufficient_statistics import SufficientStatistics


def merged(parts: list[SufficientStatistics]) -> SufficientStatistics:
    """Add up statistics with one shift."""
    if len(parts) == 1:
        return parts[0]
    first, roles = parts[0], parts[0].roles
    levels, recode = {}, {}
    for group in first.levels:
        labels = pd.Index(np.concatenate([part.levels[group].to_numpy() for part in parts]))
        codes, levels[group] = pd.factorize(labels.astype("str"), sort=True)
        ends = np.cumsum([len(part.levels[group]) for part in parts])[:-1]
        recode[group] = np.split(codes, ends)
    inner = np.concatenate([recode[roles.inner][k][p.cell_inner] for k, p in enumerate(parts)])
    outer = np.zeros_like(inner)
    if roles.outer:
        outer = np.concatenate([recode[roles.outer][k][p.cell_outer] for k, p in enumerate(parts)])
    cells, cell = np.unique(outer * len(levels[roles.inner]) + inner, return_inverse=True)
    ends = np.cumsum([len(part.cell_inner) for part in parts])[:-1]
    places = np.split(cell, ends)
    pair_cell, pair_crossed, pair_sums = first.pair_cell, first.pair_crossed, first.pair_sums
    if roles.crossed:
        own = np.concatenate([places[k][p.pair_cell] for k, p in enumerate(parts)])
        other = np.concatenate(
            [recode[roles.crossed][k][p.pair_crossed] for k, p in enumerate(parts)]
        )
        n_crossed = len(levels[roles.crossed])
        pairs, pair = np.unique(own * n_crossed + other, return_inverse=True)
        pair_cell, pair_crossed = pairs // n_crossed, pairs % n_crossed
        ends = np.cumsum([len(part.pair_cell) for part in parts])[:-1]
        pair_sums = _added([p.pair_sums for p in parts], np.split(pair, ends), len(pairs))
    lowest = np.min([p.lowest for p in parts], axis=0)
    highest = np.max([p.highest for p in parts], axis=0)
    by_column: dict[str, int] = {}
    for part in parts:
        for name, count in part.dropped_by_column.items():
            by_column[name] = by_column.get(name, 0) + count
    return replace(
        first,
        levels=levels,
        cell_inner=cells % len(levels[roles.inner]),
        cell_outer=cells // len(levels[roles.inner]),
        products=_added([p.products for p in parts], places, len(cells)),
        pair_cell=pair_cell,
        pair_crossed=pair_crossed,
        pair_sums=pair_sums,
        cell_rows=_added([p.cell_rows for p in parts], places, len(cells)),
        log_weights=sum(p.log_weights for p in parts),
        lowest=lowest,
        highest=highest,
        at_lowest=sum(p.at_lowest for p in parts if p.lowest[-1] == lowest[-1]),
        at_highest=sum(p.at_highest for p in parts if p.highest[-1] == highest[-1]),
        dropped=sum(p.dropped for p in parts),
        dropped_by_column=by_column,
    )


def _added(values: list[np.ndarray], numbers: list[np.ndarray], size: int) -> np.ndarray:
    """Add the parts' values at their numbers, which no part repeats."""
    total = np.zeros((size, *values[0].shape[1:]), dtype=values[0].dtype)
    for value, number in zip(values, numbers, strict=True):
        total[number] += value
    return total


def with_used_levels(statistics: SufficientStatistics) -> SufficientStatistics:
    """Leave out levels that no cell or pair has any more."""
    s, roles, levels = statistics, statistics.roles, dict(statistics.levels)

    def renumbered(group: str, codes: np.ndarray) -> np.ndarray:
        if not group:
            return codes
        used, numbers = np.unique(codes, return_inverse=True)
        levels[group] = s.levels[group][used]
        return numbers

    return replace(
        s,
        cell_inner=renumbered(roles.inner, s.cell_inner),
        cell_outer=renumbered(roles.outer, s.cell_outer),
        pair_crossed=renumbered(roles.crossed, s.pair_crossed),
        levels=levels,
    )

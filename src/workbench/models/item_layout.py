"""The order in which groups of random effects are eliminated, and sums over their levels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from workbench.errors import ModelRefused
from workbench.language import say

MOST_DENSE = 3000  # effects in the dense part
MOST_COUPLING = 40_000_000  # entries between eliminated and dense effects: 320 MB

Effects = list[np.ndarray]  # one array for each group, shape (levels, width), in the layout's order


@dataclass(frozen=True, eq=False)
class Layout:
    """Which level of which group each row belongs to, and the order of elimination.

    Attributes
    ----------
    names
        Groups, eliminated ones first.
    codes
        Level of each row for each group, shape (n,).
    sizes
        Levels and width of each group.
    n_eliminated
        How many groups are eliminated by blocks; the others are dense.
    """

    names: tuple[str, ...]
    codes: tuple[np.ndarray, ...]
    sizes: tuple[tuple[int, int], ...]
    n_eliminated: int

    @property
    def eliminated(self) -> range:
        """Numbers of the eliminated groups."""
        return range(self.n_eliminated)

    @property
    def dense(self) -> range:
        """Numbers of the groups in the dense part."""
        return range(self.n_eliminated, len(self.names))

    @property
    def n_dense(self) -> int:
        """Effects in the dense part."""
        return sum(levels * width for levels, width in self.sizes[self.n_eliminated :])


def make_layout(
    names: list[str], codes: list[np.ndarray], levels: list[int], widths: list[int]
) -> Layout:
    """Choose the order of elimination.

    Raises
    ------
    ModelRefused
        When too many effects are crossed for the memory of an ordinary machine.
    """
    # The finer of two nested groups has more levels; what it lies in can follow, not lead.
    waiting = sorted(range(len(names)), key=lambda g: (-levels[g], names[g]))
    chains = [_chain(codes, waiting[place:]) for place in range(len(waiting))]
    chosen = max(chains, key=lambda chain: sum(levels[g] * widths[g] for g in chain), default=[])
    order = chosen + [group for group in waiting if group not in chosen]
    layout = Layout(
        tuple(names[g] for g in order),
        tuple(codes[g] for g in order),
        tuple((levels[g], widths[g]) for g in order),
        len(chosen),
    )
    coupling = layout.n_dense * sum(n * q for n, q in layout.sizes[: len(chosen)])
    if layout.n_dense > MOST_DENSE or coupling > MOST_COUPLING:
        crossed = say(" and ").join(layout.names[len(chosen) :])
        raise ModelRefused(
            say(
                "{crossed} cross {group} with {effects} effects, which is more than this "
                "engine can hold at once. Leave a crossed group out, or fit a part of the "
                "rows.",
                crossed=crossed,
                group=layout.names[0],
                effects=layout.n_dense,
            )
        )
    return layout


def _chain(codes: list[np.ndarray], waiting: list[int]) -> list[int]:
    """Take the first group, and of the others each that contains all taken before it."""
    chosen: list[int] = []
    for group in waiting:
        if all(_is_nested(codes[inner], codes[group]) for inner in chosen):
            chosen.append(group)
    return chosen


def _is_nested(inner: np.ndarray, outer: np.ndarray) -> bool:
    """Whether every level of the inner group lies in one level of the outer group."""
    first = np.zeros(inner.max() + 1, dtype=outer.dtype)
    first[inner] = outer
    return bool((first[inner] == outer).all())


def _indicator(codes: np.ndarray, levels: int) -> sparse.csr_matrix:
    """Matrix that sums rows by level, shape (levels, n)."""
    n = len(codes)
    return sparse.csr_matrix((np.ones(n), (codes, np.arange(n))), shape=(levels, n))


class Sums:
    """Sums over rows and over levels, prepared once for a layout."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        pairs = zip(layout.codes, layout.sizes, strict=True)
        self.by_level = [_indicator(codes, levels) for codes, (levels, _) in pairs]
        self.parents: dict[tuple[int, int], np.ndarray] = {}
        self.by_parent: dict[tuple[int, int], sparse.csr_matrix] = {}
        for e in layout.eliminated:
            for f in range(e + 1, layout.n_eliminated):
                parent = np.zeros(layout.sizes[e][0], dtype=np.int64)
                parent[layout.codes[e]] = layout.codes[f]
                self.parents[e, f] = parent
                self.by_parent[e, f] = _indicator(parent, layout.sizes[f][0])

    def to_effects(self, U: Effects, rows: np.ndarray) -> Effects:
        """M' times a number for each row."""
        return [J @ (rows[:, None] * own) for J, own in zip(self.by_level, U, strict=True)]

    def to_rows(self, U: Effects, effects: Effects) -> np.ndarray:
        """M times the effects: each row's part of the linear predictor."""
        total = np.zeros(len(self.layout.codes[0]))
        for codes, own, values in zip(self.layout.codes, U, effects, strict=True):
            total += (own * values[codes]).sum(axis=1)
        return total

    def dense_columns(self, U: Effects) -> sparse.csr_matrix:
        """M's columns for the dense part, shape (n, n_dense)."""
        layout, n = self.layout, len(self.layout.codes[0])
        parts = []
        for d in layout.dense:
            levels, width = layout.sizes[d]
            columns = (layout.codes[d][:, None] * width + np.arange(width)).ravel()
            pointers = np.arange(0, n * width + 1, width)
            shape = (n, levels * width)
            parts.append(sparse.csr_matrix((U[d].ravel(), columns, pointers), shape=shape))
        return sparse.hstack(parts, format="csr") if parts else sparse.csr_matrix((n, 0))

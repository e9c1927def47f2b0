"""Changes of the counts of tied cells that keep every sum, and the cells that have to be hidden.

The heuristic is the shortest change of Kelly, Golden and Assad (1992), in its form as a linear
program: the counts are altered up and down at a cost for each cell that is still shown.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from workbench.reporting.disclosure_sums import (
    LARGEST,
    PROTECTS,
    SENSITIVE,
    SHOWN,
    Equations,
    bounds,
    solve,
)

COST_OF_TOTAL = 100.0
"""A total is hidden where else this many cells would be."""
MOST_SHOWN_AGAIN = 200
"""Cells of one group that are looked into again, whether they need to be hidden."""


@dataclass
class Group:
    """Cells of one group of sums while they are being protected.

    Attributes
    ----------
    own
        Their equations, every count known.
    why
        Why each is hidden.
    may_hide
        Cells that may be hidden to protect others.
    is_total
        Totals, which are hidden only where nothing else does.
    fewest, narrowest
        As in ``disclosure_protect.protect``.
    """

    own: Equations
    why: np.ndarray
    may_hide: np.ndarray
    is_total: np.ndarray
    fewest: int
    narrowest: int
    pairs: dict[int, list[np.ndarray]] = field(default_factory=dict)
    """For each cell about few people, sets of counts that fit all that is printed."""

    def protected(self) -> np.ndarray:
        """Why each cell is hidden, when those about few people can't be worked out."""
        counts = self.own.low
        first, self.why = self.why, self.why.copy()
        about_few = np.flatnonzero(np.isin(self.why, SENSITIVE) & (counts > 0))
        self.pairs = {int(cell): [counts] for cell in about_few}
        self._look_around(list(self.pairs))
        for cell in sorted(self.pairs, key=lambda one: (-counts[one], one)):
            if not self._is_wide(cell):
                self._protect(cell)
        self._show_again(first)
        return self.why

    def wide(self) -> list[int]:
        """Cells of which two sets of counts that fit are known, in which they differ enough."""
        return [cell for cell in self.pairs if self._is_wide(cell)]

    @property
    def _need(self) -> int:
        return min(self.narrowest, self.fewest - 2)

    def _is_wide(self, cell: int) -> bool:
        seen = [counts[cell] for counts in self.pairs[cell]]
        return max(seen) - min(seen) >= self._need

    def _look_around(self, left: list[int]) -> list[int]:
        """Note what is protected by what is hidden; returns the cells that are not, as far as seen.

        All cells in doubt are moved at once, up and then down, for as long as this helps.
        """
        rest, places = self._hidden_part()
        weights = np.zeros(len(self.why))
        while left:
            weights[:] = 0.0
            weights[left] = 1.0
            self._note_extremes(weights, rest, places)
            still = [cell for cell in left if not self._is_wide(cell)]
            if len(still) == len(left):
                break
            left = still
        return left

    def _look_closely(self, left: list[int]) -> bool:
        """Whether each cell is protected by what is hidden, looked into one by one."""
        rest, places = self._hidden_part()
        for cell in left:
            weights = np.zeros(len(self.why))
            weights[cell] = 1.0
            self._note_extremes(weights, rest, places)
            if not self._is_wide(cell):
                return False
        return True

    def _hidden_part(self) -> tuple[Equations, np.ndarray]:
        """Equations of the hidden cells alone, and where they stand."""
        low, high = self._bounds(np.zeros(len(self.why), dtype=bool))
        open_part = Equations(self.own.matrix, self.own.right, low, high).of_open()
        places = np.flatnonzero(low < high)
        return open_part.take(places), places

    def _note_extremes(self, weights: np.ndarray, rest: Equations, places: np.ndarray) -> None:
        for sign in (1.0, -1.0):
            found = solve(sign * weights[places], rest)
            if found is not None:
                counts = self.own.low.copy()
                counts[places] = found
                self._note(counts)

    def _note(self, counts: np.ndarray) -> None:
        """Keep a set of counts for each cell that isn't wide yet and that it widens."""
        for cell, pair in self.pairs.items():
            seen = [one[cell] for one in pair]
            if not self._is_wide(cell) and not min(seen) <= counts[cell] <= max(seen):
                pair.append(counts)

    def _bounds(self, open_too: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Bounds of each count if cells are hidden as they are, and some others too."""
        why = np.where((self.why == SHOWN) & open_too, PROTECTS, self.why)
        low, high = bounds(why, self.fewest)
        counts = self.own.low
        return np.where(why == SHOWN, counts, low), np.where(why == SHOWN, counts, high)

    def _protect(self, cell: int) -> None:
        """Hide what has to move so that a cell could be otherwise.

        Where earlier releases leave no way, everything that is added up with it is hidden.
        """
        for up in self._ways_up(cell):
            steps = [step for step in (up, up - self._need) if step]
            changed = [self._cheapest_change(cell, step) for step in steps]
            found = [counts for counts in changed if counts is not None]
            if len(found) == len(steps):
                for counts in found:
                    moved = (counts != self.own.low) & (self.why == SHOWN)
                    self.why[moved] = PROTECTS
                self.pairs[cell] = [self.own.low, *found]
                for counts in found:
                    self._note(counts)
                return
        beside = abs(self.own.matrix).T @ (abs(self.own.matrix)[:, [cell]])
        near = beside.toarray().ravel() > 0
        self.why[near & self.may_hide & (self.why == SHOWN)] = PROTECTS

    def _ways_up(self, cell: int) -> list[int]:
        """List how far up a count may move, of the width needed: wholly, not at all, partly."""
        low, high = self._bounds(np.zeros(len(self.why), dtype=bool))
        count = self.own.low[cell]
        room_up, room_down = high[cell] - count, count - low[cell]
        ways = [self._need, 0, *range(1, self._need)]
        return [up for up in ways if up <= room_up and self._need - up <= room_down]

    def _cheapest_change(self, cell: int, step: int) -> np.ndarray | None:
        """Find counts that keep every sum, with a cell moved by a step and few others opened."""
        from scipy.sparse import hstack

        counts = self.own.low
        low, high = self._bounds(self.may_hide)
        up, down = high - counts, counts - low
        least_up, least_down = np.zeros_like(up), np.zeros_like(down)
        least_up[cell] = up[cell] = max(step, 0)
        least_down[cell] = down[cell] = max(-step, 0)
        both = Equations(
            hstack([self.own.matrix, -self.own.matrix]).tocsr(),
            np.zeros_like(self.own.right),
            np.concatenate([least_up, least_down]),
            np.concatenate([np.minimum(up, LARGEST), down]),
        )
        found = solve(np.tile(self._costs(), 2), both)
        return None if found is None else counts + found[: len(counts)] - found[len(counts) :]

    def _costs(self) -> np.ndarray:
        """Cost of moving each count by one: nothing if hidden; fewest cells, then the smallest."""
        counts = self.own.low
        cost = 1.0 + counts / max(counts.max(initial=1.0), 1.0)
        cost = np.where(self.is_total, COST_OF_TOTAL * cost, cost)
        return np.where(self.why == SHOWN, cost, 0.0)

    def _show_again(self, first: np.ndarray) -> None:
        """Print again, totals and large counts first, what others protect well enough.

        What was hidden at first stays hidden.
        """
        counts = self.own.low
        mine = np.flatnonzero((self.why == PROTECTS) & (first == SHOWN) & self.may_hide)
        order = sorted(mine.tolist(), key=lambda one: (not self.is_total[one], -counts[one], one))
        for cell in order[:MOST_SHOWN_AGAIN]:
            moving = [
                one
                for one, pair in self.pairs.items()
                if any(other[cell] != counts[cell] for other in pair)
            ]
            before = dict(self.pairs)
            self.why[cell] = SHOWN
            self.pairs |= {one: [counts] for one in moving}
            if not self._look_closely(self._look_around(moving)):
                self.pairs, self.why[cell] = before, PROTECTS

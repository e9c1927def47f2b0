"""Curves of competing events and their standard errors from counts at each time.

The two standard errors are told in `workbench.models.competing_events`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class CountedEvents:
    """Numbers at each of T distinct times, of K kinds.

    ``events`` has shape (K, T); ``at_risk``, ``before`` (share without any event just before) and
    ``survival`` (just after) have shape (T,); ``incidence`` has shape (K, T).
    """

    events: np.ndarray
    at_risk: np.ndarray
    before: np.ndarray
    survival: np.ndarray
    incidence: np.ndarray

    @classmethod
    def of(
        cls, codes: np.ndarray, happened: np.ndarray, names: tuple[str, ...], count: int
    ) -> CountedEvents:
        """Count from the place of each subject's time and its event, shape (n,) each."""
        leaving = np.bincount(codes, minlength=count)
        at_risk = np.cumsum(leaving[::-1])[::-1]
        rows = [np.bincount(codes[happened == name], minlength=count) for name in names]
        events = np.array(rows).reshape(len(names), count)
        survival = np.cumprod(1 - events.sum(axis=0) / at_risk)
        before = np.append(1.0, survival)[:count]
        incidence = np.cumsum(before * events / at_risk, axis=1)
        return cls(events, at_risk, before, survival, incidence)

    def independent_errors(self, number: int) -> np.ndarray:
        """Give standard errors of one kind as cmprsk has them, shape (T,)."""
        mine, others = self.events[number], self.events.sum(axis=0) - self.events[number]
        share, left = self.incidence[number], self.survival > 0
        inverse = np.divide(1.0, self.survival, out=np.zeros(len(left)), where=left)
        of_mine, of_others = self._ties(mine), np.where(left, self._ties(others), 0.0)
        ratio = share * inverse
        first = (1 + ratio) ** 2 * of_mine + ratio**2 * of_others
        second = inverse * ((1 + ratio) * of_mine + ratio * of_others)
        third = inverse**2 * (of_mine + of_others)
        first, second, third = (np.cumsum(part) for part in (first, second, third))
        variance = first + share**2 * third - 2 * share * second
        # It moves only where the curve does: between, the last one stands.
        place = np.maximum.accumulate(np.where(mine > 0, np.arange(len(mine)), -1))
        known = np.where(place >= 0, variance[place], 0.0) if len(mine) else variance
        return np.asarray(np.sqrt(np.maximum(known, 0.0)))

    def _ties(self, events: np.ndarray) -> np.ndarray:
        """Variance of what the events of each time add, drawn without replacement."""
        rest = np.maximum(self.at_risk - 1, 1)
        shrink = np.where(events > 1, 1 - (events - 1) / rest, 1.0)
        return np.asarray(self.before**2 * shrink * events / self.at_risk**2)

    def robust_errors(
        self,
        codes: np.ndarray,
        happened: np.ndarray,
        names: tuple[str, ...],
        group: np.ndarray | None,
    ) -> list[np.ndarray]:
        """Infinitesimal jackknife errors of each kind, each of shape (T,).

        What a subject adds to the curve is the derivative of the curve by its weight. It is a sum
        of hazards' derivatives, so a cluster's is had from its own counts.
        """
        count = len(self.at_risk)
        if not names:
            return []
        # Without clusters, subjects with the same time and event add the same, and are taken
        # together; what each adds is their sum over their number.
        key = pd.Series(happened).str.cat(codes.astype(str), sep=" ") if group is None else group
        place, units = pd.factorize(key)
        divisor = np.bincount(place) if group is None else np.ones(len(units))
        leaving = _table(place, codes, len(units), count)
        at_risk = np.cumsum(leaving[:, ::-1], axis=1)[:, ::-1]
        hazards = self.events / self.at_risk
        added = [
            (_table(place[mine], codes[mine], len(units), count) - at_risk * hazard) / self.at_risk
            for mine, hazard in zip([happened == name for name in names], hazards, strict=True)
        ]
        total = hazards.sum(axis=0)
        lost = np.sum(added, axis=0) / np.where(total < 1, 1 - total, np.inf)
        moved = np.zeros((len(units), count))  # relative change of the share without any event
        moved[:, 1:] = -np.cumsum(lost, axis=1)[:, :-1]
        sums = [
            np.cumsum(self.before * (moved * hazard + mine), axis=1)
            for mine, hazard in zip(added, hazards, strict=True)
        ]
        return [np.sqrt((each**2 / divisor[:, None]).sum(axis=0)) for each in sums]


def _table(place: np.ndarray, codes: np.ndarray, units: int, count: int) -> np.ndarray:
    """Count subjects of each unit at each time, shape (units, times)."""
    flat = np.bincount(place * count + codes, minlength=units * count)
    return flat.reshape(units, count)

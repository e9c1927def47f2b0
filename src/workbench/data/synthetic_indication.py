"""Coaching that follows what was observed, in the order of time: confounding by indication."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.data.synthetic_parameters import NetworkParameters
from workbench.data.synthetic_service import DAYS_IN_A_MONTH, USUAL_RATERS

POINTS_BELOW = 10.0
"""Points below the mean for which ``coaching_follows_low`` is given."""


@dataclass(frozen=True)
class CoachedInTurn:
    """How coaching and observations answer each other.

    Attributes
    ----------
    parameters
        Dates of the series and, in ``supports``, how coaching follows a low observation.
    effect
        Points of fidelity on the day of an act.
    half_life_months
        Months in which half of it is gone.
    """

    parameters: NetworkParameters
    effect: float
    half_life_months: float

    @property
    def usual(self) -> float:
        """Points that the network's usual rate of coaching adds in the long run."""
        lasting = self.half_life_months / np.log(2)
        return float(self.effect * self.parameters.supports.coaching_a_month * lasting)


def in_turn(
    turn: CoachedInTurn,
    practitioners: pd.DataFrame,
    observations: pd.DataFrame,
    acts: pd.DataFrame,
    rates: pd.DataFrame,
    random: np.random.Generator,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Take each practitioner's observations in order: each gets its dose and may set off more.

    An observation by an independent rater or a supervisor is low below the mean of theirs before
    anything is planted. What follows it comes from the next day on, until the days are over, the
    next such observation is made, or the practitioner leaves.

    Returns
    -------
    tuple
        The observations with ``dose``, ``fidelity`` and ``limited``; and the acts that followed:
        ``occurred_on, kind, practitioner_id, triggered_by_observation_id``.
    """
    start = pd.Timestamp(turn.parameters.first_day)
    last = pd.Timestamp(turn.parameters.last_day)
    left = practitioners.set_index("practitioner_id")["left_on"]
    ends = (left.where(left < last, last) - start).dt.days.to_dict()
    frame = observations.reset_index(drop=True)
    usual = frame["rater_role"].isin(USUAL_RATERS).to_numpy()
    one = _Person(
        turn=turn,
        day=(frame["observed_on"] - start).dt.days.to_numpy(),
        fidelity=frame["fidelity"].to_numpy(dtype=float),
        usual=usual,
        rate=_rates_then(frame, rates),
        mean=float(frame.loc[usual, "fidelity"].mean()),
        random=random,
    )
    given = (acts["occurred_on"] - start).dt.days.to_numpy(dtype=float)
    by_person = _rows_of(acts)
    names = frame["observation_id"].to_numpy()
    dose = np.zeros(len(frame))
    followed: list[tuple[float, str, str]] = []
    for who, rows in _rows_of(frame).items():
        ordered = rows[np.argsort(one.day[rows], kind="stable")]
        own = given[by_person[who]] if who in by_person else given[:0]
        for row, found, days in one.follow(ordered, own, int(ends[who])):
            dose[row] = found
            followed += [(day, who, str(names[row])) for day in days]
    fidelity = frame["fidelity"].to_numpy() + turn.effect * dose - turn.usual
    kept = np.clip(fidelity, 0.0, 100.0)
    limited = frame["limited"].to_numpy() | (kept != fidelity)
    return frame.assign(dose=dose, fidelity=kept, limited=limited), _table(followed, start)


@dataclass(frozen=True)
class _Person:
    """Every observation of the network, of which one practitioner's are taken at a time."""

    turn: CoachedInTurn
    day: np.ndarray
    fidelity: np.ndarray
    usual: np.ndarray
    rate: np.ndarray
    mean: float
    random: np.random.Generator

    def follow(
        self, rows: np.ndarray, given: np.ndarray, end: int
    ) -> Iterator[tuple[int, float, np.ndarray]]:
        """Give each row of a practitioner, its dose, and the days of the acts that follow it."""
        truth = self.turn.parameters.supports
        half_life = self.turn.half_life_months * DAYS_IN_A_MONTH
        asked = self.day[rows][self.usual[rows]]
        for row in rows:
            day = self.day[row]
            since = day - given[given < day]
            dose = float(np.exp2(-since / half_life).sum())
            seen = self.fidelity[row] + self.turn.effect * dose - self.turn.usual
            below = self.mean - float(np.clip(seen, 0.0, 100.0))
            new = given[:0]
            if self.usual[row] and below > 0 and truth.coaching_follows_low > 0:
                later = asked[asked > day]
                until = min(day + truth.days_after_low, end, later[0] if len(later) else end)
                new = self._following(row, day, until, below * truth.coaching_follows_low)
                given = np.concatenate([given, new])
            yield int(row), dose, new

    def _following(self, row: int, day: int, until: int, strength: float) -> np.ndarray:
        days = max(until - day, 0)
        many = self.rate[row] * days / DAYS_IN_A_MONTH * strength / POINTS_BELOW
        count = self.random.poisson(many)
        return day + 1 + np.floor(self.random.random(count) * days)


def _rows_of(frame: pd.DataFrame) -> dict[str, np.ndarray]:
    """Places of each practitioner's rows."""
    return {
        str(who): np.asarray(rows) for who, rows in frame.groupby("practitioner_id").indices.items()
    }


def _rates_then(frame: pd.DataFrame, rates: pd.DataFrame) -> np.ndarray:
    """Usual rate of coaching of who is observed, in the quarter of the observation."""
    known = rates.set_index(["practitioner_id", "quarter"])["usual_rate"]
    wanted = pd.MultiIndex.from_frame(frame[["practitioner_id", "quarter"]])
    return known.reindex(wanted).fillna(0.0).to_numpy()


def _table(followed: list[tuple[float, str, str]], start: pd.Timestamp) -> pd.DataFrame:
    frame = pd.DataFrame(
        followed, columns=["day", "practitioner_id", "triggered_by_observation_id"]
    )
    on = start + pd.to_timedelta(frame["day"].astype(float), unit="D")
    return frame.assign(occurred_on=on, kind="coaching").drop(columns="day")

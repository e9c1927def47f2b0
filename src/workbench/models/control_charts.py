"""Which chart so many points can carry, and how many false signals to expect of it.

Every rule that finds change also finds it where there is none, and the more so the more points it
looks at. With 8 points no rule is worth its false signals; with 24 points the four NHS rules see
one in about a fifth of series in which nothing moved.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from workbench.language import mark, say
from workbench.models.individuals_chart import individuals_signals
from workbench.models.run_chart import run_chart

DOTS = mark("dots")
RUN_CHART = mark("run chart")
RUN_CHART_TESTED = mark("run chart with Anhoej's rules")
INDIVIDUALS = mark("XmR chart with the NHS rules")

FEWEST_FOR_A_RUN_CHART = 8
FEWEST_FOR_RUN_RULES = 12
FEWEST_FOR_LIMITS = 20
MOST_AUTOCORRELATION = 0.3
"""Above it, the rules give many more false signals than they say."""
SIMULATED_SERIES = 10_000


@dataclass(frozen=True)
class ChartChoice:
    """The chart for so many points.

    Attributes
    ----------
    name
        One of `DOTS`, `RUN_CHART`, `RUN_CHART_TESTED`, `INDIVIDUALS`.
    tested
        Whether its rules are asked.
    limits_drawn
        Whether limits are drawn; trial limits where they are drawn and not tested.
    why
        What to tell the reader, as a sentence; empty if nothing.
    """

    name: str
    tested: bool
    limits_drawn: bool
    why: str


def choose_chart(points: int) -> ChartChoice:
    """Choose the chart, and whether its rules are asked, by the number of points.

    Examples
    --------
    >>> choose_chart(6).why
    'Too few points to tell.'
    >>> choose_chart(24).name
    'XmR chart with the NHS rules'
    """
    if points < FEWEST_FOR_A_RUN_CHART:
        return ChartChoice(DOTS, False, False, say("Too few points to tell."))
    if points < FEWEST_FOR_RUN_RULES:
        why = say("Rules are asked from {points} points on.", points=FEWEST_FOR_RUN_RULES)
        return ChartChoice(RUN_CHART, False, False, why)
    if points < FEWEST_FOR_LIMITS:
        why = say(
            "The limits are trial limits: they are tested from {points} points on.",
            points=FEWEST_FOR_LIMITS,
        )
        return ChartChoice(RUN_CHART_TESTED, True, True, why)
    return ChartChoice(INDIVIDUALS, True, True, "")


def signals_of(values: np.ndarray, name: str) -> np.ndarray:
    """Whether each series shows any signal of a chart's rules.

    Parameters
    ----------
    values
        Shape (n,) or (n, series), none missing.
    name
        A chart that `choose_chart` names; one without rules never signals.
    """
    if name == INDIVIDUALS:
        return np.any([found.any(axis=0) for found in individuals_signals(values).values()], axis=0)
    if name == RUN_CHART_TESTED:
        return run_chart(values).signal
    return np.zeros(values.shape[1:], dtype=bool)


def autocorrelation(values: np.ndarray) -> float:
    """How far each value goes with the one before (lag 1); 0 for values that are all the same."""
    about = values - values.mean()
    total = float(about @ about)
    return float(about[1:] @ about[:-1]) / total if total else 0.0


@cache
def false_signal_rate(name: str, points: int, seed: int = 1) -> float:
    """Share of series that show a signal though nothing moved, by simulation.

    Parameters
    ----------
    name
        A chart that `choose_chart` names.
    points
        Points a series: independent normal values of one mean.
    seed
        Of the simulation.
    """
    values = np.random.default_rng(seed).standard_normal((points, SIMULATED_SERIES))
    return float(signals_of(values, name).mean())


def expected_false_signals(charts: int, points: int) -> float:
    """How many of so many charts would show a signal by chance, by the rules for their points.

    >>> expected_false_signals(40, 10)
    0.0
    """
    return charts * false_signal_rate(choose_chart(points).name, points)

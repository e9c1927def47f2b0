"""Direction of movement: a state is named only when its probability is high enough."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench import terms
from workbench.language import mark, say

HOW_MANY = {
    terms.DRIFTING: mark("{n} drifting"),
    terms.HOLDING: mark("{n} holding"),
    terms.STRENGTHENING: mark("{n} strengthening"),
    terms.NOT_ENOUGH_EVIDENCE: mark("{n} not enough evidence"),
}


@dataclass(frozen=True)
class RulerMovement:
    """How the raters themselves moved, against codes that stay where they are.

    Attributes
    ----------
    estimate, std_error
        Points of fidelity a quarter by which raters came to score the same practice higher.
    df
        Degrees of freedom of the error, above 2.
    """

    estimate: float
    std_error: float
    df: float

    @property
    def spread(self) -> float:
        """Standard deviation of a t distribution with this error and these degrees of freedom."""
        return self.std_error * float(np.sqrt(self.df / (self.df - 2)))


def add_direction(
    slopes: pd.DataFrame, below: np.ndarray, above: np.ndarray, probability: float
) -> pd.DataFrame:
    """Slopes with the probability of each direction and the state that may be named.

    Drifting is a slope below minus the smallest change that matters, strengthening one above it,
    holding what lies between.

    Parameters
    ----------
    slopes
        One row a slope.
    below, above
        Probability that the slope lies below minus the smallest change that matters, and above
        it; one a row.
    probability
        What a state's probability must reach, between 0.5 and 1.

    Returns
    -------
    DataFrame
        With ``probability_drifting``, ``probability_holding``, ``probability_strengthening`` and
        ``state``; not enough evidence where none reaches the probability.

    Examples
    --------
    >>> slopes = pd.DataFrame({"slope": [-2.0, -1.0]})
    >>> list(add_direction(slopes, np.array([0.99, 0.5]), np.array([0.0, 0.0]), 0.9)["state"])
    ['drifting', 'not enough evidence']
    """
    between = np.clip(1 - below - above, 0, 1)
    names = (terms.DRIFTING, terms.HOLDING, terms.STRENGTHENING)
    chances = dict(zip(names, (below, between, above), strict=True))
    reached = [chance >= probability for chance in chances.values()]
    columns = {f"probability_{name}": chance for name, chance in chances.items()}
    return slopes.assign(**columns, state=np.select(reached, names, terms.NOT_ENOUGH_EVIDENCE))


def counted_states(states: pd.Series, named: Iterable[str]) -> list[str]:
    """Write how many are in each of the states to be named; a state that nobody is in is left out.

    Examples
    --------
    >>> counted_states(pd.Series(["holding", "drifting", "holding"]), terms.STATES)
    ['1 drifting', '2 holding']
    """
    counts = states.value_counts()
    return [say(HOW_MANY[state], n=counts[state]) for state in named if state in counts]

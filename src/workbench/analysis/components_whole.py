"""Component scores laid out by observation, and each component beside the whole.

The whole of an observation is the mean over the components that were scored in it, each counted
from its own level: a part that most people do well must not lower the whole where it was not
applicable. Levels are those of a table with an effect of each observation, and a level and a slope
of each component, by least squares. Where cells are empty they are found round by round, with
stand-ins for what is missing (Healy and Westmacott 1956, Missing values in experiments analysed on
automatic computers, Applied Statistics 5, 203-206).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

HEADER = ["observation_id", "practitioner_id", "site_id", "quarter", "quarters"]
RATERS = ["rater_role", "rater_id"]
FEWEST_TO_COMPARE = 2
"""Components that an observation must have for one to be set beside the whole."""
MOST_ROUNDS = 500
CLOSE = 1e-7  # points by which a stand-in moves in a round when it counts as settled


@dataclass(frozen=True)
class ComponentScores:
    """Scores of components, one row an observation and one column a component.

    Attributes
    ----------
    observations
        ``observation_id, practitioner_id, site_id, quarter, quarters``, and ``rater_role,
        rater_id``, which are empty text where the components came without them.
    scores
        Percent, missing where a component was not scored.
    levels
        How far each component's level lies from the mean of its instrument's components, in
        points, at the mean time of the observations.
    beside
        Score less the observation's whole; missing where the component was not scored, or no
        other was.
    """

    observations: pd.DataFrame
    scores: pd.DataFrame
    levels: pd.Series
    beside: pd.DataFrame

    def together(self, components: list[str]) -> pd.Series:
        """Mean of the scored ones among some components, each counted from its own level.

        Missing where none of them was scored.
        """
        return (self.scores[components] - self.levels[components]).mean(axis=1)


def component_scores(components: pd.DataFrame) -> ComponentScores:
    """Lay out component scores by observation.

    Parameters
    ----------
    components
        One row an observation and component, with ``component``, ``fidelity`` and the columns of
        `ComponentScores.observations`.

    Examples
    --------
    >>> rows = [("o1", "talk", 70.0), ("o1", "plan", 80.0), ("o2", "talk", 60.0),
    ...         ("o2", "plan", 70.0), ("o3", "talk", 50.0)]
    >>> frame = pd.DataFrame(rows, columns=["observation_id", "component", "fidelity"]).assign(
    ...     practitioner_id="p", site_id="s", quarter="2026Q1", quarters=0.5)
    >>> component_scores(frame).levels.round(3).to_dict()
    {'talk': -5.0, 'plan': 5.0}
    """
    frame = components[components["fidelity"].notna()]
    names = [*HEADER, *(name for name in RATERS if name in frame.columns)]
    observations = frame.drop_duplicates("observation_id")[names].reset_index(drop=True)
    observations = observations.assign(**{name: "" for name in RATERS if name not in names})
    row = pd.Index(observations["observation_id"]).get_indexer(frame["observation_id"])
    column, labels = pd.factorize(frame["component"])
    scores = np.full((len(observations), len(labels)), np.nan)
    scores[row, column] = frame["fidelity"].to_numpy(float)
    quarters = observations["quarters"].to_numpy(float)
    levels, beside = np.zeros(len(labels)), np.full_like(scores, np.nan)
    for members in _instruments(~np.isnan(scores)):
        mine = (~np.isnan(scores[:, members])).any(axis=1)
        part = np.ix_(mine, members)
        levels[members] = _levels(scores[part], quarters[mine])
        whole = np.nanmean(scores[part] - levels[members], axis=1, keepdims=True)
        seen = (~np.isnan(scores[part])).sum(axis=1, keepdims=True)
        beside[part] = np.where(seen >= FEWEST_TO_COMPARE, scores[part] - whole, np.nan)
    return ComponentScores(
        observations,
        pd.DataFrame(scores, columns=labels),
        pd.Series(levels, index=labels),
        pd.DataFrame(beside, columns=labels),
    )


def _instruments(seen: np.ndarray) -> list[np.ndarray]:
    """Find the sets of components scored with one another: the instruments in use."""
    linked = (seen.T.astype(float) @ seen.astype(float)) > 0
    for _ in range(len(linked)):
        linked = (linked.astype(float) @ linked.astype(float)) > 0
    return [np.flatnonzero(one) for one in np.unique(linked, axis=0)]


def _levels(scores: np.ndarray, quarters: np.ndarray) -> np.ndarray:
    """Level of each component of one instrument, from scores of shape (n, m)."""
    missing = np.isnan(scores)
    line = np.column_stack([np.ones(len(quarters)), quarters - quarters.mean()])
    solve = np.linalg.pinv(line)
    filled = np.where(missing, np.nanmean(scores, axis=1, keepdims=True), scores)
    for _ in range(MOST_ROUNDS if missing.any() else 0):
        whole = filled.mean(axis=1, keepdims=True)
        expected = whole + line @ (solve @ (filled - whole))
        moved = np.abs(expected - filled)[missing].max()
        filled = np.where(missing, expected, filled)
        if moved < CLOSE:
            break
    return (filled - filled.mean(axis=1, keepdims=True)).mean(axis=0)

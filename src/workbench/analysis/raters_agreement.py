"""Whether two raters of one session agree: the total score, components and items.

Agreement of scores is the intraclass correlation of single ratings in its agreement form, which
counts a rater's severity as disagreement. Items are told by weighted kappa where one of the two is
the anchor, and by Krippendorff's alpha where the two raters stand on a level.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.analysis.raters_pairs import INDEPENDENT, MASTER, SESSION, SUPERVISOR
from workbench.language import mark
from workbench.models.intraclass import intraclass_long
from workbench.models.krippendorff import krippendorff_alpha
from workbench.models.weighted_kappa import weighted_kappa

TOTAL = mark("total score")
ICC = mark("ICC(A,1)")
KAPPA = mark("weighted kappa")
ALPHA = mark("Krippendorff's alpha")
PAIRS_OF = {
    (INDEPENDENT, MASTER): mark("independent and master"),
    (SUPERVISOR, MASTER): mark("supervisor and master"),
    (SUPERVISOR, INDEPENDENT): mark("supervisor and independent"),
    (INDEPENDENT, INDEPENDENT): mark("two independent raters"),
}
FEWEST_SESSIONS = 10
"""Sessions of one kind of pair below which agreement is not estimated."""
MOST_DRAWS_OF_PARTS = 200
"""Draws for components and items, of which there are many."""
COLUMNS = [
    "pair_of",
    "measure",
    "what",
    "estimate",
    "conf_low",
    "conf_high",
    "n_sessions",
    "n_raters",
    "n_practitioners",
]


@dataclass(frozen=True)
class Bootstrap:
    """Draws over practitioners, and their seed."""

    draws: int
    seed: int


def rater_agreement(
    by_observation: pd.DataFrame,
    masters: pd.DataFrame,
    double_coded: pd.DataFrame,
    components: Sequence[pd.DataFrame],
    item_values: pd.DataFrame | None,
    draws: int,
    seed: int,
) -> pd.DataFrame:
    """Agreement of double codes: one row a kind of pair, measure and score.

    Parameters
    ----------
    by_observation, masters
        Observations and master codes, which tell whose rating of which session an
        ``observation_id`` is.
    double_coded
        From `workbench.analysis.raters_pairs.by_session_and_rater`.
    components
        Frames with ``observation_id, component_title, component_order, fidelity``.
    item_values
        ``observation_id, item_id, value``, and ``item_title`` where items have one; or None.
    draws
        Bootstrap draws over practitioners; 0 for no intervals.
    seed
        Of the draws.

    Returns
    -------
    DataFrame
        `COLUMNS`; no row for a kind of pair with under ten sessions.
    """
    parts = [_by_pairs(double_coded, TOTAL, Bootstrap(draws, seed))]
    bootstrap = Bootstrap(min(draws, MOST_DRAWS_OF_PARTS), seed)
    if len(double_coded):
        scores = _joined(components, by_observation, masters, double_coded)
        for _, part in scores.groupby(["component_order", "component_title"], sort=True):
            title = str(part["component_title"].iloc[0])
            parts.append(_by_pairs(part, title, bootstrap))
        items = [] if item_values is None else [item_values]
        values = _joined(items, by_observation, masters, double_coded)
        for item_id, part in values.groupby("item_id", sort=True):
            title = str(part["item_title"].iloc[0]) if "item_title" in part else str(item_id)
            parts.append(_by_pairs(part, title, bootstrap, of_items=True))
    rows = [row for part in parts for row in part]
    return pd.DataFrame(rows, columns=COLUMNS)


def _joined(
    frames: Sequence[pd.DataFrame],
    by_observation: pd.DataFrame,
    masters: pd.DataFrame,
    double_coded: pd.DataFrame,
) -> pd.DataFrame:
    """Scores by observation, with session and rater, of sessions that are double-coded."""
    names = ["component_order", "component_title", "item_id", "session"]
    if not frames or not sum(len(frame) for frame in frames):
        return pd.DataFrame(columns=names)
    key = [*SESSION, "rater_id"]
    parts = [frame for frame in (by_observation, masters) if len(frame)]
    ratings = pd.concat([part[["observation_id", *key]] for part in parts], ignore_index=True)
    coded = double_coded[["session", *key, "rater_role"]]
    ratings = ratings.merge(coded, on=key)
    return pd.concat(frames, ignore_index=True).merge(ratings, on="observation_id")


def _by_pairs(
    scores: pd.DataFrame, what: str, bootstrap: Bootstrap, of_items: bool = False
) -> list[dict[str, object]]:
    """Agreement on one score, for each kind of pair that has enough sessions."""
    rows = []
    for roles, pair_of in PAIRS_OF.items():
        mine = _of_roles(scores, roles)
        if mine["session"].nunique() < FEWEST_SESSIONS:
            continue
        measure, table = _agreement(mine, roles, bootstrap, of_items)
        found = table.iloc[0]
        rows.append(
            {
                "pair_of": pair_of,
                "measure": measure,
                "what": what,
                **{name: float(found[name]) for name in ("estimate", "conf_low", "conf_high")},
                "n_sessions": mine["session"].nunique(),
                "n_raters": mine["rater_id"].nunique(),
                "n_practitioners": mine["practitioner_id"].nunique(),
            }
        )
    return rows


def _of_roles(scores: pd.DataFrame, roles: tuple[str, str]) -> pd.DataFrame:
    """Ratings by these roles, of sessions that raters of both scored."""
    mine = scores[scores["rater_role"].isin(roles)]
    if roles[0] == roles[1]:
        both = mine.groupby("session")["rater_id"].transform("nunique") > 1
    else:
        both = mine.groupby("session")["rater_role"].transform("nunique") > 1
    return mine[both.astype(bool)]


def _agreement(
    mine: pd.DataFrame, roles: tuple[str, str], bootstrap: Bootstrap, of_items: bool
) -> tuple[str, pd.DataFrame]:
    cluster, draws, seed = "practitioner_id", bootstrap.draws, bootstrap.seed
    if not of_items:
        return ICC, intraclass_long(
            mine, "fidelity", "session", "rater_id", cluster, draws=draws, seed=seed
        )
    if roles[0] == roles[1]:
        return ALPHA, krippendorff_alpha(
            mine, "value", "session", "ordinal", cluster, draws=draws, seed=seed
        )
    rated, anchor = (mine[mine["rater_role"] == role] for role in roles)
    both = rated.merge(anchor[["session", "value"]], on="session", suffixes=("", "_anchor"))
    return KAPPA, weighted_kappa(
        both, "value", "value_anchor", cluster=cluster, draws=draws, seed=seed
    )


def shown_total(agreement: pd.DataFrame) -> pd.DataFrame:
    """Rows of the total score that have an estimate."""
    total = agreement[agreement["what"] == TOTAL]
    return total[np.isfinite(total["estimate"].astype(float))]

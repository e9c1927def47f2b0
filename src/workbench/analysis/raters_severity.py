"""How much higher or lower raters score than the anchor of the same session."""

from __future__ import annotations

import pandas as pd

from workbench.models.clustered import FEWEST_CLUSTERS, clustered_mean

BY_QUARTER = [
    "rater_role",
    "anchor_role",
    "quarter",
    "difference",
    "conf_low",
    "conf_high",
    "n_sessions",
    "n_raters",
    "n_practitioners",
]
BY_ROLE = [name for name in BY_QUARTER if name != "quarter"]


def severity(paired: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Mean difference between ratings and their anchors, with its interval.

    The interval is cluster-robust over raters, so that it speaks of raters like these. With fewer
    than three raters it is over practitioners, and speaks of these raters alone.

    Parameters
    ----------
    paired
        From `workbench.analysis.raters_pairs.with_anchors`.
    by
        Columns that make a row of the answer.

    Returns
    -------
    DataFrame
        The columns of ``by``, then ``difference`` (points, rater minus anchor), ``conf_low``,
        ``conf_high``, ``n_sessions``, ``n_raters``, ``n_practitioners``.
    """
    rows = [
        {**dict(zip(by, key, strict=True)), **_mean(group)}
        for key, group in paired.groupby(by, sort=True)
    ]
    numbers = BY_ROLE[2:]
    return pd.DataFrame(rows, columns=[*by, *numbers])


def _mean(group: pd.DataFrame) -> dict[str, object]:
    raters, people = group["rater_id"].nunique(), group["practitioner_id"].nunique()
    clusters = group["rater_id"] if raters >= FEWEST_CLUSTERS else group["practitioner_id"]
    mean = clustered_mean(group["difference"], clusters)
    return {
        "difference": mean.estimate,
        "conf_low": mean.conf_low,
        "conf_high": mean.conf_high,
        "n_sessions": group["session"].nunique(),
        "n_raters": raters,
        "n_practitioners": people,
    }

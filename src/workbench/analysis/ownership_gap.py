"""The gap between what professionals and the person say of one plan at about the same time."""

from __future__ import annotations

import pandas as pd

WITHIN_DAYS = 14
"""Days within which two ratings of a plan are of the same time."""
PERSON, PROFESSIONAL = "person", "professional"
GAP = "gap"


def gaps_of(rated: pd.DataFrame) -> pd.DataFrame:
    """Ratings of professionals less those of the person, of one plan within 14 days.

    Parameters
    ----------
    rated
        One row a plan, day and respondent: ``plan_id, rated_on, respondent_role, ownership``.

    Returns
    -------
    DataFrame
        The person's rows that have a rating by a professional, with ``ownership`` the gap in
        points. Of several pairs that share a rating the nearest in time counts; the earlier of
        two as near.
    """
    mine = rated[rated["respondent_role"] == PERSON].reset_index(drop=True)
    theirs = rated[rated["respondent_role"] == PROFESSIONAL].reset_index(drop=True)
    pairs = mine.reset_index(names="mine").merge(
        theirs.reset_index(names="theirs")[["theirs", "plan_id", "rated_on", "ownership"]],
        on="plan_id",
        suffixes=("", "_theirs"),
    )
    away = (pairs["rated_on"] - pairs["rated_on_theirs"]).dt.days.abs()
    pairs = pairs.assign(away=away)[away <= WITHIN_DAYS]
    pairs = pairs.sort_values(["away", "rated_on", "rated_on_theirs"], kind="stable")
    taken_mine: set[int] = set()
    taken_theirs: set[int] = set()
    kept = []
    for row, (one, other) in enumerate(zip(pairs["mine"], pairs["theirs"], strict=True)):
        if one not in taken_mine and other not in taken_theirs:
            taken_mine.add(one)
            taken_theirs.add(other)
            kept.append(row)
    chosen = pairs.iloc[kept]
    gap = chosen["ownership_theirs"] - chosen["ownership"]
    chosen = chosen.assign(ownership=gap, respondent_role=GAP)
    return chosen[list(rated.columns)].sort_values(["plan_id", "rated_on"]).reset_index(drop=True)

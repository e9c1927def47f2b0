"""What tells rows apart: keys of one column or of several joined; counts of two; repeats."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

import pandas as pd

from workbench.data.inspection_columns import Profile
from workbench.data.inspection_words import words
from workbench.data.redcap_dictionary import EVENT, INSTANCE

MOST_JOINED = 3
LEAST_FILLED = 0.98
"""Share of rows in which a key is filled; a row of totals at the end has none."""
_MET = {"success", "successes", "met", "achieved", "done", "correct", "numerator", "yes", "passed",
        "fulfilled", "erfuellt", "cumplidos"}  # fmt: skip
_TOTAL = {"total", "all", "applicable", "denominator", "n", "possible", "visits", "opportunities",
          "count", "gesamt"}  # fmt: skip


def joined_key(
    frame: pd.DataFrame, columns: Iterable[str], and_by: str = "", always: str = ""
) -> tuple[str, ...]:
    """Fewest columns, in the order given, that tell the rows apart; empty if none do.

    Parameters
    ----------
    frame
        The export.
    columns
        Columns that may be joined, the likeliest first.
    and_by
        A further column that tells rows of one key apart, such as the item's.
    always
        A column that is part of the key in any case.
    """
    names = [name for name in dict.fromkeys(columns) if name in frame.columns and name != always]
    first = (always,) if always else ()
    extra = [and_by] if and_by else []
    for how_many in range(0 if always else 1, MOST_JOINED + 1 - len(first)):
        for others in combinations(names, how_many):
            chosen = (*first, *others)
            whole = frame[frame[list(chosen)].notna().all(axis=1)]
            if len(whole) < LEAST_FILLED * len(frame):
                continue
            if not whole.duplicated([*chosen, *extra]).any():
                return chosen
    return ()


def key_of_project(frame: pd.DataFrame) -> tuple[str, ...]:
    """Record, event and instance that tell the rows of a REDCap project apart; else empty."""
    own = [one for one in (EVENT, INSTANCE) if one in frame and frame[one].notna().all()]
    key = (str(frame.columns[0]), *own)
    return key if own and not frame.duplicated(list(key)).any() else ()


def counts_of_two(profiles: dict[str, Profile], frame: pd.DataFrame) -> tuple[str, str] | None:
    """Two columns of counts, of which the first never passes the second: met and all."""
    whole = [name for name, each in profiles.items() if each.kind == "whole"]
    met = [name for name in whole if _MET & set(words(name).split())]
    total = [name for name in whole if _TOTAL & set(words(name).split()) and name not in met]
    for first in met:
        for second in total:
            if (_numbers(frame[first]) <= _numbers(frame[second])).all():
                return first, second
    return None


def share_of(frame: pd.DataFrame, name: str, met: str, total: str) -> bool:
    """Whether a column is nothing but the share of two counts, as share or percent."""
    share = _numbers(frame[met]) / _numbers(frame[total])
    held = _numbers(frame[name])
    return any(bool(((held - factor * share).abs() < 1e-6 * factor).all()) for factor in (1, 100))


def repeats_another(frame: pd.DataFrame, name: str, others: Iterable[str]) -> str:
    """Find another column that holds the same in every row, or ''."""
    return next((one for one in others if one != name and frame[one].equals(frame[name])), "")


def flag_pattern(profiles: dict[str, Profile], measures: Iterable[str]) -> str:
    """Pattern of columns that are 1 where a measure is missing, such as ``MI_{column}``, or ''."""
    for measure in measures:
        for name, each in profiles.items():
            if name != measure and measure in name and set(each.counts.index) <= {"0", "1"}:
                around = name.replace(measure, "{column}", 1)
                said = set(words(around.replace("{column}", "")).split())
                if said & {"mi", "miss", "missing", "na", "missingflag", "imputed", "flag"}:
                    return around
    return ""


def _numbers(cells: pd.Series) -> pd.Series:
    return pd.to_numeric(cells, errors="coerce").astype("float64")

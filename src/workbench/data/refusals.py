"""What a user is told of a critical rule that forbids going on: where, what and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from workbench.data.suites import ERROR
from workbench.errors import Problem

SHARE_RULE = "ALL01"
MOST_WORDS = 60
"""Words of a message at most, its place included."""
MOST_WORDS_OF_A_FAULT = 14
MOST_FILES = 3
_NUMBER = r"[+-]?[0-9]+([.,][0-9]+)?"
_DATE = r"\d{4}-\d{2}-\d{2}"
_MEND_THE_RULE = "No row is at fault: mend the rule in its suite under expectations/."
_DAMAGED = "The file is probably damaged or mapped wrongly."


@dataclass(frozen=True)
class Failed:
    """Rows for which one critical rule forbids going on.

    Attributes
    ----------
    rows
        ``source_file`` and ``source_row`` of each.
    column
        Column that they are about, or ''.
    texts
        Its cells as received; empty where they are not known.
    """

    rows: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=["source_file", "source_row"])
    )
    column: str = ""
    texts: pd.Series = field(default_factory=lambda: pd.Series(dtype="str"))


def problem_of(
    rule: Mapping[Any, Any],
    reasons: pd.DataFrame,
    set_aside: pd.DataFrame,
    sources: tuple[str, ...],
) -> Problem:
    """Tell of one critical rule in at most 60 words.

    Parameters
    ----------
    rule
        Its row of the table of rules.
    reasons
        Why rows of its table were set aside; none if none was.
    set_aside
        Those rows as received.
    sources
        Files that the table was read from.
    """
    name = f"Rule {rule['rule_id']}, '{rule['title']}',"
    if rule["status"] == ERROR:
        why = _cut(str(rule["detail"]), MOST_WORDS_OF_A_FAULT)
        said = f"{name} could not be checked: {why}."
        return _written(rule, Failed(), sources, said, _MEND_THE_RULE)
    mine = reasons[reasons["rule_id"] == rule["rule_id"]] if len(reasons) else reasons
    if len(mine):
        failed = _failed(mine, set_aside)
        values = _kind_of(failed.texts)
        said = f"{name} failed ({_counted(rule)}{f'; {values}' if values else ''})."
        return _written(rule, failed, sources, said, str(rule["guidance"]))
    if reasons.empty:
        said = f"{name} failed ({_counted(rule)})."
        return _written(rule, Failed(), sources, said, str(rule["guidance"]))
    column, reason = reasons[["column", "reason"]].value_counts().index[0]
    commonest = reasons[(reasons["column"] == column) & (reasons["reason"] == reason)]
    said = f"{name} failed ({_counted(rule)})."
    remedy = str(commonest["what_to_do"].iloc[0])
    if rule["rule_id"] == SHARE_RULE:
        said = (
            f"Rule {SHARE_RULE}: {_counted(rule)} are set aside, more than {rule['threshold']:.0%}."
        )
        remedy = f"{remedy} {_DAMAGED}"
    said = f"{said} Most often: {reason}."
    return _written(rule, _failed(commonest, set_aside), sources, said, remedy)


def _counted(rule: Mapping[Any, Any]) -> str:
    return f"{rule['rows_failed']:,} of {rule['rows_checked']:,} rows"


def _failed(reasons: pd.DataFrame, set_aside: pd.DataFrame) -> Failed:
    rows = reasons.drop_duplicates(["source_file", "source_row"])
    column = str(reasons["column"].iloc[0])
    if column not in set_aside.columns:
        return Failed(rows, column)
    place = pd.MultiIndex.from_frame(rows[["source_file", "source_row"]])
    mine = pd.MultiIndex.from_frame(set_aside[["source_file", "source_row"]]).isin(place)
    return Failed(rows, column, set_aside.loc[mine, column])


def _kind_of(texts: pd.Series) -> str:
    """How many different values there are and of what kind; the values are never quoted."""
    if texts.empty:
        return ""
    filled = texts.dropna().astype("str")
    if filled.empty:
        return "all empty"
    noun = "text"
    for kind, shape in (("number", _NUMBER), ("date", _DATE)):
        if filled.str.fullmatch(shape).all():
            noun = kind
    different = filled.nunique()
    return f"1 {noun}" if different == 1 else f"{different} different {noun}s"


def _written(
    rule: Mapping[Any, Any], failed: Failed, sources: tuple[str, ...], said: str, remedy: str
) -> Problem:
    """Name the file that holds most of the rows; what makes it too long is left out in turn."""
    files = failed.rows["source_file"].value_counts()
    source = str(files.index[0]) if len(files) else _named(sources)
    if len(files) > 1:
        said = f"{said.removesuffix('.')}; rows are in {len(files)} files, most in this one."
    here = failed.rows.loc[failed.rows["source_file"] == source, "source_row"]
    numbers = tuple(int(row) for row in here)
    problem = Problem(str(rule["rule_id"]), str(rule["table"]), said, remedy, source,
                      failed.column, numbers)  # fmt: skip
    shorter = (
        replace(problem, rows=numbers[:1]),
        replace(problem, rows=numbers[:1], action=remedy.removesuffix(_DAMAGED).strip()),
    )
    fitting = (one for one in (problem, *shorter) if len(str(one).split()) <= MOST_WORDS)
    return next(fitting, shorter[-1])


def _named(sources: tuple[str, ...]) -> str:
    """Name files, and count those that would make the message too long."""
    more = len(sources) - MOST_FILES
    return ", ".join(sources[:MOST_FILES]) + (f" and {more:,} more" if more > 0 else "")


def _cut(text: str, words: int) -> str:
    parts = text.split()
    return " ".join(parts[:words]) + (" ..." if len(parts) > words else "")

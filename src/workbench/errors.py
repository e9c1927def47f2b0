"""Errors that a person who is not a programmer can act on.

Every error of the workbench says what was found, where, and what to do. Problems in data are
collected and raised once, never one at a time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


class WorkbenchError(Exception):
    """Base of all errors whose message is meant to be read by the user as it stands."""


class SettingsError(WorkbenchError):
    """A settings, schema, instrument or source file says something that can't be carried out."""


class ParameterError(WorkbenchError):
    """A notebook was given a parameter that it does not have, or one of the wrong type."""


class ModelRefused(WorkbenchError):
    """A model can't be fitted truly as asked; the message says why and what to do instead."""


class RunFault(WorkbenchError):
    """A run stopped for a reason that is not in the data: the machine, a kernel, a notebook."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong in the data, and what to do about it.

    Attributes
    ----------
    reason
        Short fixed name of the kind of problem, in snake_case, such as ``missing_column``.
    table
        Table of the study the data were meant for.
    message
        What was found, as a sentence. Values of identifier columns are never quoted.
    action
        What to do, as a sentence.
    source
        File, and sheet if there is one.
    column
        Column of the table, or empty when the whole table is meant.
    rows
        Row numbers as a spreadsheet shows them: the header is row 1.
    """

    reason: str
    table: str
    message: str
    action: str
    source: str = ""
    column: str = ""
    rows: tuple[int, ...] = ()

    def __str__(self) -> str:
        place = f"{self.source or self.table}"
        if self.column:
            place += f", column '{self.column}'"
        if self.rows:
            place += f", {describe_rows(self.rows)}"
        return f"{place}: {self.message} {self.action}"


def describe_rows(rows: Iterable[int], most: int = 6) -> str:
    """Name row numbers in a sentence, cutting a long list.

    >>> describe_rows([4])
    'row 4'
    >>> describe_rows(range(2, 12), most=3)
    'rows 2, 3, 4 and 7 more'
    """
    numbers = sorted(set(rows))
    if len(numbers) == 1:
        return f"row {numbers[0]}"
    shown = ", ".join(str(number) for number in numbers[:most])
    left = len(numbers) - most
    return f"rows {shown} and {left} more" if left > 0 else f"rows {shown}"


class DataProblems(WorkbenchError):
    """Everything that is wrong in what was handed in, told at once.

    Parameters
    ----------
    problems
        The problems found, in the order in which they should be read.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        noun = "problem" if count == 1 else "problems"
        lines = [f"{count} {noun} to mend before these data can be used:"]
        lines += [f"  {number}. {problem}" for number, problem in enumerate(self.problems, 1)]
        super().__init__("\n".join(lines))

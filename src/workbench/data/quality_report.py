"""What the checks found: rows accepted, rows set aside, rules, and whether a run may go on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from workbench.data.refusals import SHARE_RULE, problem_of
from workbench.data.suites import ERROR, FAILED, STOPS
from workbench.data.waivers import Waiver
from workbench.errors import DataProblems, Problem
from workbench.shown import Shown

__all__ = ["SHARE_RULE", "QualityReport"]


@dataclass(frozen=True)
class QualityReport(Shown):
    """What was found in everything that was received.

    Attributes
    ----------
    accepted
        Typed rows of each table that may be used.
    set_aside
        The other rows of each table as received, with ``source_file``, ``source_row``,
        ``rule_ids``, ``columns``, ``reasons`` and ``what_to_do``.
    reasons
        One row a row set aside and rule.
    rules
        One row a table and rule, with status ``passed``, ``failed``, ``error`` or
        ``not applicable``.
    accounting
        One row a table: ``received``, ``accepted``, ``set_aside``.
    notes
        Sentences on what was repaired or not read.
    waivers
        Waivers that were used.
    sources
        Files that each table was read from, as messages name them.
    """

    accepted: dict[str, pd.DataFrame]
    set_aside: dict[str, pd.DataFrame]
    reasons: pd.DataFrame
    rules: pd.DataFrame
    accounting: pd.DataFrame
    notes: tuple[str, ...]
    waivers: tuple[Waiver, ...]
    sources: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def critical(self) -> pd.DataFrame:
        """Rules that forbid going on: critical ones that failed or errored and aren't waived."""
        broken = self.rules["status"].isin((FAILED, ERROR))
        stops = (self.rules["severity"] == STOPS) | (self.rules["status"] == ERROR)
        return self.rules[broken & stops & (self.rules["waived_by"] == "")]

    def require_usable(self) -> None:
        """Go on only if nothing critical failed.

        Raises
        ------
        DataProblems
            With every critical failure: file, rows, column, kind of value and what to do.
        """
        if len(self.critical) == 0:
            return
        raise DataProblems(self._problem(rule) for rule in self.critical.to_dict("records"))

    def _problem(self, rule: Mapping[Any, Any]) -> Problem:
        """Tell of a critical rule where its rows stand."""
        table = str(rule["table"])
        return problem_of(
            rule,
            self.reasons[self.reasons["table"] == table],
            self.set_aside.get(table, pd.DataFrame()),
            self.sources.get(table, ()),
        )

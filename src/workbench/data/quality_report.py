"""What the checks found: rows accepted, rows set aside, rules, and whether a run may go on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from workbench.data.suites import ERROR, FAILED, STOPS
from workbench.data.waivers import Waiver
from workbench.errors import DataProblems, Problem

SHARE_RULE = "ALL01"


@dataclass(frozen=True)
class QualityReport:
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
    """

    accepted: dict[str, pd.DataFrame]
    set_aside: dict[str, pd.DataFrame]
    reasons: pd.DataFrame
    rules: pd.DataFrame
    accounting: pd.DataFrame
    notes: tuple[str, ...]
    waivers: tuple[Waiver, ...]

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
            With every critical failure and what to do.
        """
        if len(self.critical) == 0:
            return
        raise DataProblems(
            Problem(
                rule["rule_id"],
                rule["table"],
                f"Rule {rule['rule_id']}, '{rule['title']}', "
                + (
                    f"could not be checked ({rule['detail']})."
                    if rule["status"] == ERROR
                    else f"failed ({rule['rows_failed']} of {rule['rows_checked']} rows)."
                ),
                f"{rule['guidance']} {self._example(rule)}".strip(),
            )
            for rule in self.critical.to_dict("records")
        )

    def _example(self, rule: Mapping[Any, Any]) -> str:
        """Give the commonest reason for which rows of the table were set aside."""
        mine = self.reasons[self.reasons["table"] == rule["table"]]
        if rule["rule_id"] != SHARE_RULE or mine.empty:
            return ""
        column, reason = mine[["column", "reason"]].value_counts().index[0]
        first = mine[(mine["column"] == column) & (mine["reason"] == reason)].iloc[0]
        where = f"{first['source_file']}, row {first['source_row']}"
        return f"Most often: {reason}" + (f", column '{column}'" if column else "") + f" ({where})."

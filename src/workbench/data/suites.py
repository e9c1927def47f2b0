"""Running a suite of rules with Great Expectations; nothing else imports it.

A suite is a plain JSON file under expectations/. Great Expectations drops an expectation whose type
it doesn't know with no more than a log line, and reports a check that raised as if the data had
failed: both are told apart here.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.errors import SettingsError

STOPS, SETS_ASIDE, NOTES = "critical", "warning", "info"
PASSED, FAILED, ERROR, NOT_APPLICABLE = "passed", "failed", "error", "not applicable"


@dataclass(frozen=True)
class RuleResult:
    """What one rule found.

    Attributes
    ----------
    rule_id, title, column, severity, category, guidance
        As the suite says.
    status
        ``passed``, ``failed``, ``error`` or ``not applicable``; never passed without a row checked.
    rows_checked
        Rows to which the rule applies.
    positions
        Positions of the rows that failed; empty for a rule on the table as a whole.
    detail
        Why the check could not run, for an error.
    """

    rule_id: str
    title: str
    column: str
    severity: str
    category: str
    guidance: str
    status: str
    rows_checked: int
    positions: tuple[int, ...] = ()
    detail: str = ""


def read_suite(path: Path) -> dict[str, Any]:
    """Read a suite file.

    Raises
    ------
    SettingsError
        If it is not JSON, or a rule lacks its id, severity, category, title or guidance.
    """
    try:
        suite = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path.name} can't be read as a suite of rules: {error}") from None
    for rule in suite["expectations"]:
        meta = rule.get("meta", {})
        missing = [name for name in ("id", "category", "title", "guidance") if not meta.get(name)]
        if missing or rule.get("severity") not in (STOPS, SETS_ASIDE, NOTES):
            raise SettingsError(
                f"{path.name}: the rule {meta.get('id', rule.get('type'))} lacks "
                f"{', '.join(missing) or 'a severity (critical, warning or info)'}."
            )
    return suite


class SuiteRunner:
    """Runs suites in one ephemeral context of Great Expectations, made at the first use."""

    def __init__(self) -> None:
        self._context: Any = None

    def run(self, frame: pd.DataFrame, suite: dict[str, Any]) -> list[RuleResult]:
        """Check a frame against a suite; positions count from 0 in the frame as given.

        Raises
        ------
        SettingsError
            If the suite names a rule type that Great Expectations doesn't know.
        """
        name = suite["name"]
        applicable = [rule for rule in suite["expectations"] if _applies(rule, frame)]
        by_id = {}
        if applicable:
            batch = self._batch(frame, name)
            outcome = batch.validate(
                self._suite(name, applicable), result_format={"result_format": "COMPLETE"}
            )
            by_id = {one.expectation_config.meta["id"]: one for one in outcome.results}
        return [
            _result(rule, by_id.get(rule["meta"]["id"]), frame) for rule in suite["expectations"]
        ]

    def _batch(self, frame: pd.DataFrame, name: str) -> Any:
        import great_expectations

        if self._context is None:
            self._context = great_expectations.get_context(mode="ephemeral")
            self._context.variables.progress_bars = {"globally": False}
        source = self._context.data_sources.add_pandas(f"received {name}")
        asset = source.add_dataframe_asset(name)
        definition = asset.add_batch_definition_whole_dataframe("whole table")
        return definition.get_batch({"dataframe": frame.reset_index(drop=True)})

    def _suite(self, name: str, rules: list[dict[str, Any]]) -> Any:
        import great_expectations

        logging.getLogger("great_expectations.core.expectation_suite").setLevel(logging.CRITICAL)
        suite = great_expectations.ExpectationSuite(name=name, expectations=rules)
        kept = [one.expectation_type for one in suite.expectations]
        if sorted(kept) != sorted(rule["type"] for rule in rules):
            lost = sorted({rule["type"] for rule in rules} - set(kept)) or "a rule given twice"
            raise SettingsError(f"The suite {name} has rules that can't be run: {lost}.")
        return suite


def _applies(rule: dict[str, Any], frame: pd.DataFrame) -> bool:
    """Whether the rule's column is there and says something."""
    column = rule["kwargs"].get("column")
    if column is None:
        return True
    if column not in frame.columns:
        return False
    return len(frame) > 0 if _is_on_emptiness(rule) else bool(frame[column].notna().any())


def _is_on_emptiness(rule: dict[str, Any]) -> bool:
    return rule["type"] == "expect_column_values_to_not_be_null"


def _result(rule: dict[str, Any], outcome: Any, frame: pd.DataFrame) -> RuleResult:
    meta, column = rule["meta"], rule["kwargs"].get("column", "")
    status, detail, positions = NOT_APPLICABLE, "", ()
    checked = int(frame[column].notna().sum()) if column in frame.columns else 0
    if not column or (column in frame.columns and _is_on_emptiness(rule)):
        checked = len(frame)
    if outcome is not None:
        detail = _exception(outcome)
        positions = tuple((outcome.result or {}).get("unexpected_index_list") or ())
        status = ERROR if detail else PASSED if outcome.success else FAILED
    return RuleResult(
        meta["id"],
        meta["title"],
        meta.get("column", column),
        rule["severity"],
        meta["category"],
        meta["guidance"],
        status,
        checked,
        positions,
        detail,
    )


def _exception(outcome: Any) -> str:
    """Message of a check that raised; empty if it ran."""
    info = outcome.exception_info or {}
    if info.get("raised_exception") is True:
        return str(info.get("exception_message"))
    nested = [one for one in info.values() if isinstance(one, dict) and one.get("raised_exception")]
    return str(nested[0].get("exception_message")) if nested else ""

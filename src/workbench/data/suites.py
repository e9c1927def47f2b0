"""Running a suite of rules with Great Expectations; nothing else imports it.

A suite is a plain JSON file under expectations/. Great Expectations drops an expectation whose type
it doesn't know with no more than a log line, and reports a check that raised as if the data had
failed: both are told apart here. It is given no more than the columns that the rules look at, since
it takes a fingerprint of all it is given.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.errors import SettingsError
from workbench.language import mark

STOPS, SETS_ASIDE, NOTES = mark("critical"), mark("warning"), mark("info")
PASSED, FAILED, ERROR, NOT_APPLICABLE = "passed", "failed", "error", "not applicable"
MOST_NAMED = 8
"""Values that a rule on items or versions names at most."""


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
        Why the check could not run, for an error; else what the failing rows name, if the rule
        asks for it.
    threshold
        Share of the rows checked, 0 to 1, that may fail before the rule does.
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
    threshold: float = 0.0


def read_suite(path: Path) -> dict[str, Any]:
    """Read a suite file.

    Raises
    ------
    SettingsError
        If it is not JSON, a rule lacks its id, severity, category, title or guidance, or its
        threshold is no share.
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
        if not 0 <= _threshold(rule) <= 1:
            raise SettingsError(
                f"{path.name}: the threshold of {meta['id']} is a share of rows, from 0 to 1."
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
            batch = self._batch(frame[_columns(applicable, frame)], name)
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
        given = [_with_threshold(rule) for rule in rules]
        suite = great_expectations.ExpectationSuite(name=name, expectations=given)
        kept = [one.expectation_type for one in suite.expectations]
        if sorted(kept) != sorted(rule["type"] for rule in rules):
            lost = sorted({rule["type"] for rule in rules} - set(kept)) or "a rule given twice"
            raise SettingsError(f"The suite {name} has rules that can't be run: {lost}.")
        return suite


def _threshold(rule: dict[str, Any]) -> float:
    return float(rule["meta"].get("threshold", 0.0))


def _with_threshold(rule: dict[str, Any]) -> dict[str, Any]:
    """Rule with its threshold as Great Expectations asks: the least share of rows that passes."""
    if not _threshold(rule):
        return rule
    mostly = round(1 - _threshold(rule), 9)
    return {**rule, "kwargs": {**rule["kwargs"], "mostly": mostly}}


def _columns(rules: list[dict[str, Any]], frame: pd.DataFrame) -> list[str]:
    """Columns of the frame that rules name; one at least, so that rows can be counted."""
    named = {value for rule in rules for value in rule["kwargs"].values() if isinstance(value, str)}
    return [name for name in frame.columns if name in named] or list(frame.columns[:1])


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
        detail = detail or _told(meta, frame, positions)
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
        _threshold(rule),
    )


def _told(meta: dict[str, Any], frame: pd.DataFrame, positions: tuple[int, ...]) -> str:
    """Tell what failing rows are about: values by name where the rule asks, else how many."""
    column = meta.get("names") or meta.get("counts")
    if not positions or column not in frame.columns:
        return ""
    values = sorted(frame[column].iloc[list(positions)].dropna().astype("str").unique())
    if "counts" in meta:
        return f"{column}: {len(values):,} of {frame[column].nunique():,}"
    more = f" and {len(values) - MOST_NAMED:,} more" if len(values) > MOST_NAMED else ""
    return f"{column}: {', '.join(values[:MOST_NAMED])}{more}"


def _exception(outcome: Any) -> str:
    """Message of a check that raised; empty if it ran."""
    info = outcome.exception_info or {}
    if info.get("raised_exception") is True:
        return str(info.get("exception_message"))
    nested = [one for one in info.values() if isinstance(one, dict) and one.get("raised_exception")]
    return str(nested[0].get("exception_message")) if nested else ""

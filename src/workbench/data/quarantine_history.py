"""What was set aside and what came back, quarter by quarter, from what each one published."""

from __future__ import annotations

import pandas as pd

from workbench.data.intake import Intake
from workbench.data.quarantine import ANY_RULE, QUARANTINE_COLUMNS
from workbench.language import mark
from workbench.results import Results, published_results
from workbench.settings import Study

HISTORY_COLUMNS = ["quarter", *QUARANTINE_COLUMNS]
THIS_RUN = mark("this run")


def quarantine_history(study: Study, intake: Intake, quarter: str) -> pd.DataFrame:
    """Tell of every published quarter before one, and of this run, what was set aside.

    Nothing is kept beside the published quarters: each holds its own counts, so the history can't
    differ from them. A quarter that was published before counts were kept by row has those by rule.

    Parameters
    ----------
    study
        The opened study.
    intake
        What was received now.
    quarter
        Label of this run's quarter; empty if it is not known.

    Returns
    -------
    DataFrame
        ``quarter, table, rule_id`` (``any``: whatever the rule), rows ``set_aside``, ``returned``,
        ``left_out`` and ``still_open``.
    """
    earlier = study.published_before(study.quarter(quarter)) if quarter else []
    kept = {label: published_results(study, label) for label in earlier}
    parts = [_published(one).assign(quarter=label) for label, one in kept.items() if one]
    parts.append(intake.mending.quarantine.assign(quarter=quarter or THIS_RUN))
    filled = [part for part in parts if len(part)]
    if not filled:
        return pd.DataFrame(columns=HISTORY_COLUMNS)
    return pd.concat(filled, ignore_index=True)[HISTORY_COLUMNS]


def _published(results: Results) -> pd.DataFrame:
    kept = results.table("quarantine")
    if len(kept):
        return kept
    accounting = results.table("row_accounting")
    by_reason = results.table("set_aside_by_reason")
    if accounting.empty:
        return pd.DataFrame(columns=QUARANTINE_COLUMNS)
    parts = [accounting.loc[accounting["set_aside"] > 0, ["table", "set_aside"]]]
    parts[0] = parts[0].assign(rule_id=ANY_RULE)
    if len(by_reason):
        rules = by_reason.groupby(["table", "rule_id"])["rows"].sum().rename("set_aside")
        parts.append(rules.reset_index())
    counts = pd.concat(parts, ignore_index=True).assign(returned=0, left_out=0)
    return counts.assign(still_open=counts["set_aside"])[QUARANTINE_COLUMNS]

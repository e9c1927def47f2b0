"""What became of the steps that the report before this one asked for."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from workbench import terms
from workbench.findings import Finding
from workbench.language import mark, say
from workbench.reporting.display_table import DisplayTable
from workbench.reporting.finding_words import estimate_words

STILL, NO_LONGER, NOT_KNOWN = mark("still asked"), mark("no longer asked"), mark("not known")
NO_NUMBER = "–"


def steps_before_table(
    asked: Iterable[Finding], now: Iterable[Finding], quarter: str
) -> DisplayTable:
    """Set each finding that asked for a step beside the same finding of this quarter.

    Parameters
    ----------
    asked
        Released findings of the report before, each with its prompt.
    now
        Released findings of this report.
    quarter
        Label of the report before.

    Returns
    -------
    DisplayTable
        One row a step: its number then and now, and whether it is *still asked*, *no longer asked*,
        or *not known*, where the finding is not there now or can't be reported.

    Examples
    --------
    >>> about = {"id": "fidelity.now", "question": "?", "statement": "Seen.", "unit": "points"}
    >>> low = Finding(**about, estimate=60.0, action_prompt="Coach.")
    >>> calm = Finding(**about, estimate=70.0)
    >>> steps_before_table([low], [calm], "2026Q2").frame.loc[0].to_list()
    ['Coach.', '?', '60 points', '70 points', 'no longer asked']
    """
    today = {(one.id, one.site_id): one for one in now}
    columns = [mark("Step"), mark("Asked by"), mark("Then"), mark("Now"), mark("Became")]
    rows = [_row(one, today.get((one.id, one.site_id))) for one in asked]
    return DisplayTable(
        say("What became of the steps of {quarter}", quarter=quarter),
        pd.DataFrame(rows, columns=columns, dtype="str"),
        say("A number that moved may have moved for other reasons than the step."),
    )


def _row(then: Finding, now: Finding | None) -> list[str]:
    known = now is not None and now.status == terms.REPORTED
    words = estimate_words(now) if now is not None and known else ""
    became = NOT_KNOWN
    if now is not None and known:
        became = STILL if now.action_prompt else NO_LONGER
    return [
        then.action_prompt,
        then.question,
        estimate_words(then) or NO_NUMBER,
        words or NO_NUMBER,
        say(became),
    ]

"""What the figures of drift show, in words made from the very numbers that they draw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from workbench import wording
from workbench.reporting import printed
from workbench.reporting.alt_texts import hidden_words
from workbench.reporting.display_table import records
from workbench.reporting.evidence import hidden_rows
from workbench.reporting.tables_components import going, is_true
from workbench.reporting.tables_warning import SIGNAL_WORDS

NOT_SHOWN = "not shown, too few people"


def course_ends(
    rows: pd.DataFrame, columns: tuple[str, str, str], unit: str, signed: bool = False
) -> str:
    """Write where a course begins and ends, with the last interval; ``rows`` in order of time.

    ``columns`` name value, low and high.
    """
    value, low, high = columns
    drawn = rows[rows[value].notna()]
    if drawn.empty:
        return printed.NO_NUMBER
    first, last = drawn.iloc[0], drawn.iloc[-1]
    between = printed.interval(last[low], last[high], 1, signed=signed)
    now = f"{printed.number(last[value], 1, unit, signed)} in {last['quarter']}"
    text = f"{now} (95% interval {between})"
    if len(drawn) == 1:
        return text
    return f"from {printed.number(first[value], 1, unit, signed)} in {first['quarter']} to {text}"


def severity_words(title: str, series: Sequence[tuple[str, pd.DataFrame]]) -> str:
    """Alternative text of raters beside their anchors: each panel's name with its rows."""
    columns = ("difference", "conf_low", "conf_high")
    parts = []
    for name, rows in series:
        sessions = printed.counted(rows["n_sessions"].sum(), "sessions")
        ends = course_ends(rows, columns, "points", signed=True)
        parts.append(f"{printed.sentence(f'{name}: {ends}; {sessions}')}")
    everything = pd.concat([rows for _, rows in series], ignore_index=True)
    return f"{printed.sentence(printed.clean(title))} {' '.join(parts)}" + hidden_words(
        everything, "points"
    )


def gap_words(title: str, rows: pd.DataFrame) -> str:
    """Alternative text of supervisors beside independent raters."""
    ends = course_ends(rows, ("gap", "gap_low", "gap_high"), "points", signed=True)
    return f"{printed.clean(title)}: {ends}." + hidden_words(rows, "quarters")


def spread_words(title: str, panels: Sequence[tuple[str, pd.DataFrame]]) -> str:
    """Alternative text of the spread: each panel's name with its rows."""
    columns = ("spread", "spread_low", "spread_high")
    parts = [
        printed.sentence(f"{name}: {course_ends(rows, columns, 'points')}")
        + hidden_words(rows, "quarters")
        for name, rows in panels
    ]
    return f"{printed.clean(title)}. {' '.join(parts)}"


def movement_words(title: str, rows: pd.DataFrame) -> str:
    """Alternative text of the components' movement, in the instrument's order."""
    told = zip(records(rows), hidden_rows(rows), strict=True)
    parts = [_component_words(row, hidden) for row, hidden in told]
    return f"{printed.clean(title)}, in points a quarter with 95% intervals. {' '.join(parts)}"


def _component_words(row: Any, hidden: bool) -> str:
    name = printed.clean(str(row.component_title)) + (" (core)" if is_true(row.core) else "")
    if hidden:
        return f"{name}: {NOT_SHOWN}."
    beside = _slope_words(row.slope, row.slope_low, row.slope_high)
    own = _slope_words(row.own_slope, row.own_slope_low, row.own_slope_high)
    order = f", {going(row.order_of_departure)}" if going(row.order_of_departure) else ""
    return f"{name}: {beside} beside the whole, {own} by itself{order}."


def _slope_words(value: Any, low: Any, high: Any) -> str:
    if not printed.is_number(value):
        return printed.NO_NUMBER
    between = printed.interval(low, high, 1, signed=True)
    return f"{printed.number(value, 1, signed=True)} ({between})"


def states_words(title: str, rows: pd.DataFrame, states: Sequence[str]) -> str:
    """Alternative text of practitioners by state: the network's, then each site's by name."""
    network, sites = rows[rows["scope"] == "network"], rows[rows["scope"] != "network"]
    ordered = [row for part in (network, sites) for row in part.to_dict("records")]
    parts = []
    for row in ordered:
        name = printed.clean(str(row["name"]))
        if row["suppressed"]:
            parts.append(f"{name}: {NOT_SHOWN}.")
            continue
        counts = [f"{printed.number(row[state])} {state}" for state in states if row[state] > 0]
        hidden = [state for state in states if pd.isna(row[state])]
        told = [wording.one_of(counts)] if counts else []
        told += [f"not shown: {wording.one_of(hidden)}"] if hidden else []
        everyone = printed.count_shown(row["n_practitioners"])
        parts.append(f"{name}, {everyone} practitioners: {'; '.join(told)}.")
    return f"{printed.clean(title)}. {' '.join(parts)}"


def chart_words(title: str, rows: pd.DataFrame) -> str:
    """Alternative text of a control chart; ``rows`` in the order of time, with ``signal``."""
    drawn = rows[rows["fidelity"].notna()]
    last = drawn.iloc[-1]
    seen = printed.observations_of(last["n_observations"], last["n_practitioners"])
    text = (
        f"{printed.clean(title)}, {printed.counted(len(drawn), 'quarters')}. In {last['quarter']} "
        f"fidelity was {printed.number(last['fidelity'], unit='percent')}, and "
        f"{printed.number(last['expected'], unit='percent')} was expected ({seen}). The running "
        f"mean of departures (EWMA) stood at {printed.number(last['ewma'], 2, signed=True)}, with "
        f"limits at {printed.number(last['ewma_limit'], 2)} to either side."
    )
    for signal, words in SIGNAL_WORDS.items():
        past = drawn.loc[drawn["signal"] == signal, "quarter"].tolist()
        if past:
            text += f" Signal, {words}: {wording.one_of([str(each) for each in past])}."
    if (drawn["signal"] == "").all():
        text += " No quarter gives a signal."
    return text + hidden_words(rows, "quarters")

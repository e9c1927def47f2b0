"""What the figures of drift show, in words made from the very numbers that they draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from workbench import wording
from workbench.language import mark, say
from workbench.reporting import printed
from workbench.reporting.alt_texts import hidden_words
from workbench.reporting.display_table import records
from workbench.reporting.evidence import hidden_rows
from workbench.reporting.tables_components import going, is_true
from workbench.reporting.tables_warning import SIGNAL_WORDS

NOT_SHOWN = mark("not shown, too few people")
POINTS = mark("points")


def course_ends(
    rows: pd.DataFrame, columns: tuple[str, str, str], unit: str, signed: bool = False
) -> str:
    """Write where a course begins and ends, with the last interval; ``rows`` in order of time.

    ``columns`` name value, low and high.
    """
    value, low, high = columns
    drawn = rows[rows[value].notna()]
    if drawn.empty:
        return say(printed.NO_NUMBER)
    first, last = drawn.iloc[0], drawn.iloc[-1]
    end: dict[str, Any] = {
        "now": printed.number(last[value], 1, unit, signed),
        "quarter": last["quarter"],
        "between": printed.interval(last[low], last[high], 1, signed=signed),
    }
    if len(drawn) == 1:
        return say("{now} in {quarter} (95% interval {between})", **end)
    return say(
        "from {before} in {first_quarter} to {now} in {quarter} (95% interval {between})",
        before=printed.number(first[value], 1, unit, signed),
        first_quarter=first["quarter"],
        **end,
    )


def severity_words(title: str, series: Sequence[tuple[str, pd.DataFrame]]) -> str:
    """Alternative text of raters beside their anchors: each panel's name with its rows."""
    columns = ("difference", "conf_low", "conf_high")
    parts = []
    for name, rows in series:
        sessions = printed.counted(rows["n_sessions"].sum(), "sessions")
        ends = course_ends(rows, columns, POINTS, signed=True)
        parts.append(printed.sentence(f"{name}: {ends}; {sessions}"))
    everything = pd.concat([rows for _, rows in series], ignore_index=True)
    return f"{printed.sentence(printed.clean(title))} {' '.join(parts)}" + hidden_words(
        everything, "points"
    )


def gap_words(title: str, rows: pd.DataFrame) -> str:
    """Alternative text of supervisors beside independent raters."""
    ends = course_ends(rows, ("gap", "gap_low", "gap_high"), POINTS, signed=True)
    return f"{printed.clean(title)}: {ends}." + hidden_words(rows, "quarters")


def spread_words(title: str, panels: Sequence[tuple[str, pd.DataFrame]]) -> str:
    """Alternative text of the spread: each panel's name with its rows."""
    columns = ("spread", "spread_low", "spread_high")
    parts = [
        printed.sentence(f"{name}: {course_ends(rows, columns, POINTS)}")
        + hidden_words(rows, "quarters")
        for name, rows in panels
    ]
    return f"{printed.clean(title)}. {' '.join(parts)}"


def movement_words(title: str, rows: pd.DataFrame) -> str:
    """Alternative text of the components' movement, in the instrument's order."""
    told = zip(records(rows), hidden_rows(rows), strict=True)
    parts = [_component_words(row, hidden) for row, hidden in told]
    lead = say("{title}, in points a quarter with 95% intervals.", title=printed.clean(title))
    return f"{lead} {' '.join(parts)}"


def _component_words(row: Any, hidden: bool) -> str:
    name = printed.clean(str(row.component_title))
    if is_true(row.core):
        name = say("{component} (core)", component=name)
    if hidden:
        return f"{name}: {say(NOT_SHOWN)}."
    said = say(
        "{name}: {beside} beside the whole, {own} by itself",
        name=name,
        beside=_slope_words(row.slope, row.slope_low, row.slope_high),
        own=_slope_words(row.own_slope, row.own_slope_low, row.own_slope_high),
    )
    order = going(row.order_of_departure)
    return f"{said}, {order}." if order else f"{said}."


def _slope_words(value: Any, low: Any, high: Any) -> str:
    if not printed.is_number(value):
        return say(printed.NO_NUMBER)
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
            parts.append(f"{name}: {say(NOT_SHOWN)}.")
        else:
            parts.append(_states_of(name, row, states))
    return f"{printed.clean(title)}. {' '.join(parts)}"


def _states_of(name: str, row: Mapping[Any, Any], states: Sequence[str]) -> str:
    counts = [f"{printed.number(row[state])} {say(state)}" for state in states if row[state] > 0]
    hidden = [say(state) for state in states if pd.isna(row[state])]
    told = [wording.one_of(counts)] if counts else []
    told += [say("not shown: {states}", states=wording.one_of(hidden))] if hidden else []
    return say(
        "{name}, {everyone} practitioners: {told}.",
        name=name,
        everyone=printed.count_shown(row["n_practitioners"]),
        told="; ".join(told),
    )


def chart_words(title: str, rows: pd.DataFrame) -> str:
    """Alternative text of a control chart; ``rows`` in the order of time, with ``signal``."""
    drawn = rows[rows["fidelity"].notna()]
    parts = [f"{printed.clean(title)}, {printed.counted(len(drawn), 'quarters')}."]
    parts.append(_last_point(drawn.iloc[-1]))
    for signal, words in SIGNAL_WORDS.items():
        past = drawn.loc[drawn["signal"] == signal, "quarter"].tolist()
        quarters = wording.one_of([str(each) for each in past])
        if past:
            told = say("Signal, {where}: {quarters}.", where=say(words), quarters=quarters)
            parts.append(told)
    if (drawn["signal"] == "").all():
        parts.append(say("No quarter gives a signal."))
    return " ".join(parts) + hidden_words(rows, "quarters")


def _last_point(last: pd.Series) -> str:
    return say(
        "In {quarter} fidelity was {fidelity}, and {expected} was expected ({seen}). The running "
        "mean of departures (EWMA) stood at {ewma}, with limits at {limit} to either side.",
        quarter=last["quarter"],
        fidelity=printed.number(last["fidelity"], unit="percent"),
        expected=printed.number(last["expected"], unit="percent"),
        seen=printed.observations_of(last["n_observations"], last["n_practitioners"]),
        ewma=printed.number(last["ewma"], 2, signed=True),
        limit=printed.number(last["ewma_limit"], 2),
    )

"""What a figure shows, in words made from the very numbers that it draws."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from workbench import terms, wording
from workbench.reporting import printed
from workbench.reporting.display_table import records
from workbench.reporting.evidence import hidden_rows
from workbench.reporting.tables_words import WITHHELD


def line_words(line: pd.Series, subject: str = "The modelled line") -> str:
    """Say which way a modelled line goes and how surely."""
    slope = float(line["slope"])
    verb = "rises" if slope > 0 else "falls" if slope < 0 else "is level"
    by = f" by {printed.number(abs(slope), 1, 'points a quarter')}" if slope else ""
    between = printed.interval(line["slope_low"], line["slope_high"], 1)
    state = line["state"] if printed.is_number(line["state"]) else printed.NO_NUMBER
    return f"{subject} {verb}{by} (95% interval of the slope {between}): {state}."


def course_words(course: pd.DataFrame) -> str:
    """Say where a modelled course begins and ends; ``course`` in the order of time."""
    drawn = course[course["level"].notna()]
    first, last = drawn.iloc[0], drawn.iloc[-1]
    between = printed.interval(last["level_low"], last["level_high"], unit="percent")
    now = f"{printed.number(last['level'], unit='percent')} in {last['quarter']}"
    before = f"{printed.number(first['level'], unit='percent')} in {first['quarter']}"
    return f"The modelled course goes from {before} to {now} (95% band there {between})."


def hidden_words(rows: pd.DataFrame, noun: str) -> str:
    """Say how many rows are not shown; empty if all are."""
    count = int(hidden_rows(rows).sum())
    if not count:
        return ""
    verb = "is" if count == 1 else "are"
    return f" {printed.counted(count, noun)} {verb} not shown: too few practitioners."


def fidelity_words(
    title: str,
    rows: pd.DataFrame,
    line: pd.Series | None,
    cut_offs: Mapping[str, float],
    course: pd.DataFrame | None = None,
) -> str:
    """Alternative text of fidelity by quarter; ``rows`` in the order of time."""
    drawn = rows[rows["fidelity"].notna()]
    first, last = drawn.iloc[0], drawn.iloc[-1]
    base = printed.observations_of(last["n_observations"], last["n_practitioners"])
    between = printed.interval(last["conf_low"], last["conf_high"], unit="percent")
    now = printed.number(last["fidelity"], unit="percent")
    text = (
        f"{printed.clean(title)}, {printed.counted(len(drawn), 'quarters')}. In {last['quarter']} "
        f"it was {now} (95% interval {between}; {base})."
    )
    if len(drawn) > 1:
        text += (
            f" In {first['quarter']} it was {printed.number(first['fidelity'], unit='percent')}."
        )
    if course is not None:
        text += f" {course_words(course)}"
    if line is not None:
        subject = "The modelled line" if course is None else "Over the whole series it"
        text += f" {line_words(line, subject)}"
    for name, value in cut_offs.items():
        text += f" Cut-off '{printed.clean(name)}': {printed.number(value, unit='percent')}."
    return text + hidden_words(rows, "quarters")


def components_words(title: str, rows: pd.DataFrame, components: list[str]) -> str:
    """Alternative text of the components' panels, in their order."""
    parts = []
    for component in components:
        drawn = rows[(rows["component"] == component) & rows["fidelity"].notna()]
        if drawn.empty:
            continue
        first, last = drawn.iloc[0], drawn.iloc[-1]
        before = (
            f"from {printed.number(first['fidelity'], unit='percent')} in {first['quarter']} to "
            if len(drawn) > 1
            else ""
        )
        between = printed.interval(last["conf_low"], last["conf_high"], unit="percent")
        parts.append(
            f"{printed.clean(str(last['component_title']))}: {before}"
            f"{printed.number(last['fidelity'], unit='percent')} in {last['quarter']} "
            f"(95% interval {between}; {printed.counted(last['n_observations'], 'observations')})."
        )
    return f"{printed.clean(title)}, one panel each. {' '.join(parts)}" + hidden_words(
        rows, "points"
    )


def directions_words(title: str, rows: pd.DataFrame, smallest_change: float) -> str:
    """Alternative text of the sites' directions: the network's, then the sites by state."""
    sites, network = rows[rows["scope"] == "site"], rows[rows["scope"] == "network"]
    parts = [f"{printed.clean(title)}, with 95% intervals."]
    parts += [_network_words(row) for row in network[network["slope"].notna()].itertuples()]
    for state in terms.STATES:
        members = sites[sites["state"] == state].itertuples()
        named = [
            f"{printed.clean(str(row.name))} ({printed.number(row.slope, 1, signed=True)})"
            for row in members
        ]
        if named:
            parts.append(f"{printed.sentence(f'{state}: {wording.one_of(named)}')}")
    band = printed.number(smallest_change, 1)
    parts.append(f"A change of {band} points or less either way is too small to matter.")
    return " ".join(parts) + hidden_words(rows, "sites")


def _network_words(row: Any) -> str:
    between = printed.interval(row.slope_low, row.slope_high, 1)
    base = printed.observations_of(row.n_observations, row.n_practitioners)
    slope = printed.number(row.slope, 1, signed=True)
    return f"The network: {row.state}, {slope} ({between}; {base})."


def drivers_words(title: str, rows: pd.DataFrame) -> str:
    """Alternative text of a driver profile: each driver, with its last and previous score."""
    chosen = rows[rows["level"] == "driver"]
    chosen = rows if chosen.empty else chosen
    told = zip(records(chosen), hidden_rows(chosen), strict=True)
    parts = [_driver_words(row, hidden) for row, hidden in told]
    practices = int((rows["level"] == "best_practice").sum()) if len(chosen) < len(rows) else 0
    rest = f" {printed.counted(practices, 'best practices')} in the table." if practices else ""
    return f"{printed.clean(title)}. {' '.join(parts)}{rest}"


def _driver_words(row: Any, hidden: bool) -> str:
    name = printed.clean(str(row.title))
    if not hidden and row.status == WITHHELD:
        between = printed.interval(row.lowest, row.highest, unit="percent")
        return f"{name}: withheld, as those who answered don't agree (from {between})."
    if hidden or not printed.is_number(row.score):
        return f"{name}: {'not shown' if hidden else printed.NO_NUMBER}."
    before = ""
    if printed.is_number(row.previous_score):
        before = f"; last time {printed.number(row.previous_score, unit='percent')}"
    status = row.status if printed.is_number(row.status) else printed.NO_NUMBER
    respondents = printed.counted(row.n_respondents, "respondents")
    between = printed.interval(row.lowest, row.highest, unit="percent")
    score = printed.number(row.score, unit="percent")
    return f"{name}: {score}, {status} ({respondents}; from {between}{before})."


def variation_words(title: str, rows: pd.DataFrame) -> str:
    """Alternative text of where the variation sits."""
    parts = [f"{printed.clean(str(row.title))} {printed.share(row.share)}" for row in records(rows)]
    return f"{printed.clean(title)}: {wording.one_of(parts)}."

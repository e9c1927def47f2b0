"""What a figure shows, in words made from the very numbers that it draws."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from workbench import terms, wording
from workbench.language import mark, say
from workbench.reporting import printed
from workbench.reporting.display_table import records
from workbench.reporting.evidence import hidden_rows
from workbench.reporting.tables_words import WITHHELD

_LINE = (
    mark("The modelled line is level (95% interval of the slope {between}): {state}."),
    mark(
        "The modelled line rises by {size} points a quarter (95% interval of the slope {between}): "
        "{state}."
    ),
    mark(
        "The modelled line falls by {size} points a quarter (95% interval of the slope {between}): "
        "{state}."
    ),
)
_BESIDE_A_COURSE = (
    mark("Over the whole series it is level (95% interval of the slope {between}): {state}."),
    mark(
        "Over the whole series it rises by {size} points a quarter (95% interval of the slope "
        "{between}): {state}."
    ),
    mark(
        "Over the whole series it falls by {size} points a quarter (95% interval of the slope "
        "{between}): {state}."
    ),
)
"""Each holds what is said of a line that is level, that rises, and that falls."""


def line_words(line: pd.Series, beside_a_course: bool = False) -> str:
    """Say which way a modelled line goes and how surely; of its course, where one was told."""
    slope = float(line["slope"])
    words = (_BESIDE_A_COURSE if beside_a_course else _LINE)[int(np.sign(slope))]
    return say(
        words,
        size=printed.number(abs(slope), 1),
        between=printed.interval(line["slope_low"], line["slope_high"], 1),
        state=printed.verdict(line["state"]),
    )


def course_words(course: pd.DataFrame) -> str:
    """Say where a modelled course begins and ends; ``course`` in the order of time."""
    drawn = course[course["level"].notna()]
    first, last = drawn.iloc[0], drawn.iloc[-1]
    return say(
        "The modelled course goes from {before} in {first_quarter} to {now} in {last_quarter} "
        "(95% band there {between}).",
        before=printed.number(first["level"], unit="percent"),
        first_quarter=first["quarter"],
        now=printed.number(last["level"], unit="percent"),
        last_quarter=last["quarter"],
        between=printed.interval(last["level_low"], last["level_high"], unit="percent"),
    )


def hidden_words(rows: pd.DataFrame, noun: str) -> str:
    """Say how many rows (``quarters``, ``points`` or ``sites``) are not shown; empty if all are."""
    count = int(hidden_rows(rows).sum())
    counted = {
        "quarters": printed.counted(count, "quarters"),
        "points": printed.counted(count, "points"),
        "sites": printed.counted(count, "sites"),
    }[noun]
    if count == 1:
        return say(" {counted} is not shown: too few practitioners.", counted=counted)
    return say(" {counted} are not shown: too few practitioners.", counted=counted) if count else ""


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
    parts = [f"{printed.clean(title)}, {printed.counted(len(drawn), 'quarters')}.", _last(last)]
    if len(drawn) > 1:
        before = printed.number(first["fidelity"], unit="percent")
        parts.append(
            say("In {quarter} it was {fidelity}.", quarter=first["quarter"], fidelity=before)
        )
    if course is not None:
        parts.append(course_words(course))
    if line is not None:
        parts.append(line_words(line, course is not None))
    for name, value in cut_offs.items():
        limit = printed.number(value, unit="percent")
        parts.append(say("Cut-off '{name}': {limit}.", name=printed.clean(name), limit=limit))
    return " ".join(parts) + hidden_words(rows, "quarters")


def _last(last: pd.Series) -> str:
    return say(
        "In {quarter} it was {fidelity} (95% interval {between}; {base}).",
        quarter=last["quarter"],
        fidelity=printed.number(last["fidelity"], unit="percent"),
        between=printed.interval(last["conf_low"], last["conf_high"], unit="percent"),
        base=printed.observations_of(last["n_observations"], last["n_practitioners"]),
    )


def components_words(title: str, rows: pd.DataFrame, components: list[str]) -> str:
    """Alternative text of the components' panels, in their order."""
    parts = []
    for component in components:
        drawn = rows[(rows["component"] == component) & rows["fidelity"].notna()]
        if len(drawn):
            parts.append(_component_words(drawn))
    lead = say("{title}, one panel each.", title=printed.clean(title))
    return f"{lead} {' '.join(parts)}" + hidden_words(rows, "points")


def _component_words(drawn: pd.DataFrame) -> str:
    """Say where the mean of a component begins and ends; ``drawn`` in the order of time."""
    first, last = drawn.iloc[0], drawn.iloc[-1]
    now: dict[str, Any] = {
        "component": printed.clean(str(last["component_title"])),
        "now": printed.number(last["fidelity"], unit="percent"),
        "quarter": last["quarter"],
        "between": printed.interval(last["conf_low"], last["conf_high"], unit="percent"),
        "observations": printed.counted(last["n_observations"], "observations"),
    }
    if len(drawn) == 1:
        return say(
            "{component}: {now} in {quarter} (95% interval {between}; {observations}).", **now
        )
    return say(
        "{component}: from {before} in {first_quarter} to {now} in {quarter} (95% interval "
        "{between}; {observations}).",
        before=printed.number(first["fidelity"], unit="percent"),
        first_quarter=first["quarter"],
        **now,
    )


def directions_words(title: str, rows: pd.DataFrame, smallest_change: float) -> str:
    """Alternative text of the sites' directions: the network's, then the sites by state."""
    sites, network = rows[rows["scope"] == "site"], rows[rows["scope"] == "network"]
    parts = [say("{title}, with 95% intervals.", title=printed.clean(title))]
    parts += [_network_words(row) for row in network[network["slope"].notna()].itertuples()]
    for state in terms.STATES:
        members = sites[sites["state"] == state].itertuples()
        named = [
            f"{printed.clean(str(row.name))} ({printed.number(row.slope, 1, signed=True)})"
            for row in members
        ]
        if named:
            parts.append(printed.sentence(f"{say(state)}: {wording.one_of(named)}"))
    band = printed.number(smallest_change, 1)
    parts.append(
        say("A change of {band} points or less either way is too small to matter.", band=band)
    )
    return " ".join(parts) + hidden_words(rows, "sites")


def _network_words(row: Any) -> str:
    return say(
        "The network: {state}, {slope} ({between}; {base}).",
        state=say(str(row.state)),
        slope=printed.number(row.slope, 1, signed=True),
        between=printed.interval(row.slope_low, row.slope_high, 1),
        base=printed.observations_of(row.n_observations, row.n_practitioners),
    )


def drivers_words(title: str, rows: pd.DataFrame) -> str:
    """Alternative text of a driver profile: each driver, with its last and previous score."""
    chosen = rows[rows["level"] == "driver"]
    chosen = rows if chosen.empty else chosen
    told = zip(records(chosen), hidden_rows(chosen), strict=True)
    parts = [_driver_words(row, hidden) for row, hidden in told]
    practices = int((rows["level"] == "best_practice").sum()) if len(chosen) < len(rows) else 0
    if practices:
        counted = printed.counted(practices, "best practices")
        parts.append(say("{practices} in the table.", practices=counted))
    return f"{printed.clean(title)}. {' '.join(parts)}"


def _driver_words(row: Any, hidden: bool) -> str:
    name = printed.clean(str(row.title))
    if not hidden and row.status == WITHHELD:
        between = printed.interval(row.lowest, row.highest, unit="percent")
        return say(
            "{name}: withheld, as those who answered don't agree (from {between}).",
            name=name,
            between=between,
        )
    if hidden or not printed.is_number(row.score):
        return f"{name}: {say('not shown') if hidden else say(printed.NO_NUMBER)}."
    about = {
        "name": name,
        "score": printed.number(row.score, unit="percent"),
        "status": printed.verdict(row.status),
        "respondents": printed.counted(row.n_respondents, "respondents"),
        "between": printed.interval(row.lowest, row.highest, unit="percent"),
    }
    if not printed.is_number(row.previous_score):
        return say("{name}: {score}, {status} ({respondents}; from {between}).", **about)
    return say(
        "{name}: {score}, {status} ({respondents}; from {between}; last time {before}).",
        before=printed.number(row.previous_score, unit="percent"),
        **about,
    )


def variation_words(title: str, rows: pd.DataFrame) -> str:
    """Alternative text of where the variation sits."""
    parts = [
        f"{printed.clean(say(str(row.title)))} {printed.share(row.share)}" for row in records(rows)
    ]
    return f"{printed.clean(title)}: {wording.one_of(parts)}."

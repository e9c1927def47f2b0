"""Which counts the pages show: how a released table is read as cells, and cells hidden in it.

A cell is a count of a place, of a kind, in a quarter. Its first reason for being hidden is read off
the released table, so that each table keeps its own first rule. What must be hidden besides, given
all tables and all versions, is written back into it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from workbench.reporting.disclosure_chain import Ties
from workbench.reporting.disclosure_lapse import COUNTS as COUNTS_OF_LAPSE
from workbench.reporting.disclosure_lapse import OF_DAY
from workbench.reporting.disclosure_plans import (
    CELL,
    FADED,
    columns_to_blank,
    place_of,
)
from workbench.reporting.disclosure_reinforcement import ACTION_NUMBERS, COUNTS, PLAN_NUMBERS
from workbench.reporting.disclosure_sums import CLOSED, FEW, NEVER, PROTECTS, SHOWN, WITHHELD
from workbench.reporting.evidence import NETWORK, SITE

Cell = tuple[str, str, str, str]
"""Table, row, column and quarter."""
EVERYTHING = None
SHARE = ("share", "share_low", "share_high")
NOT_OWNED = {
    "open_plans": ["open_plans"],
    "judged": ["judged"],
    "in_order": EVERYTHING,
    "weak": ["weak"],
    "falling": ["falling"],
    "not_owned": ["not_owned", *SHARE],
}
REST = "rest: "
"""Begins the name of a count that is never printed, but is a rest of two that are."""
OF_COMPLIANCE: Ties = (
    ("open_plans", ("judged", f"{REST}not judged")),
    ("judged", ("in_order", f"{REST}not in order")),
    (f"{REST}open and not in order", (f"{REST}not judged", f"{REST}not in order")),
    ("in_order", ("not_owned", f"{REST}owned")),
    ("not_owned", (f"{REST}weak alone", "falling")),
    ("not_owned", (f"{REST}falling alone", "weak")),
    ("weak", (f"{REST}weak alone", f"{REST}both")),
)
OF_FADED: Ties = (("n_plans", ("n_plans_faded", f"{REST}none faded")),)
OF_LEDGER: Ties = (("in_post", ("covered", "without")),)
OF_LAPSE: Ties = (
    ("observed", ("entered", f"{REST}never reached")),
    ("entered", ("n_practitioners", "not_followed")),
    ("n_practitioners", ("lapsed", "censored")),
    ("lapsed", ("lapsed_365", f"{REST}lapsed after 365 days")),
    ("lapsed_365", ("lapsed_180", f"{REST}lapsed after 180 days")),
    ("lapsed_180", ("lapsed_90", f"{REST}lapsed after 90 days")),
)


@dataclass(frozen=True)
class CountedTable:
    """A released table of counts, of which the sites add up to the network.

    Attributes
    ----------
    name
        Name of the evidence table.
    counts
        Columns that count people or plans, and what is blanked with each (None: all numbers).
    by
        Columns that tell apart the rows of a place, besides ``quarter``.
    ties
        Counts of one row that add up: a total and its parts. A part that the table lacks is the
        rest, and is never printed.
    of_plans
        Whether plans are counted, so that a cell takes ``fewest_plans``.
    across
        Column of which each value is a kind of the same people, such as a state.
    without_network
        Counts of which the network's is left out, as it follows from the others.
    cells_of
        Table of cells to which the counts belong, if not its own: they are the totals of its kinds.
    only
        Column and value of the rows that count.
    is_quiet
        Whether no more is said of a hidden cell than that it is hidden: that it is few people would
        tell too much where a place has a handful of kinds.
    """

    name: str
    counts: Mapping[str, Sequence[str] | None]
    by: tuple[str, ...] = ()
    ties: Ties = ()
    of_plans: bool = False
    across: str = ""
    without_network: tuple[str, ...] = ()
    cells_of: str = ""
    only: tuple[str, str] = ("", "")
    is_quiet: bool = False


def _people(name: str, *by: str, blank: Sequence[str] | None = EVERYTHING) -> CountedTable:
    return CountedTable(name, {"n_practitioners": blank}, by)


def _plans(name: str, *by: str, blank: Sequence[str] | None = EVERYTHING) -> CountedTable:
    return CountedTable(name, {"n_plans": blank}, by, of_plans=True)


TABLES = (
    CountedTable(
        "practitioner_states", {"practitioners": ["practitioners"]}, across="state", is_quiet=True
    ),
    CountedTable(
        "practitioner_states", {"n_practitioners": ["n_practitioners"]}, is_quiet=True
    ),
    CountedTable(
        "driver_scores_by_role", {"n_respondents": EVERYTHING}, ("name",),
        across="role", is_quiet=True,
    ),
    CountedTable(
        "driver_scores", {"n_respondents": EVERYTHING}, ("name",),
        cells_of="driver_scores_by_role", only=("level", "driver"), is_quiet=True,
    ),
    CountedTable(
        "support_ledger", {"in_post": EVERYTHING, "covered": COUNTS, "without": COUNTS},
        ("kind",), OF_LEDGER, without_network=("without",), is_quiet=True,
    ),
    _people("quality_coverage"),
    _people("quality_timeliness"),
    _people("fidelity_by_quarter"),
    _people("components_by_quarter", "component"),
    _people("adaptations_by_component", "component"),
    _people("supports_planned", "kind", blank=[*PLAN_NUMBERS, "n_practitioners"]),
    _people("action_after_low", blank=ACTION_NUMBERS),
    CountedTable(
        "lapse_summary",
        {**{name: [name] for name in COUNTS_OF_LAPSE}, "n_practitioners": EVERYTHING, **OF_DAY},
        (), OF_LAPSE, is_quiet=True,
    ),
    CountedTable("compliance", NOT_OWNED, (), OF_COMPLIANCE, of_plans=True),
    CountedTable(
        "faded_goals", {"n_plans": EVERYTHING, "n_plans_faded": FADED}, (), OF_FADED, of_plans=True
    ),
    _plans("compliance_since"),
    _plans("follow_through", "owner"),
    _plans("follow_through_curve", "owner"),
    _plans("follow_through_by_quarter"),
    _plans("actions_state", "state", blank=CELL),
    _plans("actions_adjusted", "how", blank=CELL),
    _plans("reminders_by_quarter"),
    _plans("ownership_by_quarter", "respondent_role"),
)  # fmt: skip


def cells_of(
    spec: CountedTable, evidence: pd.DataFrame, released: pd.DataFrame, quarter: str
) -> Iterator[tuple[Cell, float, str]]:
    """Cells of a table: key, count, and why it is hidden already; no row of a team or a person.

    Parameters
    ----------
    spec
        How the table counts.
    evidence, released
        The table before and after its release.
    quarter
        Quarter of a table that has none.
    """
    shown = _shown(spec, released, quarter)
    rows = rows_that_count(spec, evidence)
    staff = rows["n_practitioners"] if spec.of_plans else pd.Series(0.0, index=rows.index)
    columns = [rows[name].astype("float64").tolist() for name in spec.counts]
    seen = set()
    for place, people, *counts in zip(_places(spec, rows, quarter), staff, *columns, strict=True):
        if place in seen or any(one != one for one in counts):
            continue
        seen.add(place)
        table, row, kind, when = place
        values = dict(zip(spec.counts, counts, strict=True))
        for name, count in {**values, **_rests(spec, values)}.items():
            if not row and name in spec.without_network:
                continue
            is_shown = name.startswith(REST) or (place, name) in shown
            column = kind if spec.across else name if len(spec.counts) > 1 else ""
            yield (table, row, column, when), count, _why(spec, name, is_shown, count, people)


def _why(spec: CountedTable, name: str, is_shown: bool, count: float, people: float) -> str:
    if name.startswith(REST):
        return NEVER
    if is_shown:
        return SHOWN
    if not count:
        return NEVER
    return HIDDEN_BEFORE if not spec.of_plans or people else CLOSED


HIDDEN_BEFORE = "hidden before"
"""Hidden by the table's own rule; whether it is few people hangs on k."""


def first_reason(why: str, count: float, fewest: int, is_quiet: bool) -> str:
    """Why a cell is hidden at first, by k.

    Where a page says no more of a hidden cell than that it is hidden, *withheld* is said of few.

    >>> first_reason("", 4.0, 11, False), first_reason("hidden before", 14.0, 11, False)
    ('few people', 'protects another')
    """
    if 0 < count < fewest:
        return WITHHELD if is_quiet else FEW
    if why != HIDDEN_BEFORE:
        return why
    return NEVER if is_quiet else PROTECTS


def rows_that_count(spec: CountedTable, frame: pd.DataFrame) -> pd.DataFrame:
    """Rows of the network and of sites; none of a team or a person."""
    column, value = spec.only
    if column:
        frame = frame[frame[column] == value]
    return frame[frame["scope"].isin([NETWORK, SITE])] if "scope" in frame else frame


def _places(spec: CountedTable, rows: pd.DataFrame, quarter: str) -> list[Cell]:
    """Table, row, kind and quarter of each row."""
    name = spec.cells_of or spec.name
    names = zip(*[rows[one].astype("str") for one in spec.by], strict=True)
    about = [":".join((name, *one)) for one in names] if spec.by else [name] * len(rows)
    kinds = rows[spec.across].astype("str") if spec.across else [""] * len(rows)
    quarters = rows["quarter"].astype("str") if "quarter" in rows else [quarter] * len(rows)
    return list(zip(about, place_of(rows), kinds, quarters, strict=True))


def _shown(spec: CountedTable, released: pd.DataFrame, quarter: str) -> set[tuple[Cell, str]]:
    released = rows_that_count(spec, released)
    places = _places(spec, released, quarter)
    shown: set[tuple[Cell, str]] = set()
    for name in spec.counts:
        there = released[name].notna()
        shown |= {(place, name) for place, is_there in zip(places, there, strict=True) if is_there}
    return shown


def _rests(spec: CountedTable, values: dict[str, float]) -> dict[str, float]:
    """Work out counts that are never printed, each from the first tie that gives it."""
    found = dict(values)
    for total, parts in spec.ties:
        lacking = [part for part in parts if part not in found]
        if total in found and len(lacking) == 1:
            found[lacking[0]] = found[total] - sum(found[p] for p in parts if p in found)
        elif total not in found and not lacking:
            found[total] = sum(found[part] for part in parts)
    return {name: count for name, count in found.items() if name not in values}


def hide(
    spec: CountedTable, released: pd.DataFrame, hidden: set[Cell], quarter: str
) -> pd.DataFrame:
    """Released table in which the chosen cells are blanked, and what is printed with each.

    Parameters
    ----------
    spec
        How the table counts.
    released
        The table after its release.
    hidden
        Keys of cells.
    quarter
        Quarter of a table that has none.
    """
    column, value = spec.only
    counts = released[column] == value if column else pd.Series(True, index=released.index)
    places = _places(spec, released, quarter)
    marked = pd.Series(released.get("suppressed", False), index=released.index).astype(bool)
    result = released.copy()
    for name, blank in spec.counts.items():
        keys = [_key(spec, place, name) for place in places]
        rows = counts & pd.Series([key in hidden for key in keys], index=released.index)
        if not rows.any():
            continue
        for column in columns_to_blank(released) if blank is None else blank:
            if column in result:
                result[column] = result[column].mask(rows)
        marked |= rows
    return result.assign(suppressed=marked)


def _key(spec: CountedTable, place: Cell, name: str) -> Cell:
    table, row, kind, when = place
    return (table, row, kind if spec.across else name if len(spec.counts) > 1 else "", when)


TIES = {spec.name: spec.ties for spec in TABLES if spec.ties}
"""Counts of one row that add up, by the name of the table."""

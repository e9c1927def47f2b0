"""Release of the tables about plans: a plan is a family, and no figure is about few families.

A figure needs enough practitioners and enough plans. Where it is a count of plans of a kind, the
count must be none or enough as well, and so must the rest. What could be had by subtraction is
hidden with what is small: see ``disclosure_cells``. Rows about practitioners are never released,
and a table with a row for each plan is refused.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from workbench.errors import RunFault
from workbench.reporting.disclosure import VERDICTS
from workbench.reporting.disclosure_cells import SumOfRows, hide_with_complements
from workbench.reporting.evidence import NETWORK, SITE, require
from workbench.settings import Privacy

OF_ONE_PLAN = ("plan_id", "goal_id", "plan_action_id", "subject_id")
"""Columns that only a table about single plans has."""
KEYS = ("days", "months", "relative", "lag", "suppressed")
"""Numbers that say what a row is about."""
MORE_WORDS = (*VERDICTS, "pattern", "since")
COUNTS = ("n_plans", "n_practitioners", "n_actions", "n_ratings", "n_periods", "n_open")
"""Columns that count what stands behind a row."""
WHOLE = "all"
DIFFERENCE = "difference"
CELL = ("actions", "share", "share_low", "share_high", "n_plans", "n_practitioners")
FADED = ("faded", "share", "share_low", "share_high", "n_plans_faded")


def release_rows(frame: pd.DataFrame, privacy: Privacy) -> pd.DataFrame:
    """Blank each row about too few plans or practitioners; a row about none keeps its reason.

    Parameters
    ----------
    frame
        Evidence table with ``n_plans`` and ``n_practitioners``. Rows about one practitioner are
        left out.
    privacy
        The study's privacy settings.

    Raises
    ------
    RunFault
        If the table has rows about single plans.
    """
    frame = whole(frame)
    return frame if frame.empty else blank_columns(frame, (few_rows(frame, privacy), None))


def release_places(
    frame: pd.DataFrame, privacy: Privacy, by: Sequence[str] = (), *, modelled: bool = False
) -> pd.DataFrame:
    """Blank rows about too few, and rows from which they could be worked out.

    Parameters
    ----------
    frame
        Evidence table with ``scope`` and ``site_id``; a row with owner ``all`` is the total of the
        owners.
    privacy
        The study's privacy settings.
    by
        Columns that tell apart the rows of a place, such as ``quarter``; ``owner`` is seen to.
    modelled
        The numbers come from a model of all places, so that they can't be had by subtraction. Then
        rows that would give a hidden one away lose only their counts.
    """
    frame = whole(frame)
    if frame.empty:
        return frame
    small = few_rows(frame, privacy)
    hidden = _with_complements(frame, small, privacy, by, audited=modelled)
    if not modelled:
        return blank_columns(frame, (hidden, None))
    counts = [name for name in COUNTS if name in frame.columns]
    return blank_columns(frame, (small, None), (hidden, counts))


def release_actions(
    actions_state: pd.DataFrame,
    actions_adjusted: pd.DataFrame,
    follow_through: pd.DataFrame,
    privacy: Privacy,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Blank states and ways of adjusting in which few plans have an action.

    That none is in a state is a figure about every plan of the place, so a place whose
    follow-through is hidden shows nothing here either.

    Parameters
    ----------
    actions_state, actions_adjusted
        Evidence tables.
    follow_through
        Released, as :func:`release_places` gives it.
    privacy
        The study's privacy settings.
    """
    released = []
    for frame, column in ((actions_state, "state"), (actions_adjusted, "how")):
        frame = whole(frame)
        released.append(frame if frame.empty else _cells(frame, column, follow_through, privacy))
    return released[0], released[1]


def _cells(
    frame: pd.DataFrame, column: str, follow_through: pd.DataFrame, privacy: Privacy
) -> pd.DataFrame:
    told = _places_told(follow_through)
    place = place_of(frame)
    # What a place has in every state is all of it; the adjusted are a part of its actions.
    adds_up = column == "state"
    small = few_rows(frame, privacy)
    closed = ~place.isin(told)
    if adds_up:
        nothing = frame["n_plans"].fillna(0).eq(0)
        closed |= ((small | nothing).groupby(place).transform("all")) & ~nothing.groupby(
            place
        ).transform("all")
    plans = frame["n_plans"].groupby(place).max()
    sites = tuple(name for name in plans.index if name != "")
    shut = closed.groupby(place).first()
    sums = [SumOfRows(sites, "")] if "" in plans.index else []
    shut = hide_with_complements(plans, shut, sums, privacy.fewest_plans)
    closed = place.map(shut).astype(bool)
    # That none has an action in a state may be said, so an empty cell gives nothing away.
    held = closed & frame["n_plans"].gt(0)
    sums = sums_of_sites(frame, [column])
    if adds_up:
        sums += [SumOfRows(tuple(rows.index), is_apart=False) for _, rows in frame.groupby(place)]
    hidden = hide_with_complements(frame["n_plans"], small | held, sums, privacy.fewest_plans)
    cell = [name for name in CELL if name in frame.columns]
    shown = frame["n_plans"].gt(0) & ~hidden
    if adds_up:
        closed |= ~shown.groupby(place).transform("any")
    return blank_columns(frame, (hidden | closed, cell), (closed, ["n_actions"]))


def release_faded(faded_goals: pd.DataFrame, privacy: Privacy) -> pd.DataFrame:
    """Blank faded goals where few plans have one, or few have none."""
    frame = whole(faded_goals)
    if frame.empty:
        return frame
    hidden = _with_complements(frame, few_rows(frame, privacy), privacy)
    with_faded = frame["n_plans_faded"].astype("float64")
    rest = frame["n_plans"] - with_faded
    fewest = privacy.fewest_plans
    less = pd.concat([with_faded, rest.where(rest > 0)], axis=1).min(axis=1)
    small = hidden | few(with_faded, fewest) | few(rest, fewest)
    off = hide_with_complements(less, small, sums_of_sites(frame), fewest)
    return blank_columns(frame, (hidden, None), (off, FADED))


def release_reduced(support_reduced: pd.DataFrame, privacy: Privacy) -> pd.DataFrame:
    """Blank groups of few plans, and then the difference, which would give them away."""
    frame = whole(support_reduced)
    if frame.empty:
        return frame
    small = few_rows(frame, privacy)
    is_difference = require(frame, "support_reduced", ["group"])["group"] == DIFFERENCE
    if small[~is_difference].any():
        small |= is_difference
    return blank_columns(frame, (small, None))


def release_outcomes(outcome_links: pd.DataFrame, privacy: Privacy) -> pd.DataFrame:
    """Blank links about few people; plans are counted only where an outcome is a plan's."""
    frame = whole(outcome_links)
    if frame.empty:
        return frame
    of_plans = require(frame, "outcome_links", ["subject"])["subject"] == "plan"
    plans = frame["n_plans"].astype("float64")
    counted = frame.assign(n_plans=plans.where(of_plans, privacy.fewest_plans))
    return blank_columns(frame, (few_rows(counted, privacy), None))


def few_rows(frame: pd.DataFrame, privacy: Privacy) -> pd.Series:
    """Rows that rest on some, but too few, plans or practitioners, or on an unknown number."""
    needed = ["n_plans", "n_practitioners"]
    frame = require(frame, "to be released", needed)
    plans, people = (frame[name].astype("float64") for name in needed)
    unknown = plans.isna() | people.isna()
    return unknown | few(plans, privacy.fewest_plans) | few(people, privacy.fewest_practitioners)


def few(counts: pd.Series, fewest: int) -> pd.Series:
    """Tell which counts are neither none nor enough."""
    return (counts > 0) & (counts < fewest)


def blank_columns(
    frame: pd.DataFrame, *parts: tuple[pd.Series, Sequence[str] | None]
) -> pd.DataFrame:
    """Blank columns of chosen rows, and mark each such row in ``suppressed``.

    Parameters
    ----------
    frame
        Evidence table.
    *parts
        Rows, and the columns to blank in them; None for every number and verdict.
    """
    released, marked = frame.copy(), pd.Series(False, index=frame.index)
    for rows, columns in parts:
        for name in columns_to_blank(frame) if columns is None else columns:
            released[name] = released[name].mask(rows)
        marked |= rows
    return released.assign(suppressed=marked)


def columns_to_blank(frame: pd.DataFrame) -> list[str]:
    """Columns that hold numbers, or say them in words; what a row is about stays."""
    numbers = frame.select_dtypes(include=["number", "bool", "boolean"]).columns
    words = [name for name in MORE_WORDS if name in frame.columns]
    return [name for name in dict.fromkeys([*numbers, *words]) if name not in KEYS]


def whole(frame: pd.DataFrame) -> pd.DataFrame:
    """Refuse a table about single plans; leave out what is about one practitioner."""
    of_one = [name for name in OF_ONE_PLAN if name in frame.columns]
    if of_one:
        raise RunFault(
            f"A table with {', '.join(of_one)} is about single plans, and so about single "
            "families. It is never reported."
        )
    if frame.empty or "scope" not in frame.columns:
        return frame.drop(columns="practitioner_id", errors="ignore")
    kept = frame[frame["scope"].isin([NETWORK, SITE])].reset_index(drop=True)
    return kept.drop(columns="practitioner_id", errors="ignore")


def place_of(frame: pd.DataFrame) -> pd.Series:
    """Site of each row; empty for the network."""
    return frame["site_id"].fillna("").astype("str")


def _places_told(follow_through: pd.DataFrame) -> set[str]:
    """Places of which the follow-through of all actions is shown."""
    if follow_through.empty:
        return set()
    rows = follow_through[follow_through["owner"] == WHOLE]
    return set(place_of(rows)[rows["n_plans"].notna()])


def sums_of_sites(frame: pd.DataFrame, by: Sequence[str] = ()) -> list[SumOfRows]:
    """Make the sums of sites to the network, one for each group of rows."""
    groups = [rows for _, rows in frame.groupby(list(by), dropna=False)] if by else [frame]
    sums = []
    for rows in groups:
        totals, sites = rows.index[rows["scope"] == NETWORK], rows.index[rows["scope"] == SITE]
        if len(totals) == 1 and len(sites):
            sums.append(SumOfRows(tuple(sites), totals[0]))
    return sums


def _sums_of_owners(frame: pd.DataFrame, by: Sequence[str]) -> list[SumOfRows]:
    """Make the sums of owners to all of a place; a plan has actions of several owners."""
    keys = ["scope", "site_id", *by]
    sums = []
    for _, rows in frame.assign(site_id=place_of(frame)).groupby(keys):
        totals = rows.index[rows["owner"] == WHOLE]
        owners = rows.index[rows["owner"] != WHOLE]
        if len(totals) == 1 and len(owners):
            sums.append(SumOfRows(tuple(owners), totals[0], is_apart=False))
    return sums


def _with_complements(
    frame: pd.DataFrame,
    small: pd.Series,
    privacy: Privacy,
    by: Sequence[str] = (),
    audited: bool = False,
) -> pd.Series:
    """Rows to hide of a table of places, small ones and those that give them away."""
    has_owners = "owner" in frame.columns
    hidden = small.copy()
    groups = [rows for _, rows in frame.groupby(list(by), dropna=False)] if by else [frame]
    known: dict[tuple, list[bool]] = {}
    for rows in groups:
        mine = small[rows.index]
        if not mine.any():
            continue
        # The days of a curve are all alike, so that one stands for the rest.
        about = [name for name in ("scope", "site_id", "owner", "n_plans") if name in rows.columns]
        alike = (*map(tuple, rows[about].astype("str").to_numpy()), tuple(mine))
        if alike not in known:
            sums = sums_of_sites(rows, ["owner"] if has_owners else ())
            sums += _sums_of_owners(rows, by) if has_owners else []
            off = hide_with_complements(rows["n_plans"], mine, sums, privacy.fewest_plans, audited)
            known[alike] = off.tolist()
        hidden[rows.index] = known[alike]
    return hidden

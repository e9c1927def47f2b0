"""What the figures of plans show, in words from the numbers they draw."""

from __future__ import annotations

from typing import Any

import pandas as pd

from workbench.language import mark, say
from workbench.reporting import printed
from workbench.reporting.display_table import records
from workbench.reporting.tables_plans import (
    ALL,
    MARKS,
    has_no_number,
    owner_words,
    places_of,
    state_cell,
)
from workbench.reporting.tables_plans_links import link_title, link_verdict, link_words
from workbench.reporting.tables_plans_ownership import (
    MONTHS_TOLD,
    PERSON,
    PROFESSIONAL,
    level_words,
    who_words,
)
from workbench.reporting.tables_plans_support import (
    dependence_verdict,
    index_words,
    rate_with_interval,
    times_words,
    told_multiples,
)
from workbench.reporting.tables_words import share_with_interval

NOT_SHOWN = mark("not shown, too few plans")


def _told(title: str, parts: list[str]) -> str:
    return " ".join([printed.sentence(printed.clean(title)), *(part for part in parts if part)])


def place_title(name: str, site_id: str, most: int) -> str:
    """Name of a place in a figure's title; that of the network where neither is given."""
    return printed.short(name or ("" if site_id else say("The network")), most)


def or_not_shown(text: str) -> str:
    """Say of a number that is hidden or missing that it is not shown."""
    return say(NOT_SHOWN) if has_no_number(text) else text


def through_words(title: str, curve: pd.DataFrame, course: pd.DataFrame) -> str:
    """Alternative text of follow-through: at 30, 60 and 90 days, by owner, first and last quarter.

    Parameters
    ----------
    title
        Of the figure.
    curve
        Rows of the curves drawn.
    course
        Rows by quarter of agreement, in the order of time.
    """
    parts = []
    for owner, rows in curve.groupby("owner", sort=False):
        at = rows[rows["days"].isin(MARKS)]
        if owner == ALL:
            told = [
                say(
                    "{share} after {days:.0f} days (plan closed first {closed})",
                    share=share_with_interval(row.share, row.share_low, row.share_high),
                    days=row.days,
                    closed=printed.share(row.closed_first),
                )
                for row in records(at)
            ]
            shares = _with_base(", ".join(told), rows)
            parts.append(say("Of all actions, done: {shares}.", shares=shares))
        else:
            told = [
                say("{share} after {days:.0f}", share=printed.share(row.share), days=row.days)
                for row in records(at)
            ]
            parts.append(f"{owner_words(owner)}: {_with_base(', '.join(told), rows)}.")
    if len(course):
        ends = course.iloc[[0, -1]] if len(course) > 1 else course
        told = [
            f"{row.quarter} "
            + or_not_shown(share_with_interval(row.share, row.share_low, row.share_high))
            for row in records(ends)
        ]
        shares = "; ".join(told)
        parts.append(say("Done within 30 days, of actions agreed in: {shares}.", shares=shares))
    return _told(title, parts)


def _with_base(shares: str, rows: pd.DataFrame) -> str:
    count = rows["n_actions"].max()
    if not printed.is_number(count):
        return shares
    return say("{shares}, of {actions}", shares=shares, actions=printed.counted(count, "actions"))


def actions_words(title: str, rows: pd.DataFrame) -> str:
    """Alternative text of the states of actions, place by place."""
    parts = []
    for place, mine in places_of(rows):
        told = []
        for row in records(mine):
            cell = state_cell(row) if printed.is_number(row.actions) else say(NOT_SHOWN)
            told.append(f"{say(row.state)} {cell}")
        total = mine["n_actions"].iloc[0]
        if printed.is_number(total):
            count = printed.counted(total, "actions")
            parts.append(f"{printed.clean(place)}, {count}: {'; '.join(told)}.")
        else:
            parts.append(f"{printed.clean(place)}: {say(NOT_SHOWN)}.")
    return _told(title, parts)


def ownership_words(title: str, course: pd.DataFrame, by_role: pd.DataFrame) -> str:
    """Alternative text of ownership: by the month of a plan, and its first and last quarter."""
    parts = []
    for what, rows in course.groupby("what", sort=False):
        told = [
            say(
                "{level} at {months:.0f}",
                level=level_words(row, row.ownership, row.low, row.high),
                months=row.months,
            )
            for row in records(rows[rows["months"].isin(MONTHS_TOLD)])
            if printed.is_number(row.ownership)
        ]
        if told:
            parts.append(
                say(
                    "{who}, by months since opening: {levels}.",
                    who=who_words(what),
                    levels=", ".join(told),
                )
            )
    for role in (PERSON, PROFESSIONAL):
        rows = by_role[by_role["respondent_role"] == role]
        if len(rows):
            ends = rows.iloc[[0, -1]] if len(rows) > 1 else rows
            told = [
                f"{row.quarter} "
                + or_not_shown(
                    printed.with_interval(row.ownership, row.ownership_low, row.ownership_high)
                )
                for row in records(ends)
            ]
            parts.append(
                say("{who}, by quarter: {levels}.", who=who_words(role), levels="; ".join(told))
            )
    return _told(title, parts)


def dependence_words(title: str, rows: pd.DataFrame, curve: pd.DataFrame) -> str:
    """Alternative text of dependence: each place, and progress at a few levels of support."""
    parts = [
        f"{printed.clean(str(row.place))}: {_dependence(row, hidden)}."
        for row, hidden in zip(records(rows), _hidden(rows), strict=True)
    ]
    told = [
        f"{times_words(row.relative)} {share_with_interval(row.progress, row.low, row.high)}"
        for row in records(told_multiples(curve))
        if printed.is_number(row.progress)
    ]
    if told:
        shares = ", ".join(told)
        parts.append(say("Open actions done in a month, by support: {shares}.", shares=shares))
    return _told(title, parts)


def _dependence(row: Any, hidden: bool) -> str:
    if not printed.is_number(row.index):
        return say(NOT_SHOWN) if hidden else index_words(row)
    return say(
        "{share} less progress with half the support, {verdict}",
        share=index_words(row),
        verdict=dependence_verdict(row),
    )


def _hidden(rows: pd.DataFrame) -> list[bool]:
    if "suppressed" not in rows:
        return [False] * len(rows)
    return [bool(one) for one in rows["suppressed"]]


def reminders_words(title: str, rows: pd.DataFrame) -> str:
    """Alternative text of reminders and completion, quarter by quarter."""
    parts = []
    for row in records(rows):
        reminders = rate_with_interval(row.reminders, row.reminders_low, row.reminders_high)
        done = share_with_interval(row.done, row.done_low, row.done_high)
        parts.append(
            say(
                "{quarter}: reminders {reminders}; done {done}.",
                quarter=row.quarter,
                reminders=or_not_shown(reminders),
                done=or_not_shown(done),
            )
        )
    return _told(title, parts)


def compliance_words(title: str, rows: pd.DataFrame) -> str:
    """Alternative text of plans in order and not owned, quarter by quarter."""
    parts = []
    for row in records(rows):
        share = or_not_shown(share_with_interval(row.share, row.share_low, row.share_high))
        if printed.is_number(row.in_order) and printed.is_number(row.share):
            plans = printed.counted(row.in_order, "plans")
            share = say("{share} of {plans} in order", share=share, plans=plans)
        parts.append(f"{row.quarter}: {share}.")
    return _told(title, parts)


def links_words(title: str, rows: pd.DataFrame) -> str:
    """Alternative text of links, in the order drawn."""
    parts = []
    for outcome, mine in rows.groupby("outcome_title", sort=False):
        told = [_link(row) for row in records(mine)]
        parts.append(f"{say(printed.clean(str(outcome)))}: {'; '.join(told)}.")
    return _told(title, parts)


def _link(row: Any) -> str:
    within = link_words(row, row.within, row.within_low, row.within_high)
    if has_no_number(within):
        return f"{link_title(row)} {say(printed.NO_NUMBER)}"
    between = link_words(row, row.between, row.between_low, row.between_high)
    return say(
        "{title} within practitioners {within}, between {between}, {verdict}",
        title=link_title(row),
        within=within,
        between=between,
        verdict=link_verdict(row),
    )

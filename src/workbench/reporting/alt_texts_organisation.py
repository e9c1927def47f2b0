"""What the figures of the organisation show, in words from the very numbers that they draw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from workbench import terms, wording
from workbench.language import mark, say
from workbench.reporting import printed
from workbench.reporting.alt_texts import hidden_words
from workbench.reporting.display_table import records
from workbench.reporting.evidence import hidden_rows
from workbench.reporting.tables_chain import chain_words, reason_words
from workbench.reporting.tables_loops import EVENTS, CurvePoint
from workbench.reporting.tables_priorities import tie_verdict
from workbench.reporting.tables_words import (
    NOT_ASSESSED,
    ROLES,
    SIGNS,
    points_with_interval,
    share_with_interval,
)

NOT_SHOWN = mark("not shown, too few people")


def gate_words(title: str, rows: pd.DataFrame, places: pd.DataFrame) -> str:
    """Alternative text of the gate: each site by name with its drivers by status.

    Parameters
    ----------
    title
        Of the figure.
    rows
        One row a site and driver, in the field's order of drivers.
    places
        One row a site in the order drawn: ``site_id, place``.
    """
    parts = []
    for site in records(places):
        mine = rows[rows["site_id"] == site.site_id]
        if (mine["status_before"] == NOT_ASSESSED).all():
            parts.append(f"{printed.clean(str(site.place))}: {say(NOT_ASSESSED)}.")
            continue
        told = []
        for status in SIGNS:
            titles = mine.loc[mine["status_before"] == status, "title"].str.lower().tolist()
            if not titles:
                continue
            # Most are partly in place; their names stand in the table.
            names = wording.one_of([printed.clean(one) for one in titles])
            count = f"{len(titles)} {say(status)}"
            told.append(count if status == terms.PARTLY_IN_PLACE else f"{say(status)}: {names}")
        if hidden_rows(mine).any():
            told.append(say(NOT_SHOWN))
        parts.append(f"{printed.clean(str(site.place))}: {'; '.join(told)}.")
    return f"{printed.sentence(printed.clean(title))} {' '.join(parts)}"


def chain_network_words(title: str, rows: pd.DataFrame, places: pd.DataFrame, whole: str) -> str:
    """Alternative text of the chains of all sites; those alike in everything are told together.

    ``rows`` has one row a site and level with ``mark``; ``whole`` is the mark of a level that
    holds.
    """
    parts, fine = [], []
    for site in records(places):
        mine = rows[rows["site_id"] == site.site_id]
        off = [
            f"{say(str(row.level))} {say(str(row.mark))}"
            for row in records(mine)
            if row.mark != whole
        ]
        name = printed.clean(str(site.place))
        if off:
            parts.append(f"{name}, {chain_words(site)}: {'; '.join(off)}.")
        else:
            fine.append(name)
    if fine:
        parts.append(
            say("Whole, with a working team at every level: {sites}.", sites=wording.one_of(fine))
        )
    return f"{printed.sentence(printed.clean(title))} {' '.join(parts)}"


def chain_site_words(title: str, rows: pd.DataFrame) -> str:
    """Alternative text of one site's chain, from the highest level down."""
    parts = []
    for row in records(rows):
        reason = reason_words(row)
        teams = f" ({printed.clean(str(row.team_id))})" if row.team_id else ""
        why = "" if reason == "–" else f" {reason}"
        parts.append(f"{say(str(row.level)).capitalize()}{teams}: {say(str(row.mark))}.{why}")
    people = rows["n_practitioners"].iloc[0]
    below = (
        printed.counted(people, "practitioners") if printed.is_number(people) else say(NOT_SHOWN)
    )
    parts.append(say("Below it: {below}.", below=below))
    return f"{printed.sentence(printed.clean(title))} {' '.join(parts)}"


def meetings_words(title: str, panels: Sequence[tuple[str, pd.DataFrame]]) -> str:
    """Alternative text of meetings: each team's last quarter, and quarters that fell short."""
    parts = []
    for name, rows in panels:
        last = rows.iloc[-1]
        came = share_with_interval(last["attendance"], last["conf_low"], last["conf_high"])
        held = printed.counted(last["meetings"], "meetings")
        said = say("{name}: {held} in {quarter}", name=name, held=held, quarter=last["quarter"])
        if printed.is_number(last["attendance"]):
            said += say(", to which {came} of the members came", came=came)
        short = rows.loc[rows["met_as_agreed"].eq(False).fillna(False), "quarter"].tolist()
        if short:
            said += say(
                "; fewer meetings than agreed in {quarters}",
                quarters=wording.one_of([str(one) for one in short]),
            )
        parts.append(f"{said}." + hidden_words(rows, "quarters"))
    return f"{printed.sentence(printed.clean(title))} {' '.join(parts)}"


def loops_words(title: str, row: pd.Series | None, points: Sequence[CurvePoint]) -> str:
    """Alternative text of the flow: counts at each step, open items, and shares over days."""
    parts = [printed.sentence(printed.clean(title))]
    if row is not None:
        parts.append(
            say(
                "Of {items} raised, {decided} are decided and {answered} answered so far. {open} "
                "are open: {undecided} wait for a decision and {unanswered} for the answer.",
                items=printed.counted(row["raised"], "items"),
                decided=printed.number(row["decided"]),
                answered=printed.number(row["answered"]),
                open=printed.number(row["open"]),
                undecided=printed.number(row["waiting_for_decision"]),
                unanswered=printed.number(row["waiting_for_answer"]),
            )
        )
    for event in dict.fromkeys(point.event for point in points):
        told = [
            say(
                "{share} within {days} days",
                share=share_with_interval(point.share, point.low, point.high),
                days=point.days,
            )
            for point in points
            if point.event == event
        ]
        parts.append(
            say(
                "{event}: {shares} (95% intervals).",
                event=say(EVENTS[event]),
                shares=wording.one_of(told),
            )
        )
    return " ".join(parts)


def roles_words(title: str, rows: pd.DataFrame) -> str:
    """Alternative text of drivers by role, in the field's order."""
    parts = []
    for _, mine in rows.groupby("name", sort=False):
        told = []
        for row, hidden in zip(records(mine), hidden_rows(mine), strict=True):
            role = say(ROLES.get(str(row.role), str(row.role))).lower()
            score = printed.with_interval(row.score, row.conf_low, row.conf_high)
            people = printed.counted(row.n_respondents, "respondents")
            told.append(f"{role} {say(NOT_SHOWN)}" if hidden else f"{role} {score}, {people}")
        parts.append(f"{printed.clean(str(mine['title'].iloc[0]))}: {'; '.join(told)}.")
    return f"{printed.sentence(printed.clean(title))} {' '.join(parts)}"


def ties_words(title: str, rows: pd.DataFrame) -> str:
    """Alternative text of the ties, in the field's order of drivers."""
    told = zip(records(rows), hidden_rows(rows), strict=True)
    parts = [_tie_words(row, hidden) for row, hidden in told]
    return f"{printed.sentence(printed.clean(title))} {' '.join(parts)}"


def _tie_words(row: Any, hidden: bool) -> str:
    name = printed.clean(str(row.title))
    if hidden:
        return f"{name}: {say(NOT_SHOWN)}."
    if not printed.is_number(row.within):
        return f"{name}: {say(printed.NO_NUMBER)}."
    within = points_with_interval(row.within, row.within_low, row.within_high, 1)
    between = points_with_interval(row.between, row.between_low, row.between_high, 1)
    return say(
        "{name}: within sites {within}, between sites {between}; {verdict}.",
        name=name,
        within=within,
        between=between,
        verdict=tie_verdict(row),
    )

"""What the figures of support, pressures and reward show, in words from the numbers they draw."""

from __future__ import annotations

from typing import Any

import pandas as pd

from workbench import wording
from workbench.language import mark, say
from workbench.reporting import printed
from workbench.reporting.display_table import records
from workbench.reporting.evidence import hidden_rows
from workbench.reporting.tables_dose import MARKS_AT, told_months
from workbench.reporting.tables_pressures import pressure_verdict, step_words
from workbench.reporting.tables_support import coverage_cell, kind_words, rate
from workbench.reporting.tables_two_models import PRACTICE, direction_words, title_words
from workbench.reporting.tables_words import points_with_interval, share_with_interval

NOT_SHOWN = mark("not shown, too few people")


def _told(title: str, parts: list[str]) -> str:
    return " ".join([printed.sentence(printed.clean(title)), *(part for part in parts if part)])


def ledger_words(title: str, rows: pd.DataFrame, network: pd.DataFrame) -> str:
    """Alternative text of the ledger: each kind in its first and last quarter.

    Parameters
    ----------
    title
        Of the figure.
    rows
        Lines of the place, kind by kind in the order of time.
    network
        Lines of the network, to be told beside a site's; without rows for the network itself.
    """
    parts = []
    for kind, mine in rows.groupby("kind", sort=False):
        first, last = mine.iloc[0], next(mine.tail(1).itertuples(index=False))
        often = _given(last.acts_a_month)
        before = "" if len(mine) == 1 else f" ({first['quarter']}: {_given(first['acts_a_month'])})"
        share = coverage_cell(last)
        share = say(NOT_SHOWN) if share == say(printed.NO_NUMBER) else share
        beside = network[(network["kind"] == kind) & (network["quarter"] == last.quarter)]
        parts.append(
            say(
                "{kind} in {quarter}: acts a month each {often}{before}; got any {share}{beside}.",
                kind=kind_words(kind),
                quarter=last.quarter,
                often=often,
                before=before,
                share=share,
                beside=_beside(beside),
            )
        )
    return _told(title, parts)


def _given(value: Any) -> str:
    return rate(value) if printed.is_number(value) else say(NOT_SHOWN)


def _beside(rows: pd.DataFrame) -> str:
    if rows.empty:
        return ""
    row = records(rows)[0]
    share = coverage_cell(row)
    share = say(NOT_SHOWN) if share == say(printed.NO_NUMBER) else share
    return say("; in the network {given} and {share}", given=_given(row.acts_a_month), share=share)


def decay_words(
    title: str,
    panels: list[tuple[str, pd.DataFrame, tuple[float, float, float] | None]],
) -> str:
    """Alternative text of curves after support: read at a few months, and the half-life."""
    parts = []
    for kind, rows, half in panels:
        told = []
        for month in MARKS_AT:
            near = rows[(rows["months"] - month).abs() <= 0.5]
            if near.empty:
                continue
            row = near.iloc[int((near["months"] - month).abs().to_numpy().argmin())]
            points = points_with_interval(row["expected"], row["conf_low"], row["conf_high"], 1)
            told.append(
                say(
                    "{points} after {months}",
                    points=points,
                    months=printed.counted(month, "months"),
                )
            )
        text = f"{kind_words(kind)}: {', '.join(told)}."
        if half:
            between = printed.interval(half[1], half[2], 1)
            text += say(
                " Half of it is gone after {months} months (95% interval {between}).",
                months=printed.number(half[0], 1),
                between=between,
            )
        parts.append(text)
    return _told(title, parts)


def booster_words(title: str, rows: pd.DataFrame) -> str:
    """Alternative text of the booster's timing, in the order of time."""
    told = []
    rows = rows[rows["months_since"].isin(told_months(rows["months_since"]))]
    for row, hidden in zip(records(rows), hidden_rows(rows), strict=True):
        points = points_with_interval(row.gain, row.conf_low, row.conf_high, 1)
        said = say(NOT_SHOWN) if hidden else points
        told.append(
            say(
                "{months} since the last: {said}.",
                months=printed.counted(row.months_since, "months"),
                said=said,
            )
        )
    return _told(title, told)


def pressures_words(title: str, rows: pd.DataFrame) -> str:
    """Alternative text of the pressures, in the order drawn."""
    told = zip(records(rows), hidden_rows(rows), strict=True)
    return _told(title, [_pressure(row, hidden) for row, hidden in told])


def _pressure(row: Any, hidden: bool) -> str:
    name = printed.clean(say(str(row.title)))
    if hidden:
        return f"{name}: {say(NOT_SHOWN)}."
    if not printed.is_number(row.within):
        return f"{name}: {say(printed.NO_NUMBER)}."
    step = step_words(row)
    numbers = [
        f"{words} {points_with_interval(value, low, high, 1)}"
        for words, value, low, high in (
            (say("within practitioners"), row.within, row.within_low, row.within_high),
            (say("within, all at once"), row.joint_within, row.joint_low, row.joint_high),
            (say("between practitioners"), row.between, row.between_low, row.between_high),
        )
    ]
    size = f", {step}" if step else ""
    return f"{name}{size}: {'; '.join(numbers)}; {pressure_verdict(row)}."


def two_models_words(
    title: str, rows: pd.DataFrame, whole: pd.Series | None, years: pd.DataFrame
) -> str:
    """Alternative text of the two models: each share, practice as a whole, and its years."""
    told = zip(records(rows), hidden_rows(rows), strict=True)
    parts = []
    for row, hidden in told:
        share = say(NOT_SHOWN) if hidden else _share_words(row)
        trained = say("trained") if row.group == PRACTICE else say("not trained")
        parts.append(f"{title_words(row)} ({trained}): {share}.")
    if whole is not None:
        share = share_with_interval(whole["alignment"], whole["conf_low"], whole["conf_high"])
        parts.insert(0, say("Practice as a whole has {share} of what is rewarded.", share=share))
    if len(years):
        each = [
            f"{row.period} {share_with_interval(row.alignment, row.conf_low, row.conf_high)}"
            for row in records(years)
        ]
        parts.append(say("Share of practice by year: {shares}.", shares=wording.one_of(each)))
    return _told(title, parts)


def _share_words(row: Any) -> str:
    words = share_with_interval(row.share, row.share_low, row.share_high)
    direction = direction_words(row)
    return (
        say("{words}, more of it goes with a {direction}", words=words, direction=direction)
        if direction != "–"
        else words
    )

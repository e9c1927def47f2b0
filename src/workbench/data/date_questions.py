"""Dates that can be read in two ways, and dates that are written as nothing declares."""

from __future__ import annotations

import pandas as pd

from workbench.data.source_files import ColumnMap
from workbench.data.value_counts import ValueCounts
from workbench.errors import Problem

_PLAIN = r"\d{4}-\d{2}-\d{2}"
_CLOCK = r"(?:[T ](?P<clock>\d{1,2}:\d{2}(?P<seconds>:\d{2})?))?"
_SHORT = r"(?P<first>\d{1,2})(?P<sign>[/.-])(?P<second>\d{1,2})(?:[/.-])(?P<year>\d{4}|\d{2})"
_YEAR_FIRST = r"\d{4}[/.]\d{1,2}[/.]\d{1,2}"
_DAY_AND_NAME = r"\d{1,2}(?P<between>[ /.-])[A-Za-z]{3,9}(?:[ /.-])(\d{4}|\d{2})"
_SERIAL = r"[2-6][0-9]{4}(\.[0-9]+)?"
_WITH_ZONE = r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)? ?(Z|[+-]\d{2}:?\d{2})"
_WITH_TIME = r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?"
_MIDNIGHT = r".*[T ]00:00(:00)?"


def date_problem(counts: ValueCounts, form: ColumnMap) -> Problem | None:
    """Question that a column of dates raises, if its source file doesn't answer it."""
    if counts.texts.str.fullmatch(_PLAIN).all():
        return None
    if not form.formats:
        asked = _by_sign(counts) or _by_name(counts)
        if asked:
            return asked
    if not form.excel_dates:
        serials = counts.of_shape(_SERIAL)
        if counts.most(serials):
            return counts.question(
                "excel_dates", serials, "are numbers, as spreadsheets count days",
                "'excel_dates: true'",
            )  # fmt: skip
    if not form.time_zone:
        zoned = counts.of_shape(_WITH_ZONE)
        timed = counts.of_shape(_WITH_TIME)
        timed = timed[~timed.str.fullmatch(_MIDNIGHT)]
        line = "'time_zone: Europe/Vienna' (your own zone)"
        if counts.most(pd.concat([zoned, timed])) or counts.most(zoned):
            what = "have a time of day" + (" in a stated zone" if len(zoned) else "")
            both = pd.concat([zoned, timed])
            return counts.question("time_zone", both, f"{what}, and the day depends on it", line)
    return None


def _by_sign(counts: ValueCounts) -> Problem | None:
    """Ask about dates with slashes or dots, telling the share that parses both ways."""
    parts = counts.texts.str.extract(f"^{_SHORT}{_CLOCK}$")
    short = counts.texts[parts["first"].notna().to_numpy(dtype=bool)]
    if not counts.most(short):
        year_first = counts.of_shape(_YEAR_FIRST)
        if counts.most(year_first):
            sign = str(year_first.iloc[0])[4]
            return counts.question("date_format", year_first, "are dates with the year first",
                                   f"\"date_formats: ['%Y{sign}%m{sign}%d']\"")  # fmt: skip
        return None
    parts = parts.loc[short.index]
    first, second = parts["first"].astype("int64"), parts["second"].astype("int64")
    both = counts.cells(short[(first <= 12) & (second <= 12) & (first != second)])
    only_day = counts.cells(short[(first > 12) & (second <= 12)])
    only_month = counts.cells(short[(second > 12) & (first <= 12)])
    sign = str(parts["sign"].mode().iloc[0])
    year = "%Y" if (parts["year"].str.len() == 4).mean() >= 0.5 else "%y"
    clock = ""
    if parts["clock"].notna().mean() > 0.5:
        clock = " %H:%M:%S" if parts["seconds"].notna().mean() > 0.5 else " %H:%M"
    day = f"'%d{sign}%m{sign}{year}{clock}'"
    month = f"'%m{sign}%d{sign}{year}{clock}'"
    share = f"{both / counts.cells(short):.0%}"
    seen = f"{share} could be read both ways, {only_day} only day first, {only_month} month first"
    return counts.question(
        "date_order", short, f"are dates such as day{sign}month{sign}year: {seen}",
        f'"date_formats: [{day}]" or "[{month}]"',
    )  # fmt: skip


def _by_name(counts: ValueCounts) -> Problem | None:
    named = counts.of_shape(_DAY_AND_NAME)
    if not counts.most(named):
        return None
    text = str(named.iloc[0])
    sign = next(one for one in text if not one.isalnum())
    word = next(one for one in text.split(sign) if one.isalpha())
    month = "%b" if len(word) == 3 else "%B"
    year = "%Y" if text[-4:].isdigit() else "%y"
    return counts.question("date_format", named, "name the month",
                           f"\"date_formats: ['%d{sign}{month}{sign}{year}']\"")  # fmt: skip

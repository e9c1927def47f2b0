"""Dates in an export: forms that fit every cell, those that could be read two ways, date parts."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

import pandas as pd

from workbench.data.inspection_words import words
from workbench.wording import english_count

FORMATS = {
    "%Y-%m-%d": r"\d{4}-\d{2}-\d{2}",
    "%d.%m.%Y": r"\d{1,2}\.\d{1,2}\.\d{4}",
    "%d/%m/%Y": r"\d{1,2}/\d{1,2}/\d{4}",
    "%m/%d/%Y": r"\d{1,2}/\d{1,2}/\d{4}",
    "%d-%m-%Y": r"\d{1,2}-\d{1,2}-\d{4}",
    "%m-%d-%Y": r"\d{1,2}-\d{1,2}-\d{4}",
    "%d.%m.%y": r"\d{1,2}\.\d{1,2}\.\d{2}",
    "%d/%m/%y": r"\d{1,2}/\d{1,2}/\d{2}",
    "%m/%d/%y": r"\d{1,2}/\d{1,2}/\d{2}",
    "%Y/%m/%d": r"\d{4}/\d{1,2}/\d{1,2}",
    "%Y.%m.%d": r"\d{4}\.\d{1,2}\.\d{1,2}",
    "%d%m%Y": r"\d{8}",
    "%Y%m%d": r"\d{8}",
    "%m%d%Y": r"\d{8}",
    "%d %b %Y": r"\d{1,2} [A-Za-z]{3} \d{4}",
    "%d %B %Y": r"\d{1,2} [A-Za-z]{3,9} \d{4}",
    "%d-%b-%Y": r"\d{1,2}-[A-Za-z]{3}-\d{4}",
    "%d-%b-%y": r"\d{1,2}-[A-Za-z]{3}-\d{2}",
    "%b %d, %Y": r"[A-Za-z]{3} \d{1,2}, \d{4}",
    "%B %d, %Y": r"[A-Za-z]{3,9} \d{1,2}, \d{4}",
    "%Y-%m": r"\d{4}-\d{2}",
}
_TIMES = {"": "", " %H:%M": r" \d{1,2}:\d{2}", " %H:%M:%S": r" \d{1,2}:\d{2}:\d{2}",
          "T%H:%M:%S": r"T\d{2}:\d{2}:\d{2}"}  # fmt: skip
SMALLEST_SHARE = 0.9
_LOOKED_AT_FIRST = 30
_ANY_DATE = re.compile(r"\d{4}-\d{2}-\d{2}|\d{1,2}[./]\d{1,2}[./]\d{4}|\d{8}")
YEARS = range(1990, 2051)
_PARTS = {
    "day": ("d", "dd", "day", "tag", "dia", "jour"),
    "month": ("m", "mm", "month", "monat", "mes", "mois"),
    "year": ("y", "yy", "yyyy", "year", "jahr", "ano", "annee"),
}
_RANGES = {"day": range(1, 32), "month": range(1, 13), "year": YEARS}


@dataclass(frozen=True)
class DateFit:
    """How the dates of a column are written.

    Attributes
    ----------
    formats
        Formats that fit equally many cells, the most of all.
    share
        Share of filled cells that they fit.
    misfits
        Filled cells that they do not fit.
    both_ways
        Share of filled cells that another order of day and month would fit too.
    """

    formats: tuple[str, ...]
    share: float
    misfits: int
    both_ways: float

    @property
    def is_open(self) -> bool:
        """Whether the cells alone do not tell the format."""
        return len(self.formats) > 1

    @property
    def said(self) -> str:
        """How the dates are written, in words."""
        names = " or ".join(map(plain_format, self.formats))
        rest = f", {english_count(self.misfits, 'cell')} in another form" if self.misfits else ""
        return f"dates as {names}{rest}"


def plain_format(date_format: str) -> str:
    """Write a format as people do.

    >>> plain_format("%d.%m.%Y")
    'DD.MM.YYYY'
    """
    plain = {"%d": "DD", "%m": "MM", "%Y": "YYYY", "%y": "YY", "%b": "Mon", "%B": "Month",
             "%H": "hh", "%M": "mm", "%S": "ss"}  # fmt: skip
    return re.sub(r"%\w", lambda match: plain[match[0]], date_format)


def fit_dates(counts: pd.Series, compact: bool = False) -> DateFit | None:
    """Find the formats that fit most cells, or None if they fit less than 90%.

    Parameters
    ----------
    counts
        Cells by their text.
    compact
        Whether eight digits without a sign between may be a date.
    """
    total = int(counts.sum())
    if not total:
        return None
    texts = counts.index.to_series().astype("str")
    fitting: dict[str, set[str]] = {}
    first = list(texts[:_LOOKED_AT_FIRST])
    for day, day_shape in FORMATS.items():
        if day_shape == r"\d{8}" and not compact:
            continue
        for time, time_shape in _TIMES.items():
            shape = re.compile(day_shape + time_shape)
            if 3 * sum(shape.fullmatch(one) is not None for one in first) < len(first):
                continue
            shaped = texts[texts.str.fullmatch(day_shape + time_shape)]
            if counts[shaped.index].sum() < SMALLEST_SHARE * total:
                continue
            fitting[day + time] = {text for text in shaped if _is_date(text, day + time)}
    cells = {one: int(counts[list(texts)].sum()) for one, texts in fitting.items()}
    most = max(cells.values(), default=0)
    if most < SMALLEST_SHARE * total:
        return None
    best = [one for one in cells if cells[one] == most]
    if "%d %b %Y" in best or "%b %d, %Y" in best:
        best = [one for one in best if "%B" not in one]
    if "%d-%b-%Y" in best:
        best = ["%d-%b-%Y"]
    swapped = [fitting[one] for one in fitting if one not in best] or [set[str]()]
    other = set.union(*swapped) & fitting[best[0]] if len(best) == 1 else fitting[best[0]]
    return DateFit(tuple(best), most / total, total - most, int(counts[list(other)].sum()) / total)


def _is_date(text: str, date_format: str) -> bool:
    try:
        return dt.datetime.strptime(text, date_format).year in YEARS
    except ValueError:
        return False


def date_parts(frame: pd.DataFrame) -> dict[str, dict[str, str]]:
    """Three columns of day, month and year, by the name that they share."""
    by_stem: dict[str, dict[str, str]] = {}
    for name in frame.columns:
        said = words(str(name)).split()
        for part, tails in _PARTS.items():
            for place in (0, -1):
                if said and said[place] in tails and _in_range(frame[name], part):
                    rest = said[1:] if place == 0 else said[:-1]
                    by_stem.setdefault(" ".join(rest), {}).setdefault(part, str(name))
    return {stem: parts for stem, parts in by_stem.items() if len(parts) == 3}


def _in_range(cells: pd.Series, part: str) -> bool:
    filled = cells.dropna().unique()
    legal = {f"{number}" for number in _RANGES[part]} | {f"{number:02}" for number in _RANGES[part]}
    return len(filled) > 0 and set(filled) <= legal


def embedded_date(counts: pd.Series) -> tuple[str, DateFit] | None:
    """Find a date inside longer texts: the pattern that takes it out, and how it is written."""
    texts = counts.index.to_series().astype("str")
    if not all(_ANY_DATE.search(one) for one in texts[:_LOOKED_AT_FIRST]):
        return None
    for shape in (r"\d{4}-\d{2}-\d{2}", r"\d{1,2}\.\d{1,2}\.\d{4}", r"\d{1,2}/\d{1,2}/\d{4}",
                  r"\d{8}"):  # fmt: skip
        for pattern in (rf"^({shape})[^0-9]", rf"[^0-9]({shape})$", rf"[^0-9]({shape})[^0-9]"):
            taken = texts.str.extract(pattern)[0]
            if taken.isna().any() or texts.empty:
                continue
            inner = counts.groupby(taken.to_numpy()).sum()
            fit = fit_dates(inner, compact=True)
            if fit and not fit.misfits:
                # The sign before the date is kept as it stands where it is always the same.
                signs = texts.str.extract(rf"(.){shape}$")[0].unique()
                if pattern.endswith("$") and len(signs) == 1:
                    pattern = rf"{re.escape(str(signs[0]))}({shape})$".replace(r"\-", "-")
                return pattern, fit
    return None

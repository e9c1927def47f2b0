"""Numbers and dates as an export writes them, made plain: 1.234,5 becomes 1234.5.

Only what is declared is read. A cell that is not written as declared, but would be read as
something else by chance, is marked, so that its row is set aside. All work is done once for each
different text.
"""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from collections.abc import Callable
from decimal import Decimal

import pandas as pd

from workbench.data.source_files import ColumnMap
from workbench.data.value_fields import NumberFields

NOT_AS_DECLARED = " (not as declared)"
"""What is put behind the text of a cell that is not written as its source file says."""

_PLAIN_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_PLAIN_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([T ]00:00(:00)?)?")
_TIME = re.compile(
    r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(:\d{2})?(?:[.,]\d+)? ?(Z|[+-]\d{2}:?\d{2})?", re.ASCII
)
_SERIAL = re.compile(r"[0-9]{2,5}(\.[0-9]+)?")
_SPACES = " \u00a0\u2007\u2009\u202f"
_DAY_0 = dt.date(1899, 12, 30)
_FIRST_SERIAL = 61
"""1 March 1900; before it, spreadsheets count a day that never was."""


def once_each(text: pd.Series, change: Callable[[str], str | None]) -> pd.Series:
    """Change a column of text, each different text once; missing cells stay missing."""
    codes, different = pd.factorize(text)
    changed = pd.array([change(str(one)) for one in different], dtype="str")
    return pd.Series(changed.take(codes, allow_fill=True), index=text.index, name=text.name)


def plain_numbers(text: pd.Series, form: NumberFields) -> pd.Series:
    """Numbers written plainly, with a point and nothing else, then shifted by ``add``.

    Text that is no number stays as it is. A plain number that is not written as declared is marked.
    """
    if form.writes_numbers:
        written = _declared_number(form)
        text = once_each(text, lambda one: _plain_number(one, written, form))
    if form.add:
        text = once_each(text, lambda one: _shifted(one, form.add))
    return text


def _declared_number(form: NumberFields) -> re.Pattern[str]:
    between = {" ": f"[{_SPACES}]", "'": "['\u2019]"}.get(form.thousands, re.escape(form.thousands))
    whole = rf"[0-9]+|[0-9]{{1,3}}(?:{between}[0-9]{{3}})+" if form.thousands else "[0-9]+"
    point = re.escape(form.decimal or ".")
    sign = rf"(?P<percent>[{_SPACES}]?%)?" if form.percent else ""
    return re.compile(
        rf"(?P<sign>[+-]?)(?:(?P<whole>{whole})(?:{point}(?P<part>[0-9]*))?|{point}(?P<only>[0-9]+))"
        rf"(?P<power>[eE][+-]?[0-9]+)?{sign}"
    )


def _plain_number(text: str, written: re.Pattern[str], form: NumberFields) -> str:
    found = written.fullmatch(text)
    if found is None:
        return text + NOT_AS_DECLARED if _PLAIN_NUMBER.fullmatch(text) else text
    whole = re.sub(r"\D", "", found["whole"] or "0")
    part = found["part"] or found["only"] or ""
    plain = found["sign"] + whole + (f".{part}" if part else "") + (found["power"] or "")
    if form.percent == "share":
        # A share with a percent sign behind it contradicts what is declared.
        return text + NOT_AS_DECLARED if found["percent"] else _as_text(Decimal(plain) * 100)
    return plain


def _shifted(text: str, add: float) -> str:
    """Text of a number with ``add`` added, exactly; a text that is no number stays as it is."""
    if not re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", text):
        return text
    return _as_text(Decimal(text) + Decimal(str(add)))


def _as_text(number: Decimal) -> str:
    if not number.is_finite() or abs(number.adjusted()) > 30:
        return str(number)
    return f"{number:f}".rstrip("0").rstrip(".") if number % 1 else str(int(number))


def plain_dates(text: pd.Series, form: ColumnMap) -> pd.Series:
    """Dates as year-month-day; a text that is not written as declared stays, to be set aside.

    Times are counted in the days of the declared zone and cut to the date. A text that two declared
    formats read as different days is marked.
    """
    if not (form.formats or form.excel_dates or form.time_zone):
        return text
    zone = zoneinfo.ZoneInfo(form.time_zone) if form.time_zone else None
    return once_each(text, lambda one: _plain_date(one, form, zone))


def _plain_date(text: str, form: ColumnMap, zone: zoneinfo.ZoneInfo | None) -> str:
    read = {_by_format(text, one, zone) for one in form.formats} - {""}
    if len(read) == 1:
        return read.pop()
    if read:
        return text + NOT_AS_DECLARED
    if _PLAIN_DATE.fullmatch(text):
        year_day_month = any(re.match("%Y-%d", one) for one in form.formats)
        return text + NOT_AS_DECLARED if year_day_month else text
    if zone and (found := _TIME.fullmatch(text)):
        return _in_zone(found, zone) or text
    if form.excel_dates and _SERIAL.fullmatch(text) and float(text) >= _FIRST_SERIAL:
        return (_DAY_0 + dt.timedelta(days=int(float(text)))).isoformat()
    return text


def _by_format(text: str, date_format: str, zone: zoneinfo.ZoneInfo | None) -> str:
    """ISO form of a date written in one way, or '' if it is not."""
    try:
        moment = dt.datetime.strptime(text, date_format)
    except ValueError:
        return ""
    # Without anything between its parts, a text that lost a zero could be two dates.
    if re.search(r"%\w%", date_format) and moment.strftime(date_format) != text:
        return ""
    return _day(moment, zone)


def _in_zone(found: re.Match[str], zone: zoneinfo.ZoneInfo) -> str:
    day, minutes, seconds, offset = found.groups()
    try:
        moment = dt.datetime.fromisoformat(f"{day}T{minutes}{seconds or ''}{offset or ''}")
    except ValueError:
        return ""
    return _day(moment, zone)


def _day(moment: dt.datetime, zone: zoneinfo.ZoneInfo | None) -> str:
    try:
        local = moment.astimezone(zone) if moment.tzinfo and zone else moment
    except (OverflowError, ValueError):
        return ""
    return local.date().isoformat()


def with_zeros(text: pd.Series, digits: int) -> pd.Series:
    """Codes of digits with zeros at the left up to a length; other codes stay."""
    short = text.str.fullmatch("[0-9]+", na=False)
    return text.mask(short, text.str.zfill(digits))

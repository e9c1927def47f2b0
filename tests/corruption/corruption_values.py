"""Values: identifiers, numbers and dates that can be read in two ways, and text that looks odd."""

from __future__ import annotations

import datetime as dt
import unicodedata
from typing import Any

import pandas as pd
from corruption_kinds import kind
from corruption_study import Hand, draw_cells

GROUP = "values"
RESPONSES = "fidelity_responses"


def _day(text: str, form: str) -> str:
    return dt.date.fromisoformat(text).strftime(form)


def _serial(text: str) -> str:
    return str((dt.date.fromisoformat(text) - dt.date(1899, 12, 30)).days)


@kind(GROUP, "007 beside 7", "ASK", "ASK", "ASK", "REPAIR|ACCEPT",
      names=("row column", "row column", "row column", ""))  # fmt: skip
def zeros(hand: Hand, n: int) -> None:
    if n == 0:
        hand.edit(RESPONSES, "practitioner_id", lambda one: one.lstrip("0"), range(5, 40))
    elif n == 1:
        hand.edit(RESPONSES, "practitioner_id", lambda one: one.lstrip("0"))
    elif n == 2:
        hand.edit("practitioners", "site_id", lambda one: f"{int(one)}.0")
    else:
        hand.edit(RESPONSES, "practitioner_id", lambda one: one.lstrip("0"))
        hand.declare(RESPONSES, {"practitioner_id": {"digits": 4}})


def _renamed_people(hand: Hand, names: dict[str, str]) -> None:
    for table in (
        "practitioners",
        RESPONSES,
        "supports",
        "work_conditions",
        "recognition",
        "plans",
    ):
        for column in ("practitioner_id", "rater_id", "trainer_id"):
            if column in hand.frame(table).columns:
                hand.edit(table, column, lambda one: names.get(one, one))


@kind(GROUP, "identifiers such as 1E5", "ACCEPT", truth=True)
def exponents(hand: Hand, n: int) -> None:
    names = ({"0001": "1E5"}, {"0001": "2E3", "0002": "2000"}, {"0003": "1e400"}, {"0001": "0x10"})
    _renamed_people(hand, names[n])


@kind(GROUP, "identifiers of 17 digits, some cells blank", "ACCEPT", truth=True)
def long_ids(hand: Hand, n: int) -> None:
    last = ("", "1", "23", "456")[n]
    _renamed_people(hand, {"0001": f"1234567890123456{last}1", "0002": f"1234567890123456{last}2"})


@kind(GROUP, "spaces around text, also such as do not break", "REPAIR")
def spaces(hand: Hand, n: int) -> None:
    space = (" ", "\u00a0", "\t", "\u202f ")[n]
    column = ("practitioner_id", "item_id", "rater_role", "response")[n]
    hand.edit(RESPONSES, column, lambda one: f"{space}{one}{space}", range(0, 60, 2))


@kind(GROUP, "letters that look alike, accents in two forms, signs of no width",
      "ASK", "ASK", "REPAIR", "ROWS|ASK", names=("row column", "row column", "", ""))  # fmt: skip
def lookalikes(hand: Hand, n: int) -> None:
    if n == 0:
        hand.edit(RESPONSES, "rater_id", lambda one: one.replace("S", "\u0405"), range(2))
    elif n == 1:
        hand.edit("plan_actions", "goal_id", lambda one: f"é{one}")
        hand.edit("plan_actions", "goal_id", lambda one: unicodedata.normalize("NFD", one), [0])
        first = hand.frame("plan_actions")["goal_id"]
        hand.edit("plan_actions", "goal_id", unicodedata.normalize("NFC", first[0]), [1])
    elif n == 2:
        hand.edit("supports", "support_id", lambda one: one[:3] + "\u200b" + one[3:], [2, 5])
    else:
        hand.edit("supports", "support_id", lambda one: one + "\u0430b", [2])


@kind(GROUP, "names such as NA, Null, None and TRUE", "ACCEPT", truth=True)
def words(hand: Hand, n: int) -> None:
    word = ("NA", "Null", "None", "TRUE")[n]
    hand.edit("practitioners", "role", word, [1])
    _renamed_people(hand, {"0002": word})


@kind(GROUP, "thousands separators", "ASK", "ROWS", "ACCEPT|REPAIR", "ASK",
      names=("row column", "", "", "row column"), truth=(0, 1, 2, 3))  # fmt: skip
def thousands(hand: Hand, n: int) -> None:
    if n == 1:
        hand.edit("supports", "minutes", "1,200", [3, 9])
        return
    written = ("1,200", "", "1.200", "1 200")[n]
    hand.edit("supports", "minutes", written)
    if n == 2:
        hand.declare("supports", {"minutes": {"thousands": ".", "decimal": ","}})


@kind(GROUP, "decimal commas in one file only", "ASK", "ASK", "ROWS", "ACCEPT|REPAIR",
      names=("row column", "row column", "", ""))  # fmt: skip
def commas(hand: Hand, n: int) -> None:
    table, column = ("recognition", "rating") if n != 1 else ("work_conditions", "vacancy_rate")
    rows = [1] if n == 2 else None
    hand.edit(table, column, lambda one: one.replace(".", ","), rows)
    if n == 3:
        hand.declare(table, {"rating": {"decimal": ","}})


@kind(GROUP, "85 %, 0.85 and 85", "REFUSE", "ASK", "REPAIR|ACCEPT", "REFUSE",
      names=("row column", "row column", "", "row column"))  # fmt: skip
def percents(hand: Hand, n: int) -> None:
    if n == 0:
        hand.edit("recognition", "attendance", lambda one: f"{one} %", range(6))
    elif n in (1, 2):
        hand.edit("recognition", "attendance", lambda one: str(round(float(one) / 100, 5)))
    else:
        hand.edit("recognition", "attendance", lambda one: str(round(float(one) / 100, 5)), [2, 7])
    if n == 2:
        hand.declare("recognition", {"attendance": {"percent": "share"}})


@kind(GROUP, "NaN, inf and 1e400", "ROWS")
def not_finite(hand: Hand, n: int) -> None:
    hand.edit("supports", "minutes", ("NaN", "inf", "1e400", "-Infinity")[n], [1, 4])


@kind(GROUP, "codes such as 9, 99 or -1 for missing", "ROWS", "ROWS", "ACCEPT|REPAIR", "ROWS",
      truth=(2,))  # fmt: skip
def codes(hand: Hand, n: int) -> None:
    code = ("99", "9", "-1", "-99")[n]
    if n == 3:
        hand.edit("supports", "minutes", code, [2, 5])
        return
    hand.edit(RESPONSES, "response", code, range(0, 60, 7))
    if n == 2:
        hand.declare(RESPONSES, missing=["-1"])


@kind(GROUP, "a scale that counts from another number", "ASK", "ASK", "REPAIR|ACCEPT", "ASK",
      names=("row column", "row column", "", "row column"))  # fmt: skip
def shifted(hand: Hand, n: int) -> None:
    add = -1 if n == 3 else 1
    hand.edit(RESPONSES, "response", lambda one: str(int(one) + add) if one.isdigit() else one)
    if n == 1:
        hand.declare(RESPONSES)
    if n == 2:
        hand.declare(RESPONSES, {"response": {"add": -1}})


@kind(GROUP, "dates in several forms", "ROWS", "ROWS", "ROWS", "ACCEPT|REPAIR")
def several_forms(hand: Hand, n: int) -> None:
    form = ("%d/%m/%Y", "%d %B %Y", "%Y%m%d", "%d.%m.%Y")[n]
    hand.edit(RESPONSES, "observed_on", lambda one: _day(one, form), range(0, 60, 9))
    if n == 3:
        hand.declare(RESPONSES, {"observed_on": {"date_formats": ["%d.%m.%Y"]}})


@kind(GROUP, "day and month that may be exchanged", "ASK", "ASK", "ASK", "ACCEPT|REPAIR",
      names=("row column", "row column", "row column", ""))  # fmt: skip
def exchanged(hand: Hand, n: int) -> None:
    form = ("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%y", "%m/%d/%Y")[n]
    hand.edit(RESPONSES, "observed_on", lambda one: _day(one, form))
    if n == 2:
        hand.declare(RESPONSES)
    if n == 3:
        hand.declare(RESPONSES, {"observed_on": {"date_format": "%m/%d/%Y"}})


@kind(GROUP, "spreadsheets' numbers among dates", "ROWS", "ASK", "ACCEPT|REPAIR", "ROWS",
      names=("", "row column", "", ""))  # fmt: skip
def serials(hand: Hand, n: int) -> None:
    rows = None if n == 1 else range(0, 60, 9)
    hand.edit(RESPONSES, "observed_on", lambda one: _serial(one) + (".5" if n == 3 else ""), rows)
    if n == 2:
        hand.declare(RESPONSES, {"observed_on": {"excel_dates": True}})


@kind(GROUP, "workbooks that count days from 1904", "ACCEPT|REPAIR")
def epoch(hand: Hand, n: int) -> None:
    def draw(book: Any, sheet: Any, frame: pd.DataFrame) -> None:
        draw_cells(book, sheet, frame)
        form = book.add_format({"num_format": ("yyyy-mm-dd", "d.m.yyyy", "m/d/yy", "dd mmm")[n]})
        for place, name in enumerate(frame.columns):
            if name.endswith("_on"):
                for row, text in enumerate(frame[name], 1):
                    if text:
                        sheet.write_datetime(row, place, dt.datetime.fromisoformat(text), form)

    hand.to_workbook("plans", draw, options={"date_1904": n % 2 == 0})


@kind(GROUP, "years of two digits, 0226, 2262", "ROWS", "ROWS", "ROWS", "ROWS")
def years(hand: Hand, n: int) -> None:
    change = (
        lambda one: _day(one, "%d-%m-%y"),
        lambda one: "0226" + one[4:],
        lambda one: "2262" + one[4:],
        lambda one: one[2:],
    )[n]
    hand.edit(RESPONSES, "observed_on", change, range(0, 60, 9))


@kind(GROUP, "30 February", "ROWS")
def february(hand: Hand, n: int) -> None:
    table, column = ((RESPONSES, "observed_on"), (RESPONSES, "rated_on"),
                     ("supports", "occurred_on"), ("plan_actions", "agreed_on"))[n]  # fmt: skip
    hand.edit(table, column, ("2026-02-30", "2026-04-31", "2026-02-29", "2026-13-01")[n], [3])


@kind(GROUP, "dates in the future", "ROWS", "ROWS", "ROWS", "ACCEPT", truth=(3,))
def future(hand: Hand, n: int) -> None:
    table, column = ((RESPONSES, "observed_on"), ("supports", "occurred_on"),
                     ("plans", "opened_on"), ("plan_actions", "due_on"))[n]  # fmt: skip
    rows = [0] if n else range(20)
    hand.edit(table, column, "2027-05-01", rows)


@kind(GROUP, "times whose zone moves them to another day", "ASK", "ASK", "ACCEPT|REPAIR", "ROWS",
      names=("row column", "row column", "", ""))  # fmt: skip
def zones(hand: Hand, n: int) -> None:
    def at(one: str) -> str:
        if n == 1:
            return f"{one} 23:30:00"
        before = dt.date.fromisoformat(one) - dt.timedelta(days=1)
        return f"{before.isoformat()}T23:30:00Z"

    hand.edit(RESPONSES, "observed_on", at, range(0, 60, 9) if n == 3 else None)
    if n == 2:
        hand.declare(RESPONSES, {"observed_on": {"time_zone": "Europe/Vienna"}})


@kind(GROUP, "text that is a formula", "ACCEPT", truth=True)
def formulas(hand: Hand, n: int) -> None:
    text = ('=HYPERLINK("http://127.0.0.1")', "+1+1", "-2+3", "@SUM(1)")[n]
    hand.edit("practitioners", "role", text, [2])
    hand.edit("sites", "site_name", text, [1])


@kind(GROUP, "markup, signs of a formula, turned writing, very long text", "ACCEPT", truth=True)
def markup(hand: Hand, n: int) -> None:
    text = (
        "<img src=x onerror=alert(1)>",
        "Cost $x^$ \\input{x}",
        "a\u202etxt.exe",
        "x" * 100_000,
    )[n]
    hand.edit("sites", "site_name", text, [1])
    hand.edit("practitioners", "role", text, [2])

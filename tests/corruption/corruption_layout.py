"""Layout: delimiters, headers, rows of another width, merged cells, totals, hidden parts."""

from __future__ import annotations

from typing import Any

import pandas as pd
from corruption_kinds import kind
from corruption_study import Hand, draw_cells

GROUP = "layout"
SOME = ("sites", "practitioners", "supports", "fidelity_responses")


@kind(GROUP, "semicolons and decimal commas", "ASK", "ASK", "ASK", "ACCEPT|REPAIR",
      names=("row", "row", "column", ""))  # fmt: skip
def semicolons(hand: Hand, n: int) -> None:
    table = "recognition" if n != 1 else "work_conditions"
    frame = hand.frame(table)
    for name in ("rating", "productivity_percent", "documentation_compliance", "attendance"):
        if name in frame.columns:
            frame[name] = frame[name].str.replace(".", ",", regex=False)
    hand.save(table, frame, sep=";")
    if n == 2:
        hand.declare(table, delimiter=";")
    if n == 3:
        hand.declare(table, delimiter=";", decimal=",")


@kind(GROUP, "tabs", "ASK", "ASK", "ASK", "ACCEPT", names=("row", "row", "row", ""))
def tabs(hand: Hand, n: int) -> None:
    table = SOME[n]
    hand.save(table, hand.frame(table), sep="\t")
    if n == 2:
        hand.declare(table)
    if n == 3:
        hand.declare(table, delimiter="\t")


@kind(GROUP, "a further field on every row", "REFUSE", names="row")
def wider(hand: Hand, n: int) -> None:
    head, *rows = hand.lines(SOME[n])
    more = (",x", ",1", ",,y", ",2026-01-01")[n]
    hand.write_lines(SOME[n], [head, *(row + more for row in rows)])


@kind(GROUP, "a further field on one row", "ROWS")
def one_wider(hand: Hand, n: int) -> None:
    table = "fidelity_responses" if n < 3 else "supports"
    lines = hand.lines(table)
    place = (5, -1, 40, 12)[n]
    lines[place] += (",x", ",", ",x,y", ",1")[n]
    if n == 1:
        lines[place] += "z"
    hand.write_lines(table, lines)


@kind(GROUP, "a row too short", "ROWS")
def one_shorter(hand: Hand, n: int) -> None:
    table = "fidelity_responses" if n < 3 else "supports"
    lines = hand.lines(table)
    places = ((7,), (-1,), (3, 30, 60), (9,))[n]
    for place in places:
        lines[place] = lines[place].rsplit(",", n + 1)[0]
    hand.write_lines(table, lines)


@kind(GROUP, "unbalanced quotation mark", "REFUSE", names="row")
def quote(hand: Hand, n: int) -> None:
    lines = hand.lines(SOME[n])
    cells = lines[2].split(",")
    cells[0 if n == 1 else 1] = '"' + cells[0 if n == 1 else 1]
    lines[2] = ",".join(cells)
    if n == 3:
        lines[2] = lines[2].replace('"', '"a" ', 1)
    hand.write_lines(SOME[n], lines)


@kind(GROUP, "title rows above the header", "ASK", "ASK", "ASK", "ACCEPT",
      names=("row", "row", "row", ""))  # fmt: skip
def titles(hand: Hand, n: int) -> None:
    table = SOME[n]
    above = (["Report of the agency"], ["Export", "1 July 2026"], ["Report", ""], ["Title", ""])[n]
    hand.write_lines(table, [*above, *hand.lines(table)])
    if n == 3:
        hand.declare(table, header_row=3)


@kind(GROUP, "header of two rows", "ASK", "ASK", "ASK", "ACCEPT", names=("row", "row", "", ""))
def two_rows(hand: Hand, n: int) -> None:
    table = ("fidelity_responses", "work_conditions", "recognition", "recognition")[n]
    head, *rows = hand.lines(table)
    second = ",".join("text" for _ in head.split(","))
    if n >= 2:
        names = head.split(",")
        upper = ",".join(["", "", *["Appraisal"] * (len(names) - 2)])
        head, second = upper, head
    hand.write_lines(table, [head, second, *rows])
    if n == 3:
        joined = {one: {"from": f"Appraisal / {one}"} for one in names[2:]}
        hand.declare(table, joined, header_rows=2)


def _merged(frame: pd.DataFrame, column: str, across: bool = False) -> Any:
    def draw(book: Any, sheet: Any, _cells: pd.DataFrame) -> None:
        draw_cells(book, sheet, frame)
        place = list(frame.columns).index(column)
        if across:
            sheet.merge_range(3, place, 3, place + 1, "merged")
            return
        start = 0
        texts = list(frame[column])
        for row in range(1, len(texts) + 1):
            if row == len(texts) or texts[row] != texts[start]:
                if row - start > 1:
                    sheet.merge_range(start + 1, place, row, place, texts[start])
                start = row

    return draw


@kind(GROUP, "merged cells", "ASK", "ASK", "REFUSE", "REPAIR",
      names=("sheet row column", "sheet row column", "sheet row", ""))  # fmt: skip
def merged(hand: Hand, n: int) -> None:
    table, column = ("fidelity_responses", "observation_id") if n else ("practitioners", "site_id")
    frame = hand.frame(table)
    top = {"fill_down": ["observation_id"]} if n == 3 else {}
    hand.to_workbook(table, _merged(frame, column, across=n == 2), **top)


@kind(GROUP, "trailing row of totals", "ROWS")
def totals(hand: Hand, n: int) -> None:
    if n < 2:
        said = ("Total", "Grand total")[n]
        hand.append("supports", {"support_id": said, "minutes": "9000", "occurred_on": "2026-09-01",
                                 "kind": "coaching", "practitioner_id": "0001"})  # fmt: skip
    elif n == 2:
        hand.append("fidelity_responses", {"observation_id": "SUM", "response": "999"})
    else:
        total = {"support_id": "Gesamt", "minutes": "4000", "kind": "coaching"}
        hand.append("supports", total | {"occurred_on": "2026-09-01", "practitioner_id": "0001"})
        hand.declare("supports", total_rows="Gesamt")


@kind(GROUP, "empty columns or rows at the edges", "ACCEPT|REPAIR")
def empty_edges(hand: Hand, n: int) -> None:
    head, *rows = hand.lines(SOME[n])
    wide = ",," if n != 1 else ""
    blank = [wide + "," * head.count(",")] * 3 if n != 2 else ["", "   "]
    hand.write_lines(SOME[n], [head + wide, *(row + wide for row in rows), *blank])


@kind(GROUP, "a column's name twice", "REFUSE", names="row column")
def twice(hand: Hand, n: int) -> None:
    head, *rows = hand.lines(SOME[n])
    names = head.split(",")
    if n == 1:
        names[2] = names[1]
        hand.write_lines(SOME[n], [",".join(names), *rows])
        return
    more = (names[0], "", f" {names[1]} ", names[-1])[n]
    hand.write_lines(SOME[n], [f"{head},{more}", *(f"{row},9" for row in rows)])


@kind(GROUP, "a column's name in another writing", "REFUSE|ASK", "REFUSE|ASK", "REFUSE|ASK",
      "ACCEPT", names=("row column", "row column", "row column", ""))  # fmt: skip
def other_writing(hand: Hand, n: int) -> None:
    table = ("fidelity_responses", "practitioners", "supports", "supports")[n]
    before = ("response", "supervisor_id", "minutes", "minutes")[n]
    after = ("Response", "supervisor\u00a0id", "minut\u0435s", "Minutes")[n]
    head, *rows = hand.lines(table)
    hand.write_lines(table, [head.replace(before, after), *rows])
    if n == 3:
        hand.declare(table, {"minutes": {"from": "Minutes"}})


@kind(GROUP, "a column under another name", "REFUSE", names="column")
def renamed(hand: Hand, n: int) -> None:
    if n == 3:
        frame = hand.frame("fidelity_responses")
        exchanged = {"observed_on": "rater_role", "rater_role": "observed_on"}
        hand.save("fidelity_responses", frame.rename(columns=exchanged)[list(frame.columns)])
        return
    table = ("fidelity_responses", "practitioners", "supports")[n]
    before = ("observed_on", "site_id", "occurred_on")[n]
    after = ("observed_date", "sites_id", "occured_on")[n]
    head, *rows = hand.lines(table)
    hand.write_lines(table, [head.replace(before, after), *rows])
    if n == 2:
        hand.declare(table)


@kind(GROUP, "a required column missing", "REFUSE", names="column")
def missing(hand: Hand, n: int) -> None:
    table = ("fidelity_responses", "practitioners", "sites", "supports")[n]
    column = ("rater_role", "site_id", "site_name", "kind")[n]
    hand.save(table, hand.frame(table).drop(columns=column))
    if n == 3:
        hand.declare(table)


@kind(GROUP, "an unknown further column", "NOTE", "NOTE", "NOTE", "ACCEPT")
def further(hand: Hand, n: int) -> None:
    frame = hand.frame(SOME[n])
    names = ("remarks", "first name", "Ünit", "left out")
    hand.save(SOME[n], frame.assign(**{names[n]: "x"}))
    if n == 3:
        hand.declare(SOME[n])


def _with_hidden(hidden_rows: int, sheets: int, hide_sheet: bool = False) -> Any:
    def draw(book: Any, sheet: Any, frame: pd.DataFrame) -> None:
        draw_cells(book, sheet, frame)
        for row in range(2, 2 + hidden_rows):
            sheet.set_row(row, None, None, {"hidden": True})
        for number in range(sheets):
            other = book.add_worksheet(f"Notes {number}")
            other.write_string(0, 0, "x")
            if hide_sheet:
                other.hide()

    return draw


@kind(GROUP, "hidden rows, further sheets", "NOTE", "ASK", "NOTE", "NOTE")
def hidden(hand: Hand, n: int) -> None:
    draw = (_with_hidden(3, 0), _with_hidden(0, 2), _with_hidden(2, 2), _with_hidden(0, 1, True))[n]
    top = {"sheet": "Data"} if n >= 2 else {}
    hand.to_workbook("supports", draw, **top)


@kind(GROUP, "cells with errors, formulas never computed", "ROWS", "ROWS", "ROWS", "REFUSE|ROWS")
def errors(hand: Hand, n: int) -> None:
    value = ("#N/A", "#DIV/0!", "", "#REF!")[n]
    rows = range(3, 6) if n < 3 else range(1, 150)

    def draw(book: Any, sheet: Any, frame: pd.DataFrame) -> None:
        draw_cells(book, sheet, frame)
        place = list(frame.columns).index("minutes")
        for row in rows:
            sheet.write_formula(row, place, "=1/0", None, value)

    path = hand.to_workbook("supports", draw)
    if n == 2:
        _without_values(path)


def _without_values(path: Any) -> None:
    """Take the stored results of formulas out, as programs leave them."""
    import re
    import zipfile

    with zipfile.ZipFile(path) as parts:
        held = {one: parts.read(one) for one in parts.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    held[sheet] = re.sub(rb"(</f>)<v>[^<]*</v>|(</f>)<v/>", rb"\1\2", held[sheet])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in held.items():
            new.writestr(name, content)

"""Thirty clean controls: the same study, valid in thirty ways, to be accepted without a word."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from dataclasses import replace

import pandas as pd
from corruption_kinds import Kind
from corruption_study import PARAMETERS, TABLES, Hand, draw_cells

from workbench.data.synthetic import write_example

RESPONSES = "fidelity_responses"
Change = Callable[[Hand], object]


def _each(change: Callable[[pd.DataFrame], pd.DataFrame]) -> Change:
    def changed(hand: Hand) -> None:
        for table in TABLES:
            hand.save(table, change(hand.frame(table)))

    return changed


def _bytes(change: Callable[[bytes], bytes]) -> Change:
    def changed(hand: Hand) -> None:
        for table in TABLES:
            hand.write(table, change(hand.data(table)))

    return changed


def _quoted(hand: Hand) -> None:
    for table in TABLES:
        text = hand.frame(table).to_csv(index=False, quoting=csv.QUOTE_ALL, lineterminator="\n")
        hand.write(table, text)


def _without(*tables: str) -> Change:
    def changed(hand: Hand) -> None:
        for table in tables:
            hand.path(table).unlink()

    return changed


def _dates(form: str) -> Change:
    def changed(hand: Hand) -> None:
        frame = hand.frame(RESPONSES)
        days = pd.to_datetime(frame["observed_on"]).dt.strftime(form)
        hand.save(RESPONSES, frame.assign(observed_on=days))
        hand.declare(RESPONSES, {"observed_on": {"date_formats": [form]}})

    return changed


def _date_parts(hand: Hand) -> None:
    frame = hand.frame(RESPONSES)
    parts = frame["observed_on"].str.split("-", expand=True)
    frame = frame.assign(y=parts[0], m=parts[1], d=parts[2].str.lstrip("0"))
    hand.save(RESPONSES, frame.drop(columns="observed_on"))
    hand.declare(RESPONSES,
                 {"observed_on": {"date_parts": {"day": "d", "month": "m", "year": "y"}}},
                 drop=("observed_on",))  # fmt: skip


def _wide(hand: Hand) -> None:
    frame = hand.frame(RESPONSES)
    fixed = [one for one in frame.columns if one not in ("item_id", "response")]
    wide = frame.pivot(index=fixed, columns="item_id", values="response").reset_index()
    hand.save(RESPONSES, wide)
    items = "|".join(frame["item_id"].unique())
    hand.declare(RESPONSES, drop=("item_id", "response"),
                 wide={"columns": items, "name_to": "item_id", "value_to": "response"})  # fmt: skip


def _renamed(hand: Hand) -> None:
    frame = hand.frame("supports")
    hand.save("supports", frame.rename(columns={"minutes": "Länge", "kind": "Art"}))
    hand.declare("supports", {"minutes": {"from": "Länge"}, "kind": {"from": "Art"}})


def _parquet(hand: Hand) -> None:
    frame = hand.frame("supports")
    frame.mask(frame == "").to_parquet(hand.raw / "supports.parquet")
    hand.path("supports").unlink()
    hand.declare("supports", reader="parquet", file="supports.parquet")


def _numbers_in_workbook(hand: Hand) -> None:
    def draw(book: object, sheet: object, frame: pd.DataFrame) -> None:
        draw_cells(book, sheet, frame)
        place = list(frame.columns).index("minutes")
        for row, text in enumerate(frame["minutes"], 1):
            sheet.write_number(row, place, float(text))  # type: ignore[attr-defined]

    hand.to_workbook("supports", draw)


def _decimal(hand: Hand) -> None:
    frame = hand.frame("recognition")
    frame["rating"] = frame["rating"].str.replace(".", ",", regex=False)
    hand.save("recognition", frame, sep=";")
    hand.declare("recognition", {"rating": {"decimal": ","}}, delimiter=";")


def _line_breaks(hand: Hand) -> None:
    frame = hand.frame("practitioners")
    hand.save("practitioners", frame.assign(role='a "quoted" role,\nwith a line break'))


def _other_study(seed: int, **parameters: object) -> Change:
    def changed(hand: Hand) -> None:
        shutil.rmtree(hand.raw)
        changed_parameters = replace(PARAMETERS, **parameters)  # type: ignore[arg-type]
        write_example(hand.folder, changed_parameters, seed, messy=False)

    return changed


CONTROLS: tuple[tuple[str, Change, bool], ...] = (
    ("as it is", lambda _hand: None, False),
    ("rows in another order", _each(lambda one: one.sample(frac=1, random_state=1)), False),
    ("rows backwards", _each(lambda one: one.iloc[::-1]), False),
    ("columns in another order", _each(lambda one: one[one.columns[::-1]]), False),
    ("every cell in quotation marks", _quoted, False),
    ("lines that end as on Windows", _bytes(lambda one: one.replace(b"\n", b"\r\n")), False),
    ("with a byte order mark", _bytes(lambda one: b"\xef\xbb\xbf" + one), False),
    ("only the three core tables", _without(*TABLES[3:]), True),
    ("without plans", _without("plans", "plan_actions"), True),
    ("without supports", _without("supports"), True),
    ("by source files that rename nothing", lambda hand: hand.declare("supports"), False),
    ("by a source file that renames", _renamed, False),
    ("dates with dots, declared", _dates("%d.%m.%Y"), False),
    ("dates month first, declared", _dates("%m/%d/%Y"), False),
    ("dates without signs, declared", _dates("%d%m%Y"), False),
    ("dates in three columns", _date_parts, False),
    ("one column an item", _wide, False),
    ("a workbook of text", lambda hand: hand.to_workbook("supports"), False),
    ("a workbook with numbers", _numbers_in_workbook, False),
    ("a Parquet file", _parquet, False),
    ("decimal commas and semicolons, declared", _decimal, False),
    ("cells with quotation marks, commas and line breaks", _line_breaks, True),
    ("another draw", _other_study(1), True),
    ("a third draw", _other_study(2), True),
    ("a fourth draw", _other_study(3), True),
    ("six quarters", _other_study(4, quarters=6, first_quarter="2025Q2"), True),
    ("one quarter", _other_study(5, quarters=1, first_quarter="2026Q2"), True),
    ("five sites", _other_study(6, sites=5), True),
    ("eight practitioners a site",
     _other_study(7, fewest_practitioners=8, most_practitioners=8), True),
    ("nobody observed twice", _other_study(8, share_seen_twice=0.0), True),
)  # fmt: skip


def _do(change: Change, hand: Hand) -> None:
    change(hand)


def control(number: int) -> Kind:
    """Give a clean control as a kind with one variant."""
    title, change, differs = CONTROLS[number]
    return Kind("clean", title, lambda hand, _n: _do(change, hand), ("ACCEPT",), ("",),
                truth=(0,) if differs else ())  # fmt: skip

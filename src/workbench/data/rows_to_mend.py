"""A workbook a site of the rows that someone there can mend and send back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from workbench.data.conform import CELLS
from workbench.data.corrections import FOLDER, LEAVE_OUT, MARK, TO_MEND, VALUE
from workbench.data.delivery_rows import DELIVERY_RULE
from workbench.data.intake import Intake, with_slugs
from workbench.data.quality import DUPLICATE_RULE
from workbench.data.row_marks import Mark, fingerprints, marks
from workbench.data.schemas import TableSchema
from workbench.data.set_aside import HEADINGS, MOST_ROWS, new_book
from workbench.wording import english_count

NO_SITE = "no-site"
COVER = "How to send it back"
FIRST = [
    HEADINGS["reasons"], TO_MEND, VALUE, HEADINGS["what_to_do"], LEAVE_OUT, HEADINGS["source_file"],
    HEADINGS["source_row"], HEADINGS["rule_ids"], MARK,
]  # fmt: skip
"""Columns of the workbench in a sheet; the row as received follows under its own names."""


def write_rows_to_mend(intake: Intake, folder: Path) -> dict[str, int]:
    """Write ``<slug>.xlsx`` for each site with rows to mend, and ``no-site.xlsx`` for the others.

    Left out are rows that only repeat another word for word or came with a delivery that can't be
    used, since nothing is to be mended there, and rows that were left out in writing.

    Returns
    -------
    dict
        How many rows each workbook holds.
    """
    sites = with_slugs(intake.quality.accepted["sites"])
    slugs = dict(zip(sites["site_id"], sites["slug"], strict=True))
    by_place: dict[str, dict[str, pd.DataFrame]] = {}
    for table, rows in _to_mend(intake).items():
        place = sites_of(rows, intake.quality.accepted).map(slugs).fillna(NO_SITE)
        for slug, mine in rows.groupby(place, sort=True):
            by_place.setdefault(str(slug), {})[table] = mine
    for old in folder.glob("*.xlsx"):
        old.unlink()
    if by_place:
        folder.mkdir(parents=True, exist_ok=True)
    for slug, tables in sorted(by_place.items()):
        _write(tables, folder / f"{slug}.xlsx", intake)
    return {
        slug: sum(len(rows) for rows in tables.values())
        for slug, tables in sorted(by_place.items())
    }


def sites_of(rows: pd.DataFrame, accepted: Mapping[str, pd.DataFrame]) -> pd.Series:
    """Site of each row, from the row itself, its plan or its practitioner; missing if not known."""
    sites = rows["site_id"] if "site_id" in rows.columns else pd.Series(pd.NA, index=rows.index)
    for table, key in (("plans", "plan_id"), ("practitioners", "practitioner_id")):
        known = accepted.get(table)
        if known is not None and key in rows.columns and table in accepted:
            sites = sites.fillna(rows[key].map(known.set_index(key)["site_id"]))
    return sites


def _to_mend(intake: Intake) -> dict[str, pd.DataFrame]:
    """Rows to mend of each table, each with its mark."""
    files, mending = fingerprints(intake.extracts), intake.mending
    found = {}
    for table, rows in intake.quality.set_aside.items():
        if rows.empty:
            continue
        told = []
        for shown in marks(table, rows, intake.schemas[table].columns, files):
            received = mending.received_as.get(shown, shown)
            told.append(
                Mark(table, received.fingerprint, received.row, received.cells, shown.cells)
            )
        settled = pd.Series([one.received in mending.left_out for one in told], index=rows.index)
        work = rows.assign(**{MARK: [str(one) for one in told]})
        work = work[~settled & ~rows["rule_ids"].isin((DUPLICATE_RULE, DELIVERY_RULE))]
        if len(work):
            found[table] = work
    return found


def _write(tables: dict[str, pd.DataFrame], path: Path, intake: Intake) -> None:
    with new_book(path, "Rows to mend") as book:
        book.add_sheet(COVER, _cover(tables))
        for table, rows in tables.items():
            shown, to_mend = _sheet(rows.head(MOST_ROWS), intake.schemas[table])
            book.add_sheet(table, shown, to_mend)


def _cover(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    counts = [
        f"Sheet {table}: {english_count(len(rows), 'row')}"
        + (f", of which the first {MOST_ROWS:,} are here." if len(rows) > MOST_ROWS else ".")
        for table, rows in tables.items()
    ]
    lines = [
        *counts,
        "These rows could not be used. Each sheet holds the rows of one table.",
        f"1. Read '{FIRST[0]}' and '{TO_MEND}'. It names the column and where it stands in the "
        "sheet; that cell has a thick frame.",
        f"2. Write what is right under '{VALUE}', or mend the cell itself. Write dates as "
        "year-month-day, such as 2026-03-31.",
        f"3. If another column must change too, mend its cell and add its name under '{TO_MEND}'.",
        f"4. If a row should not be used at all, write why under '{LEAVE_OUT}'.",
        f"5. Leave '{MARK}' as it is, and rows that you can't mend as they are.",
        f"6. Save it as .xlsx and send it back. The evaluator puts it into {FOLDER} of the study.",
        "A mended row is checked by the same rules. Please mend it in your own system too: the "
        "next export brings the same slip back otherwise.",
    ]
    return pd.DataFrame({"Rows to mend": lines})


def _sheet(rows: pd.DataFrame, schema: TableSchema) -> tuple[pd.DataFrame, set[tuple[int, int]]]:
    """Rows as their sheet shows them, and the cells to mend."""
    received = [name for name in rows.columns if name in schema.columns]
    if CELLS in rows.columns and rows[CELLS].notna().any():
        received.append(CELLS)
    places = {name: len(FIRST) + number for number, name in enumerate(received)}
    named = rows["columns"].map(lambda text: _named(text, places))
    shown = rows.rename(columns=HEADINGS).assign(
        **{
            TO_MEND: [
                "; ".join(f"{name} (column {letters(places[name])})" for name in names)
                for names in named
            ],
            VALUE: "",
            LEAVE_OUT: "",
        }
    )
    to_mend = {(row, places[name]) for row, names in enumerate(named) for name in names}
    return shown[[*FIRST, *received]], to_mend


def _named(text: str, places: Mapping[str, int]) -> list[str]:
    """Columns to mend that the sheet has, each once."""
    names = dict.fromkeys(re.findall(r"[A-Za-z_0-9]+", str(text)))
    return [name for name in names if name in places]


def letters(column: int) -> str:
    """Letters by which a spreadsheet names a column, from 0.

    >>> letters(0), letters(26), letters(701)
    ('A', 'AA', 'ZZ')
    """
    text, left = "", column + 1
    while left:
        left, place = divmod(left - 1, 26)
        text = chr(ord("A") + place) + text
    return text

"""A workbook's file: cells that run nothing, a language, and bytes that depend on content alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.core import Core
from xlsxwriter.packager import Packager

from workbench import language

FIXED_DATE = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
"""Dates in the file's properties, so that the same tables give the same bytes."""
RUNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
"""Signs with which a formula begins, if a text is typed into a cell, also in full width."""
_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


class _Core(Core):
    """Properties of a document with its language, of which the writer itself knows nothing."""

    def _write_dc_description(self) -> None:
        super()._write_dc_description()
        self._xml_data_element("dc:language", language.in_use())


class _Packager(Packager):
    def _write_core_file(self) -> None:
        core = _Core()
        core._set_properties(self.workbook.doc_properties)
        core._set_xml_writer(self._filename("docProps/core.xml"))
        core._assemble_xml_file()


class _Book(Workbook):
    def _get_packager(self) -> Packager:
        return _Packager()


class AccessibleBook:
    """A workbook being written.

    Parameters
    ----------
    book
        The writer's workbook.
    """

    def __init__(self, book: Any) -> None:
        self.book = book
        top = {"valign": "top"}
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.heading = book.add_format({"bold": True, "text_wrap": True, "valign": "bottom"})
        self.line = book.add_format(top)
        self.text = book.add_format({"text_wrap": True, **top})
        # Whoever edits such a cell later still types no formula.
        self._quoted = book.add_format({"text_wrap": True, "quote_prefix": True, **top})
        self._numbers: dict[str, Any] = {}
        self._top = top

    def number_format(self, shown_as: str) -> Any:
        """Look of a column of numbers."""
        if shown_as not in self._numbers:
            look = {"num_format": shown_as, "align": "right", **self._top}
            self._numbers[shown_as] = self.book.add_format(look)
        return self._numbers[shown_as]

    def write_text(self, sheet: Any, row: int, column: int, text: str, look: Any = None) -> None:
        """Write a text, which stays one whatever it begins with."""
        runs = look is None and text.lstrip().startswith(RUNS)
        sheet.write_string(row, column, text, self._quoted if runs else look or self.text)


@contextmanager
def new_workbook(path: Path, title: str, subject: str) -> Iterator[AccessibleBook]:
    """Make a workbook whose bytes depend on what is written into it alone."""
    with _Book(str(path), _OPTIONS) as book:
        book.set_properties({"title": title, "subject": subject, "created": FIXED_DATE})
        yield AccessibleBook(book)

"""Words that only a page needs: names of figures, text in a style sheet, and what is not shown."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pandas as pd
from markupsafe import Markup

from workbench.language import mark, say
from workbench.reporting import printed
from workbench.reporting.display_table import DisplayTable
from workbench.reporting.report import Section

LONGEST_TITLE = 90


def figure_title(alt_text: str, place: str) -> str:
    """Take the title of a figure from the words that describe it.

    Parameters
    ----------
    alt_text
        Begins with the title, and then says what is seen.
    place
        Name of the place, which may begin the title.

    Examples
    --------
    >>> figure_title("Elm: support by quarter. All kinds in 2026Q3: 2.5", "Elm")
    'Elm: support by quarter'
    >>> figure_title("Where the variation sits: Between sites 31%, Between raters 1%.", "Elm")
    'Where the variation sits'
    """
    beginning = f"{place}: " if alt_text.startswith(f"{place}: ") else ""
    head = re.split(r"(?<=\?)\s|[.:](?=\s|$)|, ", alt_text[len(beginning) :], maxsplit=1)[0]
    return printed.short(beginning + head, LONGEST_TITLE)


def css_text(text: str) -> Markup:
    r"""Write a text as a string of a style sheet, in code points so that it stays a string.

    >>> str(css_text("A<"))
    '"\\000041\\00003c"'
    """
    return Markup('"' + "".join(f"\\{ord(sign):06x}" for sign in printed.clean(text)) + '"')


def hidden_cells_table(sections: Iterable[Section]) -> DisplayTable | None:
    """Count the cells of each table that are not shown; None if all are.

    Parameters
    ----------
    sections
        Sections of a page; the numbers under their figures are not counted again.
    """
    rows = [
        (table.caption, printed.number(hidden), printed.number(table.frame.size), section.title)
        for section in sections
        for table in section.tables
        if (hidden := int((table.frame == printed.HIDDEN).to_numpy().sum()))
    ]
    if not rows:
        return None
    columns = [mark("Table"), mark("Cells not shown"), mark("Of all its cells"), mark("Under")]
    return DisplayTable(
        say("Cells that are not shown, because too few people stand behind them"),
        pd.DataFrame(rows, columns=columns, dtype="str"),
        say("Some of them rest on enough people, and would give away one that does not."),
    )

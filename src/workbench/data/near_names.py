"""Names that are almost a table's own: another case, a space, or a letter that looks the same.

A column under such a name is never taken for the table's own; the message names the line that says
that it is.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable

from workbench.data.schemas import TableSchema
from workbench.errors import Problem

# Cyrillic and Greek letters that are drawn like Latin ones.
LOOKALIKES = str.maketrans(
    "авекмнорстухіѕјԁһԛԝαβγεικνορτυχ",
    "abekmhopctyxisjdhqwabyeikvoptux",
)
_SMALLEST_LIKENESS = 0.75


def folded(name: str) -> str:
    """Take off what the eye overlooks: case, spaces, signs between words, letters' alphabet.

    >>> folded("Site\u00a0ID") == folded("site_id")
    True
    """
    plain = unicodedata.normalize("NFKD", name).casefold().translate(LOOKALIKES)
    return re.sub(r"[\W_]+", "", "".join(one for one in plain if not unicodedata.combining(one)))


def nearest(name: str, names: Iterable[str]) -> str:
    """Find the name that is most like another one, or '' if none is."""
    by_fold = {folded(one): one for one in names}
    if folded(name) in by_fold:
        return by_fold[folded(name)]
    close = difflib.get_close_matches(folded(name), by_fold, n=1, cutoff=_SMALLEST_LIKENESS)
    return by_fold[close[0]] if close else ""


def near_name_problems(
    columns: Iterable[str], schema: TableSchema, source: str, header_row: int = 1
) -> list[Problem]:
    """One problem for each column of a file that is a table's own but for its writing.

    Parameters
    ----------
    columns
        Names in the file.
    schema
        The table that the file is.
    source
        File as messages name it.
    header_row
        Row in which the names stand.
    """
    there = list(columns)
    own = {folded(name): name for name in schema.columns}
    problems = []
    for column in there:
        meant = own.get(folded(column), "")
        if not meant or column in schema.columns or meant in there:
            continue
        problems.append(
            Problem(
                "near_name",
                schema.table,
                f"The header has '{column}', which is '{meant}' but for case, spaces or letters "
                f"that look alike{_odd_signs(column)}.",
                f"Rename the column to '{meant}', or write '{meant}: {{from: \"{column}\"}}' in a "
                "source file.",
                source=source,
                column=meant,
                rows=(header_row,),
            )
        )
    return problems


def _odd_signs(name: str) -> str:
    """Names of signs in a text that are neither ASCII nor seen."""
    odd = [one for one in name if ord(one) > 127]
    if not odd:
        return ""
    shown = ", ".join(dict.fromkeys(unicodedata.name(one, f"U+{ord(one):04X}") for one in odd))
    return f" ({shown.lower()})"

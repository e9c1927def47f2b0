"""Identifiers: what the eye can't see is repaired, and what may be one code or two is asked about.

'007' and '7' are two texts, and perhaps one person. Nobody but the owner of the data can tell.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import replace

import pandas as pd

from workbench.data.extract import Extract
from workbench.data.near_names import LOOKALIKES
from workbench.data.schemas import TableSchema
from workbench.errors import Problem
from workbench.language import say
from workbench.wording import count_of

INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
"""Signs that are not seen: of no width, or turning the direction of writing."""
_ALPHABETS = ("LATIN", "CYRILLIC", "GREEK")


def identifier_columns(extract: Extract, schema: TableSchema) -> list[str]:
    """Columns of a table's identifiers that were handed in."""
    return [
        name
        for name, column in schema.columns.items()
        if column.type == "identifier" and name in extract.frame.columns
    ]


def repaired(extract: Extract, schema: TableSchema) -> Extract:
    """Extract with accents written in one way (NFC) and without invisible signs in identifiers.

    What was repaired is noted. Codes that become equal by it are asked about by
    ``identifier_problems``, which looks at the extract as it was received.
    """
    changed, notes = {}, []
    for name in identifier_columns(extract, schema):
        text = extract.frame[name]
        plain = {one: clean(one) for one in different_texts(text) if not one.isascii()}
        plain = {one: mended for one, mended in plain.items() if mended != one}
        if not plain:
            continue
        cells = int(text.isin(list(plain)).sum())
        changed[name] = text.replace(plain)
        note = say(
            "{file}: in {cells} of '{column}', signs that can't be seen were taken out or accents "
            "were written in the usual way (NFC).",
            file=extract.source,
            cells=count_of(cells, "cell"),
            column=name,
        )
        notes.append(note)
    if not changed:
        return extract
    frame = extract.frame.assign(**changed)
    return replace(extract, frame=frame, notes=(*extract.notes, *notes))


def clean(text: str) -> str:
    """Write an identifier without signs that can't be seen, its accents in one form (NFC).

    >>> clean("P\u200b1")
    'P1'
    """
    return unicodedata.normalize("NFC", INVISIBLE.sub("", text)).strip() or text


def folded(text: str) -> str:
    """Take from an identifier all by which one code may be written apart.

    Case, spaces, invisible signs, alphabets whose letters look alike, zeros before digits and
    a decimal point with nothing behind it, as a spreadsheet adds it.

    >>> folded("007") == folded("7.0")
    True
    """
    plain = text.lower() if text.isascii() else _skeleton(text)
    parts = plain.split()
    if len(parts) > 1 or parts[:1] != [plain]:
        plain = "".join(parts)
    whole, point, decimals = plain.partition(".")
    if whole.isdigit() and (not point or (decimals and not decimals.strip("0"))):
        return whole.lstrip("0")
    return plain


def _skeleton(text: str) -> str:
    plain = unicodedata.normalize("NFKC", INVISIBLE.sub("", text)).casefold()
    return plain.translate(LOOKALIKES)


def identifier_problems(extract: Extract, schema: TableSchema) -> list[Problem]:
    """One question for each column in which one code may stand in two ways."""
    if extract.ids_as_written:
        return []
    problems = []
    for name in identifier_columns(extract, schema):
        for text in _of_one_kind(extract.frame, name, schema):
            among = _alike(different_texts(text))
            if among:
                problems.append(_written_apart(extract, schema, name, text, among))
                break
    return problems


def different_texts(text: pd.Series) -> list[str]:
    """Every text of a column once."""
    return [one for one in text.unique().tolist() if isinstance(one, str)]


def _alike(different: list[str]) -> list[str]:
    """Those texts that are the same as another one once they are folded."""
    plain = list(map(folded, different))
    if len(set(plain)) == len(plain):
        return []
    times = Counter(plain)
    return [one for one, fold in zip(different, plain, strict=True) if times[fold] > 1]


def _of_one_kind(frame: pd.DataFrame, name: str, schema: TableSchema) -> list[pd.Series]:
    """Cells of an identifier, apart for each kind of thing that it names.

    In ``outcomes`` the column ``subject`` says whether ``subject_id`` is a site or a practitioner,
    and site 001 is not practitioner 0001.
    """
    kind = name.removesuffix("_id")
    column = schema.columns.get(kind)
    if kind not in frame.columns or column is None or column.type != "category":
        return [frame[name]]
    return [cells for _, cells in frame[name].groupby(frame[kind].fillna(""))]


def _first_rows(text: pd.Series, among: list[str]) -> tuple[int, ...]:
    """Row in which each of some texts stands first."""
    found = text[text.isin(among)].drop_duplicates()
    return tuple(int(row) for row in found.index)


def _written_apart(
    extract: Extract, schema: TableSchema, column: str, text: pd.Series, among: list[str]
) -> Problem:
    zeros = all(folded(one).isdigit() or not folded(one) for one in among)
    how = "zeros at the left" if zeros else "case, spaces or signs that look alike"
    longest = max(map(len, among))
    if zeros and all(len(one) == longest or _is_bare(one) for one in among):
        mend = (
            f"If they are one, write 'digits: {longest}' at '{column}:' {extract.place_to_write}; "
            "if two, 'ids_as_written: true'."
        )
    else:
        mend = (
            "Write each in one way; if they are different, write 'ids_as_written: true' "
            f"{extract.place_to_write}."
        )
    return Problem(
        "ids_written_apart",
        schema.table,
        f"{len(among)} identifiers differ only by {how}, so two of them may be one.",
        mend,
        extract.source,
        column,
        _first_rows(text, among),
    )


def across_tables(extracts: list[Extract], schemas: dict[str, TableSchema]) -> list[Problem]:
    """Ask where a table names a code of another one but for zeros, as 7 for 007."""
    listed: dict[str, dict[str, str]] = {}
    problems = []
    for each in extracts:
        for name, target in schemas[each.table].references.items():
            if name not in each.frame.columns or each.ids_as_written:
                continue
            if target not in listed:
                listed[target] = {folded(one): one for one in _codes(extracts, target)}
            there = listed[target]
            known = set(there.values())
            unknown = [one for one in different_texts(each.frame[name]) if one not in known]
            meant = [one for one in unknown if folded(one) in there]
            meant = [one for one in meant if _is_bare(one) or _is_bare(there[folded(one)])]
            if meant:
                codes = [there[folded(one)] for one in meant]
                problems.append(_zeros_dropped(each, name, target, meant, codes))
    return problems


def _is_bare(text: str) -> bool:
    """Whether a code is a number as a spreadsheet leaves it, without zeros at the left.

    001 and 0001 are two codes of different lengths, and none of them lost its zeros.
    """
    whole, _, decimals = text.partition(".")
    return whole.isdigit() and not decimals.strip("0") and (whole == "0" or whole[0] != "0")


def _codes(extracts: list[Extract], target: str) -> list[str]:
    table, column = target.split(".")
    return [
        code
        for each in extracts
        if each.table == table and column in each.frame.columns
        for code in different_texts(each.frame[column])
    ]


def _zeros_dropped(
    extract: Extract, column: str, target: str, meant: list[str], codes: list[str]
) -> Problem:
    table, listing = target.split(".")
    dropped_here = all(map(_is_bare, meant))
    digits = max(map(len, codes if dropped_here else meant))
    where = f"at '{column}:' {extract.place_to_write}"
    if not dropped_here:
        where = f"at '{listing}:' in the source file of {table}"
    return Problem(
        "zeros_differ",
        extract.table,
        f"{len(meant)} identifiers are in {target} but for zeros at the left.",
        f"If a spreadsheet dropped them, write 'digits: {digits}' {where}; if they are different, "
        "'ids_as_written: true'.",
        extract.source,
        column,
        _first_rows(extract.frame[column], meant),
    )


def mixed_alphabets(text: pd.Series) -> pd.Series:
    """Whether each cell has letters of two alphabets that look alike, as no code should."""
    odd = [one for one in different_texts(text) if not one.isascii() and _alphabets(one) > 1]
    return text.isin(odd)


def _alphabets(text: str) -> int:
    letters = [unicodedata.name(one, "") for one in text if one.isalpha()]
    return sum(any(name.startswith(one) for name in letters) for one in _ALPHABETS)

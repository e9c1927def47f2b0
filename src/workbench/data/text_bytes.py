"""The bytes of a text file: which encoding they are of, and that it is one and the same throughout.

Whatever comes in leaves as UTF-8. An encoding is never guessed: a byte order mark or the source
file says it, and bytes that contradict are refused with their first row.
"""

from __future__ import annotations

import codecs
import csv
import io
import re

from workbench.data.text_tables import SPACES, refused
from workbench.errors import DataProblems
from workbench.language import say

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# UTF-8 of accented Latin letters and of the signs before them, as bytes of another encoding.
_UTF8_LETTERS = re.compile(rb"[\xc2-\xc5\xce-\xd1][\x80-\xbf]|\xe2\x80[\x90-\xbf]")
_AFTER = "\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"
_MOJIBAKE = re.compile(f"[ÂÃÄÅ][{_AFTER}]|â€[{_AFTER}]")
_ASK_ENCODING = (
    "Save it as CSV UTF-8; or, if your system exports Windows text, write 'encoding: cp1252' in "
    "its source file."
)


def utf8_bytes(
    content: bytes,
    name: str,
    encoding: str = "utf-8",
    delimiter: str = ",",
    mojibake: str = "",
) -> tuple[bytes, list[str]]:
    """Bytes of the same text in UTF-8 without a mark, and notes on what was repaired.

    Parameters
    ----------
    content
        Bytes of the file.
    name
        File as messages name it.
    encoding
        Declared encoding. A byte order mark of UTF-16 or UTF-32 counts more.
    delimiter
        Sign between cells, so that messages can name the column.
    mojibake
        ``as_written`` lets text pass that looks as if it had been encoded twice.

    Raises
    ------
    DataProblems
        If the bytes are not of the encoding, are of two, hold NUL, or look encoded twice.
    """
    marked = next((kind for mark, kind in BYTE_ORDER_MARKS if content.startswith(mark)), "")
    notes = []
    if marked or _is_wide(encoding):
        text = _decoded_wide(content, name, marked or encoding)
        note = say(
            "{file}: the text was {encoding} and was read as such.",
            file=name,
            encoding=(marked or encoding).upper(),
        )
        notes.append(note)
        _refuse_nul(text.encode("utf-8"), name, delimiter)
        _ask_about_mojibake(text, name, delimiter, mojibake)
        return text.removeprefix("\ufeff").encode("utf-8"), notes
    content = content.removeprefix(codecs.BOM_UTF8)
    _refuse_nul(content, name, delimiter)
    if content.isascii() and codecs.lookup(encoding).name in ("utf-8", "cp1252", "iso8859-1"):
        return content, notes
    if codecs.lookup(encoding).name in ("utf-8", "utf-8-sig"):
        text = _decoded_utf8(content, name, delimiter)
        _ask_about_mojibake(text, name, delimiter, mojibake)
        return content, notes
    text = _decoded_other(content, name, encoding, delimiter, mojibake)
    notes.append(
        say(
            "{file}: the text was read as {encoding}, as declared.",
            file=name,
            encoding=encoding.upper(),
        )
    )
    return text.encode("utf-8"), notes


def _is_wide(encoding: str) -> bool:
    return codecs.lookup(encoding).name.startswith(("utf-16", "utf-32"))


def _decoded_wide(content: bytes, name: str, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        raise refused(
            "wrong_encoding",
            name,
            f"It says that it is {encoding.upper()}, and isn't throughout: it may be cut off.",
            "Download it again, or save it as CSV UTF-8.",
        ) from None


def _refuse_nul(content: bytes, name: str, delimiter: str) -> None:
    place = content.find(b"\0")
    if place >= 0:
        rows, column = _place(content[:place].decode("utf-8", "replace"), delimiter)
        raise refused(
            "nul_bytes",
            name,
            "The file holds NUL bytes: it is damaged, or it is UTF-16 that doesn't say so.",
            "Save it as CSV UTF-8; if it is UTF-16, write 'encoding: utf-16' in its source file.",
            rows,
            column,
        )


def _decoded_utf8(content: bytes, name: str, delimiter: str) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        rows, column = _place(content[: error.start].decode("utf-8") + "?", delimiter)
        around = content[: error.start] + content[error.end :]
        if _UTF8_LETTERS.search(around):
            raise _two_encodings(name, "UTF-8", rows, column) from None
        raise refused(
            "wrong_encoding", name, "The text is not UTF-8.", _ASK_ENCODING, rows, column
        ) from None


def _decoded_other(content: bytes, name: str, encoding: str, delimiter: str, mojibake: str) -> str:
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        rows, column = _place(content[: error.start].decode(encoding) + "?", delimiter)
        raise refused(
            "wrong_encoding",
            name,
            f"The text is not {encoding.upper()}, as the source file says.",
            "Save it as CSV UTF-8 and take the line 'encoding:' away.",
            rows,
            column,
        ) from None
    found = _UTF8_LETTERS.search(content)
    if found is None or mojibake == "as_written":
        return text
    rows, column = _place(content[: found.start()].decode(encoding) + "?", delimiter)
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        raise _two_encodings(name, encoding.upper(), rows, column) from None
    raise refused(
        "wrong_encoding",
        name,
        f"The text is UTF-8 and not {encoding.upper()}, as the source file says.",
        "Take the line 'encoding:' away; or, if it is right, write 'mojibake: as_written'.",
        rows,
        column,
    )


def _two_encodings(name: str, first: str, rows: tuple[int, ...], column: str) -> DataProblems:
    return refused(
        "two_encodings",
        name,
        f"The file holds text of two encodings: {first} and another one from this row on.",
        "Two exports may have been put together: export them apart, or save all of it as CSV "
        "UTF-8. If the text is right as it stands, write 'mojibake: as_written'."
        if first != "UTF-8"
        else "Two exports may have been put together: export them apart, or save all of it as "
        "CSV UTF-8.",
        rows,
        column,
    )


def _ask_about_mojibake(text: str, name: str, delimiter: str, mojibake: str) -> None:
    """Ask about text that was encoded twice; names are never mended by guessing."""
    found = _MOJIBAKE.search(text) if mojibake != "as_written" else None
    if found:
        rows, column = _place(text[: found.start()] + "?", delimiter)
        raise refused(
            "mojibake",
            name,
            "Accented letters look as if they had been saved in the wrong encoding twice.",
            "Export it again as CSV UTF-8; or, if it is to stay as it is, write "
            "'mojibake: as_written' in its source file.",
            rows,
            column,
        )


def _place(before: str, delimiter: str) -> tuple[tuple[int, ...], str]:
    """Row in which a text breaks off, and the name of its column if the first row tells."""
    # Rows and not lines are counted: a cell may hold line breaks.
    rows = 0
    first: list[str] = []
    cells: list[str] = []
    for cells in csv.reader(io.StringIO(before, newline=""), delimiter=delimiter):
        rows += 1
        first = first or cells
    told = rows > 1 and 0 < len(cells) <= len(first)
    column = first[len(cells) - 1].strip(SPACES) if told else ""
    return (max(rows, 1),), column

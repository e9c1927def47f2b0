"""Bytes and containers: encodings, damaged files, and files that are not what they say."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from corruption_kinds import kind
from corruption_study import Hand

GROUP = "container"
SOME = ("sites", "practitioners", "supports", "fidelity_responses")
WITH_ACCENTS = ("sites", "practitioners", "sites", "practitioners")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@kind(GROUP, "UTF-8 byte order mark", "ACCEPT")
def mark(hand: Hand, n: int) -> None:
    hand.write(SOME[n], b"\xef\xbb\xbf" + hand.data(SOME[n]))


@kind(GROUP, "UTF-16 with a byte order mark", "REPAIR")
def wide(hand: Hand, n: int) -> None:
    encoding = ("utf-16", "utf-16-be", "utf-16-le", "utf-16")[n]
    first = {"utf-16-be": b"\xfe\xff", "utf-16-le": b"\xff\xfe"}.get(encoding, b"")
    hand.write(SOME[n], first + hand.text(SOME[n]).encode(encoding))


@kind(GROUP, "Windows text (cp1252)", "ASK", "ASK", "REPAIR", "REPAIR",
      names=("row column", "row column", "", ""))  # fmt: skip
def windows(hand: Hand, n: int) -> None:
    hand.write(WITH_ACCENTS[n], hand.text(WITH_ACCENTS[n]), "cp1252")
    if n >= 2:
        hand.declare(WITH_ACCENTS[n], encoding="cp1252")


@kind(GROUP, "two encodings in one file", "REFUSE", names="row")
def two_encodings(hand: Hand, n: int) -> None:
    lines = hand.text("sites").encode().splitlines(keepends=True)
    last = "009,Café Peña,01,2021-01-01,,\n"
    parts = [b"".join(lines), last.encode("cp1252")]
    if n == 1:
        parts = [lines[0], last.encode("cp1252"), *lines[1:]]
    hand.write("sites", b"".join(parts))
    if n == 2:
        hand.declare("sites", encoding="cp1252")
    if n == 3:
        hand.write("sites", b"".join(parts).replace(b"\n", b"\r\n"))


@kind(GROUP, "mojibake", "ASK", "ASK", "ASK", "REFUSE|ASK", names="row column")
def mojibake(hand: Hand, n: int) -> None:
    table = WITH_ACCENTS[n]
    text = hand.text(table).encode().decode("cp1252")
    hand.write(table, text)
    if n == 2:
        hand.declare("sites")
    if n == 3:
        hand.write(table, hand.data("practitioners").decode("latin-1"))


@kind(GROUP, "NUL bytes", "REFUSE", names="row")
def nul(hand: Hand, n: int) -> None:
    data = hand.data(SOME[n])
    place = (len(data) // 2, len(data) - 2, 3, data.index(b"\n") + 4)[n]
    hand.write(SOME[n], data[:place] + b"\0" * (n + 1) + data[place:])


@kind(GROUP, "line ends of another kind, or mixed", "ACCEPT|REPAIR")
def line_ends(hand: Hand, n: int) -> None:
    data = hand.data(SOME[n])
    if n == 0:
        data = data.replace(b"\n", b"\r")
    elif n == 1:
        data = data.replace(b"\n", b"\r\n")
    else:
        lines = data.splitlines()
        ends = [b"\n", b"\r\n", b"\r"] if n == 2 else [b"\r\n", b"\n", b"\n"]
        data = b"".join(line + ends[place % 3] for place, line in enumerate(lines))
    hand.write(SOME[n], data)


@kind(GROUP, "empty file", "REFUSE")
def empty(hand: Hand, n: int) -> None:
    hand.write(SOME[n], (b"", b"", b"\n\n", b"\xef\xbb\xbf")[n])


@kind(GROUP, "header only", "REFUSE", "REFUSE", "ASK", "NOTE", truth=(3,))
def header_only(hand: Hand, n: int) -> None:
    table = ("fidelity_responses", "practitioners", "plan_actions", "supports")[n]
    hand.write_lines(table, hand.lines(table)[:1])
    if n == 3:
        hand.declare(table, no_rows=True)


@kind(GROUP, "truncated download", "REFUSE", "REFUSE", "ROWS", "NOTE|ROWS", truth=True)
def truncated(hand: Hand, n: int) -> None:
    data = hand.data("fidelity_responses")
    rows = data.count(b"\n") - 1
    if n == 0:
        hand.declare("fidelity_responses", rows_expected=rows)
    if n == 1:
        hand.declare("fidelity_responses", sha256="0" * 64)
    cut = data[: len(data) * 3 // 4]
    if n == 3:
        cut = cut[: cut.rindex(b",")] + b",2"
    elif n == 2:
        cut = cut[: cut.rindex(b",") - 4]
    hand.write("fidelity_responses", cut)


@kind(GROUP, "web page named .xls", "REFUSE")
def web_page(hand: Hand, n: int) -> None:
    cells = "".join(f"<td>{one}</td>" for one in hand.frame("supports").columns)
    page = f"<html><body><table><tr>{cells}</tr></table></body></html>"
    page = (
        page,
        "<!DOCTYPE html>\n" + page,
        "\ufeff  " + page,
        f"<table><tr>{cells}</tr></table>",
    )[n]
    name = ("supports.xls", "supports.xlsx", "supports.xls", "supports.csv")[n]
    hand.path("supports").unlink()
    (hand.raw / name).write_text(page, encoding="utf-8")
    hand.declare("supports", reader="csv" if n == 3 else "xlsx", file=name)


@kind(GROUP, "text named .xlsx, or a workbook named .csv", "ASK")
def other_name(hand: Hand, n: int) -> None:
    if n == 3:
        path = hand.to_workbook("supports")
        path.rename(hand.raw / "supports.csv")
        hand.declare("supports")
        return
    name = ("supports.xlsx", "supports.xls", "supports.ods")[n]
    hand.path("supports").rename(hand.raw / name)
    hand.declare("supports", reader="xlsx", file=name)


@kind(GROUP, "workbook behind a password", "REFUSE")
def password(hand: Hand, n: int) -> None:
    name = ("supports.xlsx", "supports.xls", "supports.xlsm", "supports.ods")[n]
    path = hand.raw / name
    if n == 3:
        with zipfile.ZipFile(path, "w") as parts:
            parts.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
            parts.writestr("content.xml", b"\x01\x02")
            parts.writestr("META-INF/manifest.xml", "<manifest><encryption-data/></manifest>")
    else:
        body = b"\0" * 600 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 600
        path.write_bytes(OLE + body * (n + 1))
    hand.path("supports").unlink()
    hand.declare("supports", reader="xlsx", file=name)


def _repacked(path: Path, changed: dict[str, bytes]) -> None:
    """Write a workbook again, some of its parts changed or added."""
    packed = io.BytesIO()
    with zipfile.ZipFile(path) as parts, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in parts.namelist():
            if entry not in changed:
                new.writestr(entry, parts.read(entry))
        for entry, content in changed.items():
            new.writestr(entry, content)
    path.write_bytes(packed.getvalue())


@kind(GROUP, "zip bomb", "REFUSE")
def bomb(hand: Hand, n: int) -> None:
    path = hand.to_workbook("supports")
    if n == 0:
        _repacked(path, {"xl/media/image1.png": b"\0" * 40_000_000})
    elif n == 1:
        _repacked(path, {f"xl/media/image{one}.png": b"x" for one in range(1_100)})
    elif n == 2:
        _repacked(path, {f"xl/media/i{one}.png": b"\0" * 30_000_000 for one in range(8)})
    else:
        _repacked(path, {"xl/worksheets/sheet9.xml": b" " * 60_000_000})


@kind(GROUP, "XML that declares entities", "REFUSE")
def entities(hand: Hand, n: int) -> None:
    path = hand.to_workbook("supports")
    part = ("xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml", "xl/styles.xml")[
        n
    ]
    with zipfile.ZipFile(path) as parts:
        content = parts.read(part)
    declared = (
        b'<!DOCTYPE x [<!ENTITY a "b">]>',
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hosts">]>',
        b'<!doctype x SYSTEM "http://127.0.0.1/x.dtd">',
        b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
    )[n]
    end = content.index(b"?>") + 2
    _repacked(path, {part: content[:end] + declared + content[end:]})


@kind(GROUP, "macros or links to other workbooks", "NOTE")
def macros(hand: Hand, n: int) -> None:
    path = hand.to_workbook("supports", name="supports.xlsm" if n % 2 == 0 else "")
    parts = {0: ["xl/vbaProject.bin"], 1: ["xl/externalLinks/externalLink1.xml"]}
    parts |= {2: [*parts[0], *parts[1]], 3: [*parts[1], "xl/externalLinks/externalLink2.xml"]}
    _repacked(path, dict.fromkeys(parts[n], b"<x/>"))

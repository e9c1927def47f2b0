"""A smallest .xls workbook, byte by byte: BIFF8 records in the container of older Office files.

After the published layouts of the two formats (MS-CFB and MS-XLS), as no package that is kept
writes them.
"""

from __future__ import annotations

import struct
from pathlib import Path

_SECTOR = 512
_FREE, _END, _OF_TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_SMALLEST_STREAM = 4096  # a shorter one would have to lie in another table


def write_xls(path: Path, sheets: dict[str, list[list[str | float]]]) -> None:
    """Write sheets of texts and numbers; an empty text leaves its cell out."""
    path.write_bytes(_container(_stream(sheets)))


def _record(kind: int, content: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def _begin(of: int) -> bytes:
    return _record(0x0809, struct.pack("<HHHHII", 0x0600, of, 0, 0, 0, 0x0600))


def _stream(sheets: dict[str, list[list[str | float]]]) -> bytes:
    """Stream of records: the workbook's own, and then those of each sheet."""
    bodies = [_begin(0x0010) + _cells(rows) + _record(0x000A) for rows in sheets.values()]
    globals_before = _begin(0x0005) + _record(0x0042, struct.pack("<H", 1200))
    names = [name.encode("utf-16-le") for name in sheets]
    place = len(globals_before) + sum(4 + 8 + len(name) for name in names) + len(_record(0x000A))
    listed = b""
    for name, body in zip(names, bodies, strict=True):
        listed += _record(0x0085, struct.pack("<IBBBB", place, 0, 0, len(name) // 2, 1) + name)
        place += len(body)
    return globals_before + listed + _record(0x000A) + b"".join(bodies)


def _cells(rows: list[list[str | float]]) -> bytes:
    found = b""
    for row, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            where = struct.pack("<HHH", row, column, 0)
            if isinstance(cell, str):
                text = cell.encode("utf-16-le")
                length = struct.pack("<HB", len(text) // 2, 1)
                found += _record(0x0204, where + length + text) if cell else b""
            else:
                found += _record(0x0203, where + struct.pack("<d", cell))
    return found


def _container(stream: bytes) -> bytes:
    """Container with one stream: a header, the table of sectors, the directory, and the stream."""
    size = max(len(stream), _SMALLEST_STREAM)
    sectors = -(-size // _SECTOR)
    assert sectors + 2 <= _SECTOR // 4, "one sector of the table is enough for a test"
    chain = [_OF_TABLE, _END, *range(3, 2 + sectors), _END]
    table = struct.pack("<128I", *chain, *[_FREE] * (128 - len(chain)))
    header = struct.pack(
        "<8s16sHHHHH6xIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"", 0x3E, 3, 0xFFFE, 9, 6,
        0, 1, 1, 0, 4096, _END, 0, _END, 0,
    )  # fmt: skip
    header += struct.pack("<109I", 0, *[_FREE] * 108)
    directory = _entry("Root Entry", 5, _END, 0, child=1) + _entry("Workbook", 2, 2, size)
    directory += _entry("", 0, 0, 0) * 2
    return header + table + directory + stream.ljust(sectors * _SECTOR, b"\0")


def _entry(name: str, kind: int, start: int, size: int, child: int = _FREE) -> bytes:
    text = name.encode("utf-16-le") + (b"\0\0" if name else b"")
    return struct.pack(
        "<64sHBBIII16sI8s8sIQ", text, len(text), kind, 1, _FREE, _FREE, child, b"", 0, b"", b"",
        start, size,
    )  # fmt: skip

"""Reading Parquet files; values become plain text."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pandas as pd

from workbench.data.plain_text import plain_text
from workbench.data.table_bodies import text_table
from workbench.data.text_tables import Body, Layout, TextTable, refused


def read_parquet(path: Path, name: str, layout: Layout | None = None) -> TextTable:
    """Read a Parquet file; the row under its column names is row 2.

    Raises
    ------
    DataProblems
        If it is not a Parquet file, names a column twice, or has no rows.
    """
    import pyarrow
    import pyarrow.parquet

    try:
        table = pyarrow.parquet.ParquetFile(path).read()
    except (pyarrow.ArrowException, OSError, ValueError):
        raise refused(
            "not_parquet", name, "This is not a Parquet file.", "Export the table again."
        ) from None
    columns = {
        place: [plain_text(value) for value in column.to_pylist()]
        for place, column in enumerate(table.columns)
    }
    frame = pd.DataFrame(columns, index=pd.RangeIndex(2, 2 + table.num_rows), dtype="str")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    header = [column.strip() for column in table.column_names]
    return text_table(header, Body(frame), name, layout or Layout(), digest)

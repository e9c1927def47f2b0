"""Tables that a run keeps, read in the calling thread alone.

A file read by its path is read by Arrow's own threads. A process that forks must have none, so a
table is taken into memory first; the tables of a run are small.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd


def read_parquet(path: Path) -> pd.DataFrame:
    """Read a Parquet file as ``pandas.read_parquet`` does."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    held = pa.BufferReader(path.read_bytes())
    table = pq.ParquetFile(held, pre_buffer=False).read(use_threads=False)
    return table.to_pandas(use_threads=False)


def read_feather(path: Path) -> pd.DataFrame:
    """Read a Feather file as ``pandas.read_feather`` does."""
    import pyarrow as pa

    alone = pa.ipc.IpcReadOptions(use_threads=False)
    held = pa.ipc.open_file(pa.py_buffer(path.read_bytes()), options=alone)
    return held.read_all().to_pandas(use_threads=False)

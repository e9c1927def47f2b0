"""Tables that a run keeps, read in the calling thread alone.

A file read by its path is read by Arrow's own threads. A process that forks must have none, so a
table is taken into memory first; the tables of a run are small.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import pandas as pd

Read = TypeVar("Read")


def kept(read: Callable[[Path], Read]) -> Callable[[Path], Read]:
    """Make a reader that keeps what it read of a file until the file changes.

    Forked kernels share what the process that forks them has read. Nobody may change what is given.
    """

    @lru_cache(maxsize=256)
    def known(path: Path, node: int, changed: int) -> Read:
        return read(path)

    def look_up(path: Path) -> Read:
        stat = path.stat()
        return known(path, stat.st_ino, stat.st_mtime_ns)

    return look_up


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

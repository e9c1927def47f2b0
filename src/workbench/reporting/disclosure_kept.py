"""All counts of a release, kept inside the study: what the next release is protected with.

The file holds hidden counts. It stands in the folder of its version, is no page and leads nowhere,
and only its owner may read it. It names places and kinds, and never a person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from workbench.errors import RunFault
from workbench.reporting.disclosure_blocks import Blocks, KeptRelease, family
from workbench.reporting.disclosure_releases import COLUMNS
from workbench.settings import Study

FILE = "kept_counts.parquet"
KEPT_COLUMNS = (*COLUMNS, "fewest")
OWNER_ALONE = 0o600


def keep_counts(blocks: Blocks, fewest: Mapping[str, int], folder: Path) -> Path:
    """Write the counts of a release into the folder of its results; gives the file.

    Parameters
    ----------
    blocks
        Every count, and why it is hidden.
    fewest
        k by the name of a table.
    folder
        Folder of the results.
    """
    rows = [
        (table, row, column, quarter, 1, count, why, fewest[family(table)])
        for (table, quarter), block in blocks.items()
        for (row, column), (count, why) in block.items()
    ]
    path = folder / FILE
    path.unlink(missing_ok=True)
    path.touch(OWNER_ALONE)
    frame = pd.DataFrame(rows, columns=list(KEPT_COLUMNS))
    types = {"span": "int64", "count": "float64", "fewest": "int64"}
    frame.astype({name: types.get(name, "str") for name in KEPT_COLUMNS}).to_parquet(
        path, index=False
    )
    return path


def kept_counts(folder: Path) -> KeptRelease | None:
    """Read the counts of a published version; None where none were kept.

    Raises
    ------
    RunFault
        If the file can't be read, or lacks a column.
    """
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        frame = pd.read_parquet(path, columns=list(KEPT_COLUMNS))
    except (OSError, ValueError) as error:
        raise RunFault(
            f"{path} can't be read: {error}. It holds the counts that an earlier version released, "
            "without which the next can't be protected. Put it back from a backup."
        ) from None
    blocks: Blocks = {}
    fewest: dict[str, int] = {}
    for table, row, column, quarter, _, count, why, k in frame.itertuples(index=False, name=None):
        blocks.setdefault((table, quarter), {})[(row, column)] = (count, why)
        fewest[family(table)] = k
    return KeptRelease(blocks, fewest)


def earlier_releases(study: Study, without: Path) -> list[KeptRelease]:
    """Read the counts of every published version of every quarter, but the one in a folder.

    A quarter may be published again after a later one; readers have that too.
    """
    folders: Sequence[Path] = [
        folder for label in study.published_quarters() for folder in study.versions_of(label)
    ]
    kept = [kept_counts(folder) for folder in folders if folder.resolve() != without.resolve()]
    return [one for one in kept if one is not None]

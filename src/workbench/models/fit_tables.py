"""Tables that every fit gives, whatever it is a fit of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from scipy.stats import t as t_distribution

from workbench.models.checks import Check
from workbench.models.design import Design, RandomBlock
from workbench.terms import CONFIDENCE


def groups_text(design: Design) -> str:
    """Say how many levels each group has: ``site_id: 12; practitioner_id: 150``."""
    levels = {block.term.group: len(block.levels) for block in design.blocks}
    return "; ".join(f"{group}: {count}" for group, count in levels.items())


def modes_table(
    blocks: Sequence[RandomBlock], modes: Iterable[np.ndarray], sds: Iterable[np.ndarray]
) -> pd.DataFrame:
    """Lay out conditional modes and their standard deviations, one row a level and term."""
    parts = [
        pd.DataFrame(
            {
                "group": block.term.group,
                "level": np.repeat(block.levels.to_numpy(), block.width),
                "term": np.tile(np.array(block.names, dtype=object), len(block.levels)),
                "mode": mode.ravel(),
                "sd": sd.ravel(),
            }
        )
        for block, mode, sd in zip(blocks, modes, sds, strict=True)
    ]
    return pd.concat(parts, ignore_index=True).astype(
        {"group": "str", "level": "str", "term": "str"}
    )


def checks_table(checks: Iterable[Check]) -> pd.DataFrame:
    """Lay out the checks of a fit: ``check, verdict, detail``."""
    rows = [(check.check, check.verdict, check.detail) for check in checks]
    return pd.DataFrame(rows, columns=["check", "verdict", "detail"], dtype="str")


def estimates_table(estimate: np.ndarray, error: np.ndarray, df: np.ndarray) -> pd.DataFrame:
    """Lay out estimates with their t intervals."""
    reach = t_distribution.ppf(0.5 + CONFIDENCE / 2, df) * error
    return pd.DataFrame(
        {
            "estimate": estimate,
            "std_error": error,
            "df": df,
            "conf_low": estimate - reach,
            "conf_high": estimate + reach,
        }
    )

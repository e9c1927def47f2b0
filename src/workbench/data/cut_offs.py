"""Whether scores reach a cut-off: yes, no, or nothing can be said."""

from __future__ import annotations

import pandas as pd

from workbench.data.instruments import DIGITS


def reaches(
    percent: pd.Series, at_least: pd.Series | float, above: pd.Series | bool = False
) -> pd.Series:
    """Whether each score reaches a cut-off; missing where there is no score or no cut-off.

    Parameters
    ----------
    percent
        Scores in percent.
    at_least
        The cut-off in percent.
    above
        Whether a score has to be above the cut-off, and not at it.
    """
    rounded = percent.round(DIGITS)
    strictly = pd.Series(above, index=percent.index)
    reached = (rounded > at_least) | ((rounded == at_least) & ~strictly)
    known = rounded.notna() & pd.Series(at_least, index=percent.index).notna()
    return reached.astype("boolean").where(known)


def every_component(reached: pd.Series, count: int) -> pd.Series:
    """Whether every component of a unit reaches its cut-off, by the unit of the index.

    One that falls short is enough for no. Where none does and one is without a score, nothing can
    be said, and it is missing.

    Parameters
    ----------
    reached
        Yes, no or missing for each component, with the unit as index.
    count
        How many components the instrument has.
    """
    levels = list(range(reached.index.nlevels))
    by_unit = reached.groupby(level=levels)
    known, full = by_unit.count(), by_unit.sum()
    every = pd.Series(True, index=known.index, dtype="boolean").where(known == count)
    return every.mask(full < known, False)

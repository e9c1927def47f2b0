"""Verdicts: which level a score reaches, by the cut-offs of each version of its instrument.

The same answers can pass under one version and fail under the next. What is compared is the
percent of the way from the lowest to the highest possible score, by the scale of the version in
which the answers were given.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.data.cut_offs import every_component, reaches
from workbench.data.facts import Instruments
from workbench.data.instruments import Instrument
from workbench.data.scoring import ANSWERED, INSTRUMENT_KEY


def verdicts(scores: pd.DataFrame, instruments: Instruments) -> pd.DataFrame:
    """Judge scored assessments by every version of their instrument that is defined.

    Parameters
    ----------
    scores
        From ``scoring.score_assessments``.
    instruments
        Instruments by identifier and version.

    Returns
    -------
    DataFrame
        The rows of ``scores`` once for each version, with ``judged_by`` (the version),
        ``cut_off`` (percent from which a score is adequate), ``level`` (name of the highest level
        reached; empty if none is, missing where nothing can be said) and ``meets``. A component is
        judged only by versions that have it, and not at all if the score is a sum.
    """
    parts = [
        _judged(scores[scores["instrument_id"] == identifier], instrument)
        for (identifier, _), instrument in instruments.items()
    ]
    filled = [part for part in parts if len(part)]
    columns = [*scores.columns, "judged_by", "cut_off", "level", "meets"]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=columns)


def _judged(scores: pd.DataFrame, instrument: Instrument) -> pd.DataFrame:
    known = {"", *(() if instrument.score == "sum" else instrument.components)}
    rows = scores[scores["component"].isin(known)].reset_index(drop=True)
    lowest = instrument.lowest_cut_off
    level = pd.Series("", index=rows.index, dtype="str").mask(rows["percent"].isna())
    meets = pd.Series(pd.NA, index=rows.index, dtype="boolean")
    for cut_off in sorted(instrument.cut_offs, key=lambda one: one.at_least):
        reached = reaches(rows["percent"], instrument.percent_of(cut_off.at_least), cut_off.above)
        if cut_off.each_component:
            reached = reached & _components_reach(rows, reached, len(instrument.components))
        level = level.mask(reached.fillna(False), cut_off.name).mask(reached.isna())
        if cut_off is lowest:
            meets = reached
    at_least = instrument.percent_of(lowest.at_least) if lowest else np.nan
    return rows.assign(judged_by=instrument.version, cut_off=at_least, level=level, meets=meets)


def _components_reach(rows: pd.DataFrame, reached: pd.Series, count: int) -> pd.Series:
    """Whether all components of a total reach a level; yes for the rows of components."""
    units = pd.MultiIndex.from_frame(rows[ANSWERED])
    parts = (rows["component"] != "").to_numpy()
    of_parts = pd.Series(reached.array, index=units)[parts]
    every = every_component(of_parts, count).reindex(units)
    return pd.Series(every.array, index=rows.index).mask(parts, True)


def share_verdicts(observations: pd.DataFrame, instruments: Instruments) -> pd.DataFrame:
    """Judge a site by its mean score and by the share of its scores that reach the cut-off.

    Only for versions whose rule asks for a share.

    Parameters
    ----------
    observations
        From ``scoring.score_observations``, with the site of each.
    instruments
        Instruments by identifier and version.

    Returns
    -------
    DataFrame
        One row a site and version: ``site_id``, the instrument, ``n_scores``, ``mean_score`` (in
        the unit of the cut-offs), ``mean_meets``, ``share`` and ``share_expected`` (percent),
        ``share_meets``.
    """
    rows = []
    scored = observations[observations["fidelity"].notna()]
    for (site, name, version), mine in scored.groupby(["site_id", *INSTRUMENT_KEY], sort=True):
        instrument = instruments[str(name), str(version)]
        level = instrument.lowest_cut_off
        if level is None or level.share_of_scores is None:
            continue
        mean = pd.Series([mine["fidelity"].mean()])
        share = float(mine["meets_cut_off"].mean() * 100)
        at_least = instrument.percent_of(level.at_least)
        rows.append(
            {
                "site_id": site,
                "instrument_id": instrument.instrument,
                "instrument_version": instrument.version,
                "n_scores": len(mine),
                "mean_score": float(instrument.in_own_unit(mean)[0]),
                "mean_meets": bool(reaches(mean, at_least, level.above)[0]),
                "share": share,
                "share_expected": level.share_of_scores,
                "share_meets": share >= level.share_of_scores,
            }
        )
    columns = ["site_id", *INSTRUMENT_KEY, "n_scores", "mean_score", "mean_meets", "share"]
    return pd.DataFrame(rows, columns=[*columns, "share_expected", "share_meets"])

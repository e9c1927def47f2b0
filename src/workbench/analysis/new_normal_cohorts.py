"""Whether people trained later stand lower than people trained earlier, at the same time.

Time since training is calendar time less the date of training. Of three straight lines, over age,
period and cohort, data can therefore tell only two sums: how one person's fidelity moves (age plus
period), and how people trained a year apart differ on the same day (cohort less age). The second is
what is asked here; see docs/methods/new_normal.md.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.errors import ModelRefused
from workbench.language import mark, say
from workbench.models.inference import combine_fixed
from workbench.models.mixed import fit_mixed_model
from workbench.models.mixed_fit import MixedModelFit
from workbench.quarters import DAYS_IN_A_QUARTER

COHORT_COLUMNS = ["cohort", "level", "level_low", "level_high", "n_practitioners"]
TRAINED_BEFORE = mark("trained before the series")
YEAR_TERM = "training_year_after_start"
FEWEST_NEW = 5
"""Practitioners trained after the start of the series below which nothing is said of them."""
FEWEST_DATED = 10
DAYS_IN_A_YEAR = 4 * DAYS_IN_A_QUARTER


def with_cohorts(
    by_observation: pd.DataFrame, practitioners: pd.DataFrame, generation: pd.Series | None = None
) -> pd.DataFrame:
    """Observations of practitioners with a date of training, with their cohort.

    Parameters
    ----------
    by_observation
        One row an observation.
    practitioners
        With ``practitioner_id`` and ``trained_on``; the latter may be absent.
    generation
        Step in the chain of trainers by ``practitioner_id``, or None.

    Returns
    -------
    DataFrame
        With ``training_year_after_start`` (years from the start of the series to the training, 0
        for those trained earlier), ``cohort``, and ``generation`` where it is known and varies.
    """
    known = practitioners.drop_duplicates("practitioner_id").set_index("practitioner_id")
    if "trained_on" not in known.columns or by_observation.empty:
        return by_observation.iloc[:0].assign(training_year_after_start=0.0, cohort="")
    trained = by_observation["practitioner_id"].map(known["trained_on"])
    first = by_observation.iloc[0]
    start = first["observed_on"] - pd.Timedelta(days=first["quarters"] * DAYS_IN_A_QUARTER)
    years = (trained - start).dt.total_seconds() / 86_400 / DAYS_IN_A_YEAR
    label = trained.dt.year.astype("Int64").astype("str").mask(years <= 0, TRAINED_BEFORE)
    frame = by_observation.assign(training_year_after_start=years.clip(lower=0.0), cohort=label)
    if generation is not None:
        step = by_observation["practitioner_id"].map(generation).astype(float)
        if len(step[trained.notna()].dropna().unique()) > 1:
            frame = frame.assign(generation=step)
            return frame[trained.notna() & step.notna()]
    return frame[trained.notna()]


def why_not_cohorts(frame: pd.DataFrame) -> str:
    """Why cohorts can't be set side by side; empty if they can."""
    years = frame.groupby("practitioner_id")[YEAR_TERM].first()
    new = int((years > 0).sum())
    if len(years) >= FEWEST_DATED and new >= FEWEST_NEW and years.std() > 0:
        return ""
    return say(
        "{new} of {dated} practitioners with a date of training were trained after the series "
        "began; it takes {fewest_new} of {fewest_dated} or more.",
        new=new,
        dated=len(years),
        fewest_new=FEWEST_NEW,
        fewest_dated=FEWEST_DATED,
    )


def cohort_fit(frame: pd.DataFrame, formula: str, term: str) -> MixedModelFit | None:
    """Fit the growth model with a term for the cohort; None where there is no fit to use."""
    parts = [formula, term, *(["generation"] if "generation" in frame.columns else [])]
    try:
        fit = fit_mixed_model(" + ".join(parts), frame)
    except ModelRefused:
        return None
    return fit if fit.usable else None


def cohort_levels(frame: pd.DataFrame, formula: str) -> pd.DataFrame:
    """Each cohort's modelled level beside the earliest cohort's, at the same calendar time.

    Returns
    -------
    DataFrame
        See ``COHORT_COLUMNS``, the earliest cohort first, with level 0 and no interval.
    """
    people = frame.groupby("cohort")["practitioner_id"].nunique()
    names = sorted(people.index, key=lambda name: (name != TRAINED_BEFORE, name))
    if len(names) < 2:
        return pd.DataFrame(columns=COHORT_COLUMNS)
    order = pd.Categorical(frame["cohort"], categories=names)
    fit = cohort_fit(frame.assign(cohort=order), formula, "cohort")
    if fit is None:
        return pd.DataFrame(columns=COHORT_COLUMNS)
    terms = list(fit.design.fixed_names)
    rows = np.eye(len(terms))[[terms.index(f"cohort[T.{name}]") for name in names[1:]]]
    found = combine_fixed(fit, rows, "satterthwaite")
    blank = [np.nan]
    return pd.DataFrame(
        {
            "cohort": pd.Series(names, dtype="str"),
            "level": [0.0, *found["estimate"]],
            "level_low": blank + list(found["conf_low"]),
            "level_high": blank + list(found["conf_high"]),
            "n_practitioners": people.reindex(names).to_numpy(),
        }
    )[COHORT_COLUMNS]

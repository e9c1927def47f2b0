"""The model of a tie between a driver and fidelity, and what a model gave."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from workbench.analysis.growth_design import growth_design, one_site_each
from workbench.errors import ModelRefused
from workbench.language import say
from workbench.models.inference import compare_fits, tidy_kenward_roger
from workbench.models.mixed import fit_mixed_model
from workbench.models.mixed_fit import MixedModelFit

WITHIN, BETWEEN = "driver_within", "driver_between"
RATERS = "(1 | rater_id)"
ASSESSMENT = "(1 | assessment)"
AT_SITES, SLOPE = " | site_id)", f" + {WITHIN}"
POOLED_ABOVE = 0.40
"""P-value of the test that the tie is the same at all sites above which it is held to be."""
FEWEST_SITES_WITH_A_SLOPE = 8
FEWEST_ASSESSMENTS_FOR_A_SLOPE = 4


@dataclass(frozen=True)
class Tie:
    """A tie as a model gave it.

    Attributes
    ----------
    numbers
        ``within, within_low, within_high, between, between_low, between_high, p_value``; empty
        where the model could not be used.
    model
        The model, as lme4 writes it.
    reason
        Why there is no number, or for what the model has no place.
    """

    numbers: dict[str, float] = field(default_factory=dict)
    model: str = ""
    reason: str = ""


def tie_of_scores(frame: pd.DataFrame) -> Tie:
    """Fit fidelity scores, in points.

    The model is the growth model of these observations, so that a site's own course is not taken
    for a tie, with an effect of each assessment: a driver has one value for all observations that
    follow an assessment of a site, and they share more than that driver. Where the design carries
    it the tie may differ between sites. It is held to be one only where a test of the difference
    gives hardly a hint of it (Bancroft 1964, Biometrics 20, 427-442, on pooling at liberal
    levels); intervals are then by Kenward and Roger, else by Satterthwaite. The study in
    benchmarks/driver_ties_study.py shows what they cover.
    """
    differing = tie_formula(frame)
    one_size = differing.replace(f"{SLOPE}{AT_SITES}", AT_SITES)
    nested = one_site_each(frame)
    try:
        pooled = fit_mixed_model(one_size, nested)
        fit = fit_mixed_model(differing, nested) if differing != one_size else pooled
    except ModelRefused as error:
        why = say("The model can't be fitted. {error}", error=error)
        return Tie(model=differing, reason=why)
    if not fit.usable or _may_be_pooled(pooled, fit):
        if not pooled.usable:
            return Tie(model=one_size, reason=pooled.why_not)
        return Tie(numbers_of(_tidy_in_small_samples(pooled).set_index("term")), one_size)
    return Tie(numbers_of(fit.tidy().set_index("term")), differing)


def _may_be_pooled(pooled: MixedModelFit, differing: MixedModelFit) -> bool:
    """Whether one size of the tie describes all sites as well as one for each."""
    if pooled is differing:
        return True
    return bool(compare_fits(pooled, differing)["p_value"].iloc[0] > POOLED_ABOVE)


def _tidy_in_small_samples(fit: MixedModelFit) -> pd.DataFrame:
    """Kenward and Roger's table; Satterthwaite's where the sample is too large for it."""
    try:
        return tidy_kenward_roger(fit)
    except ModelRefused:
        return fit.tidy()


def tie_formula(frame: pd.DataFrame) -> str:
    """Write the model of a tie that the observations can carry."""
    parts = [part for part in growth_design(frame).formula.split(" + (") if part]
    fixed, *random = [parts[0], *(f"({part}" for part in parts[1:])]
    between = [BETWEEN] if _varies(frame[BETWEEN]) else []
    random = [_with_slope(part, frame) for part in random if part != RATERS]
    return " + ".join([fixed, WITHIN, *between, *random, ASSESSMENT])


def _with_slope(part: str, frame: pd.DataFrame) -> str:
    """Let the tie differ between sites where enough of them have enough assessments."""
    if not part.endswith(AT_SITES):
        return part
    counts = frame.drop_duplicates("assessment").groupby("site_id").size()
    able = int((counts >= FEWEST_ASSESSMENTS_FOR_A_SLOPE).sum())
    if able < FEWEST_SITES_WITH_A_SLOPE:
        return part
    return part.replace(AT_SITES, f"{SLOPE}{AT_SITES}")


def _varies(column: pd.Series) -> bool:
    return len(column.unique()) > 1


def numbers_of(tidy: pd.DataFrame) -> dict[str, float]:
    """Numbers of a tie from a tidy table with terms as its index."""
    found = {"p_value": float(tidy["p_value"][WITHIN])}
    for name, term in (("within", WITHIN), ("between", BETWEEN)):
        known = term in tidy.index
        for ending, column in (("", "estimate"), ("_low", "conf_low"), ("_high", "conf_high")):
            found[f"{name}{ending}"] = float(tidy[column][term]) if known else np.nan
    return found

"""Ties and drift of fidelity that is a count: visits that met a standard, out of all visits.

The model is binomial with the denominator as it is, so that 12 visits weigh less than 249.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.analysis.driver_ties_models import (
    ASSESSMENT,
    WITHIN,
    Tie,
    numbers_of,
    tie_formula,
)
from workbench.analysis.growth_design import growth_design, one_site_each
from workbench.errors import ModelRefused
from workbench.language import say
from workbench.models.items import fit_item_model
from workbench.terms import CONFIDENCE

COUNT = "(1 | count_of)"
DRIFT_COLUMNS = [
    "log_odds",
    "std_error",
    "points",
    "points_low",
    "points_high",
    "p_value",
    "n_observations",
    "n_sites",
    "model",
    "reason",
]


def tie_of_counts(frame: pd.DataFrame) -> Tie:
    """Fit counts met of a denominator, on the logit scale; ties are told in points at the mean.

    The groups are those of the model of scores. Each count has an effect of its own, since visits
    of one clinic in one quarter are not so many independent answers. Wald's intervals are too
    short with few sites, so t stands in for the normal distribution: with one less than the
    sites as degrees of freedom where the tie may differ between sites, else with what the
    assessments have beyond the sites (containment, as in SAS).
    """
    formula = tie_formula(frame).replace("fidelity ~", "met ~")
    one_each = frame["assessment"].nunique() == len(frame)
    formula = formula.replace(ASSESSMENT, COUNT) if one_each else f"{formula} + {COUNT}"
    model = f"{formula}, binomial, denominator weight"
    try:
        fit = fit_item_model(formula, as_counts(frame), "binomial", denominator="weight")
    except ModelRefused as error:
        return Tie(model=model, reason=say("The model can't be fitted. {error}", error=error))
    if not fit.usable:
        return Tie(model=model, reason=fit.why_not)
    sites = frame["site_id"].nunique()
    beyond = sites if f"{WITHIN} | site_id)" in formula else frame["assessment"].nunique() - sites
    tidy = _with_t(fit.tidy().set_index("term"), max(beyond - 1, 1))
    mean = float(np.average(frame["fidelity"], weights=frame["weight"])) / 100
    points = {
        name: value if name == "p_value" else _points(value, mean)
        for name, value in numbers_of(tidy).items()
    }
    return Tie(points, model)


def _with_t(tidy: pd.DataFrame, df: int) -> pd.DataFrame:
    """Intervals and tests by t instead of the normal distribution."""
    from scipy import stats

    reach = stats.t.ppf((1 + CONFIDENCE) / 2, df) * tidy["std_error"]
    return tidy.assign(
        p_value=2 * stats.t.sf(tidy["statistic"].abs(), df),
        conf_low=tidy["estimate"] - reach,
        conf_high=tidy["estimate"] + reach,
    )


def drift_of_counts(by_observation: pd.DataFrame) -> pd.DataFrame:
    """Change a quarter of a share of counts, by the same kind of model without a driver.

    Parameters
    ----------
    by_observation
        As for ``driver_ties``, with the denominators in ``weight``.

    Returns
    -------
    DataFrame
        One row: ``log_odds`` a quarter and its ``std_error``; ``points`` of percent a quarter at
        the mean share, with a 95% interval by t on one less than the sites; ``p_value,
        n_observations, n_sites, model, reason``.
    """
    sites = by_observation["site_id"].nunique()
    row: dict[str, object] = dict.fromkeys(DRIFT_COLUMNS, np.nan)
    row |= {"n_observations": len(by_observation), "n_sites": sites, "model": "", "reason": ""}
    formula = growth_design(by_observation).formula.replace("fidelity ~", "met ~")
    formula = f"{formula} + {COUNT}"
    row["model"] = f"{formula}, binomial, denominator weight"
    if "| site_id)" not in formula:
        row["reason"] = say("there are too few sites with a course of their own.")
        return pd.DataFrame([row], columns=DRIFT_COLUMNS)
    try:
        fit = fit_item_model(formula, as_counts(by_observation), "binomial", denominator="weight")
        reason = fit.why_not
    except ModelRefused as error:
        reason = say("The model can't be fitted. {error}", error=error)
    if reason:
        return pd.DataFrame([{**row, "reason": reason}], columns=DRIFT_COLUMNS)
    tidy = _with_t(fit.tidy(), sites - 1)
    found = tidy[tidy["term"] == "quarters"].to_dict("records")[0]
    mean = float(np.average(by_observation["fidelity"], weights=by_observation["weight"])) / 100
    row |= {
        "log_odds": float(found["estimate"]),
        "std_error": float(found["std_error"]),
        "points": _points(float(found["estimate"]), mean),
        "points_low": _points(float(found["conf_low"]), mean),
        "points_high": _points(float(found["conf_high"]), mean),
        "p_value": float(found["p_value"]),
    }
    return pd.DataFrame([row], columns=DRIFT_COLUMNS)


def as_counts(frame: pd.DataFrame) -> pd.DataFrame:
    """Add ``met``, the count behind each share, and ``count_of``, a name for each count."""
    counts = frame.assign(
        met=np.rint(frame["fidelity"] * frame["weight"] / 100),
        count_of=np.arange(len(frame)).astype(str),
    )
    return one_site_each(counts)


def _points(log_odds: float, mean: float) -> float:
    """Points of percent by which a mean share moves with a step of log odds."""
    before = np.log(mean) - np.log1p(-mean)
    return float(100 / (1 + np.exp(-before - log_odds)) - 100 * mean)

"""The models of what goes with a pressure: one at a time, on the slope, and all together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from workbench.analysis.growth_design import growth_design, one_site_each
from workbench.errors import ModelRefused
from workbench.language import say
from workbench.models.inference import tidy_kenward_roger
from workbench.models.mixed import fit_mixed_model
from workbench.models.mixed_fit import MixedModelFit
from workbench.models.relative_importance_collinearity import variance_inflation

RATERS = "(1 | rater_id)"
SHARED = "(1 | shared)"
FEWEST_QUARTERS = 3
NO_SPREAD = 1e-8
WITHIN, BETWEEN, ON_SLOPE = "within", "between", "between_by_quarters"


def told(frame: pd.DataFrame, terms: Sequence[str], small: bool) -> tuple[pd.DataFrame, str]:
    """Fit the growth model of these observations with further terms.

    What everyone at a site shares in a period has a random effect, so that a pressure of the site
    is not taken to be known from each practitioner anew. It takes the place of raters' effects,
    since the engine has room for one crossed group.

    Parameters
    ----------
    frame
        One row an observation, with ``shared`` and the columns of the terms.
    terms
        Columns added to the fixed part.
    small
        Whether to seek Kenward and Roger's intervals: for pressures that few sites have.

    Returns
    -------
    tuple
        Tidy estimates with terms as index, and an empty text; or no rows and the reason.
    """
    if frame["quarter"].nunique() < FEWEST_QUARTERS:
        return pd.DataFrame(), say("observations are in fewer than three quarters.")
    formula = growth_design(frame).formula
    parts = [part for part in formula.split(" + (") if part]
    random = [f"({part}" for part in parts[1:]]
    formula = " + ".join([parts[0], *terms, *(part for part in random if part != RATERS), SHARED])
    try:
        fit = fit_mixed_model(formula, one_site_each(frame))
    except ModelRefused as error:
        return pd.DataFrame(), say("the model can't be fitted. {why}", why=error)
    if not fit.usable:
        return pd.DataFrame(), fit.why_not
    return _tidy(fit, small).set_index("term"), ""


def _tidy(fit: MixedModelFit, small: bool) -> pd.DataFrame:
    if not small:
        return fit.tidy()
    try:
        return tidy_kenward_roger(fit)
    except ModelRefused:
        return fit.tidy()


def one_at_a_time(frame: pd.DataFrame, of_site: bool, moves: bool) -> dict[str, object]:
    """Tell what goes with one pressure: on the level, within and between, and on the slope.

    Parameters
    ----------
    frame
        As :func:`pressures_rows.with_one_pressure` gives it.
    of_site
        Whether it is the site's.
    moves
        Whether it changes within practitioners or sites.
    """
    varies = float(np.ptp(frame[BETWEEN])) > NO_SPREAD
    terms = [WITHIN] * moves + [BETWEEN] * varies
    if not terms:
        return {"reason": say("it is the same everywhere and always.")}
    found, reason = told(frame, terms, of_site)
    if reason:
        return {"reason": reason}
    numbers: dict[str, object] = {}
    for term in terms:
        numbers |= ends(found.loc[[term]].iloc[0], term, f"{term}_")
    if moves:
        numbers["p_value"] = float(found["p_value"][WITHIN])
    if varies:
        # Time from the middle, so that the level is that of the middle of the series.
        middle = frame["quarters"] - frame["quarters"].mean()
        bent = frame.assign(**{ON_SLOPE: frame[BETWEEN] * middle})
        slopes, _ = told(bent, [*terms, ON_SLOPE], small=False)
        if len(slopes):
            numbers |= ends(slopes.loc[[ON_SLOPE]].iloc[0], "on_slope", "on_slope_")
    return numbers


def all_together(frame: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Tell what goes with each pressure when all of them are allowed for.

    Returns
    -------
    DataFrame
        One row a pressure: ``name, joint_within, joint_low, joint_high, vif, moves_with`` (the
        other that it is most alike). No rows where the model can't be fitted.
    """
    terms = [f"{WITHIN}_{name}" for name in names]
    found, reason = told(frame, terms, small=False)
    if reason:
        return pd.DataFrame(columns=["name", "joint_within", "joint_low", "joint_high", "vif"])
    likeness = np.cov(frame[terms].to_numpy(float).T)
    alike = np.abs(np.corrcoef(frame[terms].to_numpy(float).T))
    np.fill_diagonal(alike, -1.0)
    inflation = variance_inflation(likeness)
    rows = [
        {
            "name": name,
            **ends(found.loc[[term]].iloc[0], "joint_within", "joint_"),
            "vif": inflation[place],
            "moves_with": names[int(alike[place].argmax())],
        }
        for place, (name, term) in enumerate(zip(names, terms, strict=True))
    ]
    return pd.DataFrame(rows)


def ends(row: pd.Series, name: str, stem: str) -> dict[str, float]:
    """Estimate and interval of a term under the names of the table."""
    return {
        name: float(row["estimate"]),
        f"{stem}low": float(row["conf_low"]),
        f"{stem}high": float(row["conf_high"]),
    }

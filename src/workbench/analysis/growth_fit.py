"""The growth model with further fixed terms, or the reason why there is none that can be used."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from workbench.analysis.growth_design import growth_design, one_site_each
from workbench.errors import ModelRefused
from workbench.language import say
from workbench.models.mixed import fit_mixed_model
from workbench.models.mixed_fit import MixedModelFit

FEWEST_QUARTERS = 3


def fit_growth(
    frame: pd.DataFrame, extra: Sequence[str] = (), reml: bool = True
) -> tuple[MixedModelFit | None, str]:
    """Fit the fullest growth model that the observations can carry, with further fixed terms.

    Parameters
    ----------
    frame
        One row an observation, with the columns of the further terms.
    extra
        Terms added to the fixed part.
    reml
        Restricted likelihood, or plain.

    Returns
    -------
    tuple
        The fit and an empty text; or None and the reason.
    """
    quarters = frame["quarter"].nunique()
    if quarters < FEWEST_QUARTERS:
        return None, say(
            "there are observations in {quarters} quarters, and a course needs three.",
            quarters=quarters,
        )
    formula = growth_design(frame).formula
    if "|" not in formula:
        return None, say(
            "there are too few practitioners, sites or raters to model their differences."
        )
    try:
        fit = fit_mixed_model(" + ".join([formula, *extra]), one_site_each(frame), reml=reml)
    except ModelRefused as error:
        return None, say(
            "the model that these observations need can't be fitted. {error}", error=error
        )
    return (fit, "") if fit.usable else (None, fit.why_not)

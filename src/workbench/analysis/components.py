"""Components of practice over time: which part goes first, and what small departures add up to.

Each component has a slope of its own, and a slope beside the whole of the same observations. The
first says how far that part of practice has moved; the second which part goes before the others,
whatever all of them do together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench import terms
from workbench.analysis.components_adaptations import Adaptations, count_adaptations
from workbench.analysis.components_fits import GrowthModels, Slope, Span, departure_columns
from workbench.analysis.components_together import CORE, TOUCHED, move_together
from workbench.analysis.components_whole import HEADER, ComponentScores, component_scores
from workbench.analysis.mechanism_test import MechanismTest
from workbench.language import mark, say
from workbench.models.multiple_tests import holm
from workbench.settings import Thresholds
from workbench.shown import Shown

ERROR_RATE = 0.05
"""Chance of naming a component that goes first where none does, over all components."""
BESIDE_UNIT = mark("points a quarter beside the whole")
NO_COMPONENT = mark("no component of practice was scored.")
ONE_COMPONENT = mark("it stands alone: no other component is scored in the same observations.")
MOVEMENT_COLUMNS = [
    "component",
    "component_title",
    "component_order",
    "core",
    "slope",
    "slope_low",
    "slope_high",
    "own_slope",
    "own_slope_low",
    "own_slope_high",
    "departure",
    "departure_low",
    "departure_high",
    "within_tolerance",
    "p_value",
    "p_adjusted",
    "order_of_departure",
    "since",
    "n_observations",
    "n_practitioners",
    "reason",
]
MODEL_COLUMNS = ["what", "component", "formula", "n_obs", "singular", "reason"]


@dataclass(frozen=True)
class ComponentMovement(Shown):
    """How the components of practice move.

    Attributes
    ----------
    movement
        One row a component, in the instrument's order: ``slope`` beside the whole and
        ``own_slope`` (points a quarter), ``departure`` (points from the start of the component's
        series to the end of the report quarter), ``within_tolerance`` (whether the own slope is
        smaller than the smallest change that matters), ``p_value`` that it does not fall both
        beside the whole and by itself, ``p_adjusted`` (Holm), ``order_of_departure`` (1 goes
        first; missing for components that are not seen to go).
    together
        Movement of several components as one: ``what`` is "core", or "touched by adaptations".
        The network, and each site where sites have slopes of their own.
    adaptations
        What the log of adaptations holds, or None where none was handed in.
    models
        One row a model: ``what, component, formula, n_obs, singular, reason``.
    test
        Evidence for component erosion.
    quarter
        Quarter of the report.
    """

    movement: pd.DataFrame
    together: pd.DataFrame
    adaptations: Adaptations | None
    models: pd.DataFrame
    test: MechanismTest
    quarter: str

    def tables(self) -> dict[str, pd.DataFrame]:
        """Evidence tables by name."""
        tables = {
            "component_movement": self.movement,
            "components_together": self.together,
            "component_models": self.models,
        }
        if self.adaptations is not None:
            tables["adaptations_by_component"] = self.adaptations.by_component
        return tables


def component_movement(
    components: pd.DataFrame,
    adaptations: pd.DataFrame | None = None,
    practitioners: pd.DataFrame | None = None,
    core: Mapping[str, bool] | None = None,
    now: float = 0.0,
    quarter: str = "",
    thresholds: Thresholds | None = None,
    fiscal_year_starts: int = 1,
) -> ComponentMovement:
    """Tell how components move, beside one another and together.

    Parameters
    ----------
    components
        One row an observation and component: ``observation_id``, ``practitioner_id``,
        ``site_id``, ``quarter``, ``quarters``, ``component``, ``component_title``,
        ``component_order``, ``fidelity``; ``rater_role`` and ``rater_id`` where known.
    adaptations
        The log, or None: ``noted_on``, ``component``, ``planned``, ``fidelity_consistent``, and
        ``practitioner_id`` or ``site_id`` or both.
    practitioners
        ``practitioner_id`` and ``site_id``; without them, those who were observed.
    core
        Whether each component, by its id, belongs to the core of the practice model.
    now
        End of the report quarter on the scale of ``quarters``.
    quarter
        Its label.
    thresholds
        The smallest change that matters.
    fiscal_year_starts
        Month in which the fiscal year starts.
    """
    thresholds = thresholds or Thresholds()
    core = core or {}
    named = components if len(components) else _no_components()
    scores = component_scores(named)
    models = GrowthModels(scores.observations)
    own = models.slopes(scores.scores)
    compared = scores.beside.loc[:, scores.beside.notna().any()]
    beside = models.slopes(compared)
    movement = _movement(named, scores, own, beside, core, now, thresholds)
    log = None
    if adaptations is not None:
        log = count_adaptations(adaptations, named, practitioners, quarter, fiscal_year_starts)
    sets = {CORE: [name for name in map(str, scores.scores.columns) if core.get(name, False)]}
    if log is not None and log.touched:
        sets[TOUCHED] = list(log.touched)
    together, fits = move_together(scores, models, sets, now)
    fitted = _models({"own": own, "beside the whole": beside, "together": fits})
    return ComponentMovement(movement, together, log, fitted, _test(movement), quarter)


def _no_components() -> pd.DataFrame:
    names = [*HEADER, "component", "component_title", "component_order", "fidelity"]
    return pd.DataFrame({name: pd.Series(dtype="str") for name in names}).astype(
        {"quarters": "float64", "fidelity": "float64", "component_order": "float64"}
    )


def _movement(
    components: pd.DataFrame,
    scores: ComponentScores,
    own: Mapping[str, Slope],
    beside: Mapping[str, Slope],
    core: Mapping[str, bool],
    now: float,
    thresholds: Thresholds,
) -> pd.DataFrame:
    about = components.drop_duplicates("component").set_index("component")
    rows = []
    for name in map(str, scores.scores.columns):
        mine = beside.get(name, Slope(reason=say(ONE_COMPONENT)))
        span = Span.of(scores.observations[scores.scores[name].notna()], now)
        rows.append(
            {
                "component": name,
                "component_title": about.loc[name, "component_title"],
                "component_order": about.loc[name, "component_order"],
                "core": bool(core.get(name, False)),
                "slope": mine.estimate,
                "slope_low": mine.conf_low,
                "slope_high": mine.conf_high,
                "own_slope": own[name].estimate,
                "own_slope_low": own[name].conf_low,
                "own_slope_high": own[name].conf_high,
                **departure_columns(own[name], span),
                "p_value": np.minimum(
                    1.0, 2 * np.maximum(mine.chance_below, own[name].chance_below)
                ),
                "reason": own[name].reason or mine.reason,
            }
        )
    table = pd.DataFrame(rows, columns=MOVEMENT_COLUMNS)
    table["p_value"] = table["p_value"].astype("float64")
    size = table["own_slope"].astype("float64").abs()
    tolerated = (size < thresholds.smallest_change_that_matters).astype("boolean")
    table["within_tolerance"] = tolerated.mask(size.isna())
    table["core"] = table["core"].astype("bool")
    table["p_adjusted"] = holm(table["p_value"])
    goes = table["p_adjusted"] < ERROR_RATE
    table["order_of_departure"] = table["slope"].where(goes).rank(method="first").astype("Int64")
    return table.sort_values(["component_order", "component"], ignore_index=True)


def _models(kinds: Mapping[str, Mapping[str, Slope]]) -> pd.DataFrame:
    rows = [
        {
            "what": what,
            "component": name,
            "formula": one.formula,
            "n_obs": one.fit.design.n_obs if one.fit else 0,
            "singular": one.fit.singular if one.fit else False,
            "reason": one.reason,
        }
        for what, found in kinds.items()
        for name, one in found.items()
    ]
    return pd.DataFrame(rows, columns=MODEL_COLUMNS)


def _test(movement: pd.DataFrame) -> MechanismTest:
    """Evidence that a component falls beside the whole and by itself.

    The p-value is the smallest adjusted one: it is against no component falling so. The estimate
    is that of the component that goes first; where none is seen to go, of the one with that
    p-value, or else the one that falls most beside the whole.
    """
    tested = movement[movement["p_adjusted"].notna()]
    if tested.empty:
        reasons = movement["reason"].tolist()
        reason = reasons[0] if reasons else say(NO_COMPONENT)
        return MechanismTest(terms.COMPONENT_EROSION, reason=reason)
    row = tested.sort_values(["order_of_departure", "p_value", "slope"]).iloc[0]
    return MechanismTest(
        terms.COMPONENT_EROSION,
        estimate=float(row["slope"]),
        conf_low=float(row["slope_low"]),
        conf_high=float(row["slope_high"]),
        unit=BESIDE_UNIT,
        p_value=float(tested["p_adjusted"].min()),
        in_its_direction=bool(row["slope"] < 0 and row["own_slope"] < 0),
        n=int(row["n_observations"]),
        n_practitioners=int(row["n_practitioners"]),
        detail=str(row["component_title"]),
    )

"""Fidelity over time: where practice stands, which way it moves, and where sites come apart.

Quarterly means describe what was seen. The growth model says which way it moves: one fit serves
the network and all sites, so that a small site borrows strength from the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench import terms
from workbench.analysis import fidelity_course, fidelity_trajectories
from workbench.analysis.direction import RulerMovement
from workbench.analysis.fidelity_breaks import breaks_of
from workbench.analysis.fidelity_trajectories import Asked
from workbench.analysis.growth_design import GrowthDesign, growth_design, one_site_each
from workbench.errors import ModelRefused
from workbench.language import mark, say
from workbench.models.clustered import clustered_mean
from workbench.models.mixed import fit_mixed_model
from workbench.models.mixed_fit import MixedModelFit
from workbench.settings import Thresholds
from workbench.shown import Shown

FEWEST_QUARTERS = 3


@dataclass(frozen=True)
class FidelityOverTime(Shown):
    """Fidelity over time, described and modelled.

    Attributes
    ----------
    by_observation
        The observations used.
    by_quarter
        One row a scope, site and quarter: mean ``fidelity`` with interval, ``n_observations``,
        ``n_practitioners``, ``share_at_cut_off``.
    components_by_quarter
        The same for each component.
    design
        The growth model that the observations can carry.
    fit
        Its fit, or None where there is none.
    why_no_fit
        Why there is no fit that can be used; empty if there is.
    trajectories
        One row the network and one a site: slope and level with intervals, probabilities, state,
        and the months to the cut-off where practice drifts towards it.
    teams, practitioners
        The same for each supervisor's team and each practitioner seen within the last year.
    course
        Modelled fidelity by quarter, as rated, with its band.
    spread
        Standard deviation between sites' levels by quarter.
    spread_change
        Its ratio from first to last quarter with interval and ``p_value``; empty if not modelled.
    ruler
        The raters' own movement that was taken off the slopes; None if nothing was.
    cut_off
        Cut-off of the latest observation that has one, in percent; NaN if none has.
    quarter
        Quarter of the report.
    """

    by_observation: pd.DataFrame
    by_quarter: pd.DataFrame
    components_by_quarter: pd.DataFrame
    design: GrowthDesign
    fit: MixedModelFit | None
    why_no_fit: str
    trajectories: pd.DataFrame
    teams: pd.DataFrame
    practitioners: pd.DataFrame
    course: pd.DataFrame
    spread: pd.DataFrame
    spread_change: dict[str, float]
    ruler: RulerMovement | None
    cut_off: float
    quarter: str

    def tables(self) -> dict[str, pd.DataFrame]:
        """Evidence tables by name."""
        tables = {
            "fidelity_by_quarter": self.by_quarter,
            "components_by_quarter": self.components_by_quarter,
            "trajectories": self.trajectories,
            "team_trajectories": self.teams,
            "practitioner_trajectories": self.practitioners,
            "practitioner_states": fidelity_trajectories.states_of_practitioners(
                self.practitioners
            ),
            "modelled_course": self.course,
            "spread_between_sites": self.spread,
            "breaks": breaks_of(self.by_observation),
        }
        if self.fit is not None and not self.why_no_fit:
            tables["growth_terms"] = self.fit.tidy()
            tables["growth_variances"] = self.fit.var_corr()
            tables["growth_glance"] = self.fit.glance()
            tables["growth_checks"] = self.fit.diagnostics()
            tables["variance_shares"] = variance_shares(self.fit)
        return tables


_LEVELS = {
    "site_id": mark("Between sites"),
    "practitioner_id": mark("Between practitioners of a site"),
    "rater_id": mark("Between raters"),
    "Residual": mark("From one observation to the next"),
}


def variance_shares(fit: MixedModelFit) -> pd.DataFrame:
    """Where the variation sits: one row a level with ``title``, ``share`` and ``std_dev``."""
    shares = fit.icc()
    return pd.DataFrame(
        {
            "title": shares["group"].map(_LEVELS),
            "share": shares["share"],
            "std_dev": np.sqrt(shares["variance"]),
        }
    )


def fidelity_over_time(
    by_observation: pd.DataFrame,
    components: pd.DataFrame,
    quarter: str,
    now: float,
    thresholds: Thresholds,
    site_ids: Sequence[str] = (),
    ruler: RulerMovement | None = None,
) -> FidelityOverTime:
    """Describe and model fidelity over time.

    Parameters
    ----------
    by_observation
        One row an observation: ``fidelity`` in percent, ``quarters``, ``quarter``, ``weight``,
        ``meets_cut_off``, ``rater_role``, ``rater_id``, ``practitioner_id``, ``site_id``.
    components
        One row an observation and component, with ``component``, ``component_title``,
        ``component_order`` and ``fidelity``.
    quarter
        Quarter of the report.
    now
        Its end on the scale of ``quarters``.
    thresholds
        What counts as a change, and how sure one must be.
    site_ids
        All sites of the network, so that one where nobody was observed is told.
    ruler
        The raters' own movement where it was established, to be taken off every slope.
    """
    by_quarter = _by_scope(by_observation, _quarter_rows, ["quarter"])
    by_component = pd.DataFrame(columns=["scope", "site_id", "quarter", "component"])
    if len(components):
        names = ["quarter", "component_order", "component", "component_title"]
        by_component = _by_scope(components, _mean_row, names).drop(columns="component_order")
    design = growth_design(by_observation)
    fit, why_no_fit = _fit(by_observation, design)
    stays = one_site_each(by_observation)
    asked = None
    if fit is not None and not why_no_fit:
        asked = Asked(fit, design, now, thresholds, ruler)
    moving = fidelity_trajectories.trajectories(stays, asked, why_no_fit)
    trajectories, people, teams = moving.network_and_sites, moving.practitioners, moving.teams
    course = pd.DataFrame(columns=fidelity_course.COURSE_COLUMNS)
    spread, change = pd.DataFrame(columns=fidelity_course.SPREAD_COLUMNS), {}
    cut_off = _latest_cut_off(by_observation)
    if asked is not None:
        trajectories = _with_months(trajectories, cut_off, asked)
        people = fidelity_course.add_months_to_cut_off(
            people, cut_off, ("site_id", "practitioner_id"), asked
        )
        members = fidelity_trajectories.members_of(
            teams, fidelity_trajectories.still_seen(stays, asked)
        )
        teams = fidelity_course.add_months_to_cut_off(
            teams, cut_off, ("site_id", "practitioner_id"), asked, members
        )
        course = fidelity_course.modelled_course(stays, asked)
        spread = fidelity_course.spread_between_sites(stays, asked)
        change = fidelity_course.change_of_spread(stays, asked)
    return FidelityOverTime(
        by_observation,
        by_quarter,
        by_component,
        design,
        fit,
        why_no_fit,
        _with_unobserved(trajectories, site_ids),
        teams,
        people,
        course,
        spread,
        change,
        asked.ruler if asked else None,
        cut_off,
        quarter,
    )


def _latest_cut_off(frame: pd.DataFrame) -> float:
    """Cut-off of the latest observation that has one; NaN if none has."""
    known = frame[frame["cut_off"].notna()]
    return float(known.sort_values("quarters")["cut_off"].iloc[-1]) if len(known) else np.nan


def _with_months(trajectories: pd.DataFrame, cut_off: float, asked: Asked) -> pd.DataFrame:
    """Trajectories of network and sites with the months to the cut-off."""
    of_network = trajectories["scope"] == "network"
    parts = [
        fidelity_course.add_months_to_cut_off(trajectories[of_network], cut_off, (), asked),
        fidelity_course.add_months_to_cut_off(
            trajectories[~of_network], cut_off, ("site_id",), asked
        ),
    ]
    return pd.concat(parts, ignore_index=True)


def _by_scope(frame: pd.DataFrame, row: object, names: list[str]) -> pd.DataFrame:
    """Rows of the network, then of each site, for each group of ``names``."""
    whole = frame.assign(scope="network", site_id="")
    sites = frame.assign(scope="site")
    rows = []
    for part in (whole, sites):
        for key, group in part.groupby(["scope", "site_id", *names], sort=True):
            about = dict(zip(["scope", "site_id", *names], key, strict=True))
            rows.append({**about, **row(group)})  # type: ignore[operator]
    return pd.DataFrame(rows) if rows else pd.DataFrame(columns=["scope", "site_id", *names])


def _mean_row(group: pd.DataFrame) -> dict[str, object]:
    weights = group["weight"] if "weight" in group.columns else None
    mean = clustered_mean(group["fidelity"], group["practitioner_id"], weights)
    return {
        "fidelity": mean.estimate,
        "conf_low": float(np.clip(mean.conf_low, 0, 100)),
        "conf_high": float(np.clip(mean.conf_high, 0, 100)),
        "n_observations": mean.n,
        "n_practitioners": mean.n_clusters,
    }


def _quarter_rows(group: pd.DataFrame) -> dict[str, object]:
    meets = group["meets_cut_off"]
    share = float(meets.mean()) if meets.notna().any() else np.nan
    return {**_mean_row(group), "share_at_cut_off": share}


def _fit(frame: pd.DataFrame, design: GrowthDesign) -> tuple[MixedModelFit | None, str]:
    quarters = frame["quarter"].nunique()
    if quarters < FEWEST_QUARTERS:
        return None, say(
            "there are observations in {quarters} quarters, and a course needs three.",
            quarters=quarters,
        )
    if "|" not in design.formula:
        return None, say(
            "there are too few practitioners, sites or raters to model their differences."
        )
    try:
        fit = fit_mixed_model(design.formula, one_site_each(frame))
    except ModelRefused as error:
        return None, say(
            "the model that these observations need can't be fitted. {error}", error=error
        )
    return fit, "" if fit.usable else fit.why_not


def _with_unobserved(trajectories: pd.DataFrame, site_ids: Sequence[str]) -> pd.DataFrame:
    """Add a row for the network and each site where nobody was observed."""
    seen = set(trajectories["site_id"])
    rows = [
        {
            "scope": "site" if site_id else "network",
            "site_id": site_id,
            "state": terms.NOT_ESTIMABLE,
            "reason": say("no observation of practice could be used."),
            "n_observations": 0,
            "n_practitioners": 0,
            "n_quarters": 0,
        }
        for site_id in ("", *site_ids)
        if site_id not in seen
    ]
    if not rows:
        return trajectories
    unseen = pd.DataFrame(rows).reindex(columns=trajectories.columns)
    return unseen if trajectories.empty else pd.concat([trajectories, unseen], ignore_index=True)

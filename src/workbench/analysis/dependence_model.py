"""The model: done of stretches at risk, against support beside the plan's usual.

Each 15 days for which an action is open are a trial, so that a period counts by its action-days
and not by its length. Sites have levels and slopes of their own; plans and practitioners vary at
random.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.analysis.dependence_index import Line
from workbench.analysis.dependence_rows import centred, too_few
from workbench.errors import ModelRefused
from workbench.language import say
from workbench.models.item_fit import ItemModelFit
from workbench.models.items import fit_item_model

OTHERS = "others together"
PLAN, PRACTITIONER = "(1 | plan_id)", "(1 | practitioner_id)"
SLOPES = "(0 + relative | practitioner_id)"
LEAST_TIME = 0.05  # years
FEWEST_OF_PRACTITIONER = 8  # periods
FEWEST_FOR_RANDOM = 6  # sites


@dataclass(frozen=True)
class Told:
    """A fitted model, or why there is none.

    Attributes
    ----------
    network
        The typical plan of the network: sites weighed by their plans.
    between
        The same, with the slope for plans with twice the usual support beside others.
    sites, practitioners
        Lines by site (those with enough) and by practitioner.
    reasons
        Why a site has no line of its own.
    why_not
        Why nothing can be told; empty if something can.
    fit
        The model, for who wants to look into it.
    """

    network: Line | None = None
    between: Line | None = None
    sites: dict[str, Line] | None = None
    practitioners: dict[str, Line] | None = None
    reasons: dict[str, str] | None = None
    why_not: str = ""
    fit: ItemModelFit | None = None


def told(frame: pd.DataFrame, measure: str, by_site: bool = True) -> Told:
    """Fit the model to rows of :func:`dependence_rows.rows_of`.

    Parameters
    ----------
    frame
        One row a plan-period.
    measure
        Name of the support, for reasons.
    by_site
        Whether sites have slopes of their own, and practitioners are told. Without, levels of
        sites vary at random and calendar time is a curve, which is quicker.
    """
    why = too_few(frame, measure)
    if why:
        return Told(why_not=why)
    units, reasons = _units(frame, measure)
    whole, names = centred(frame.assign(unit=units))
    whole, coded, weights = _coded(whole)
    random = ""
    if not by_site and len(weights) >= FEWEST_FOR_RANDOM:
        names = [name for name in names if not name.startswith("in_")]
        names, coded, random = [*names, *_course(whole)], [], " + (1 | unit)"
    elif not by_site:
        coded = [name for name in coded if name.startswith("level")]
    fit, why = _fitted(" + ".join(["done ~ relative", *names, *coded]), whole, random)
    if fit is None:
        return Told(why_not=why)
    place = {name: number for number, name in enumerate(fit.items.column_names)}
    network = _line(fit, place, {"Intercept": 1.0}, {"relative": 1.0})
    between = _line(fit, place, {"Intercept": 1.0}, {"usual": 1.0}) if "usual" in place else None
    if not by_site:
        return Told(network, between, {}, {}, reasons, fit=fit)
    sites = {
        site: _line(
            fit,
            place,
            {"Intercept": 1.0, **_contrast("level", site, weights)},
            {"relative": 1.0, **_contrast("slope", site, weights)},
        )
        for site in weights
    }
    people = _practitioners(fit, whole, sites)
    sites = {site: line for site, line in sites.items() if site != OTHERS}
    return Told(network, between, sites, people, reasons, fit=fit)


def _course(frame: pd.DataFrame) -> list[str]:
    """Calendar time and its square, where there is time enough for them."""
    return [name for name in ("time", "time_squared") if frame[name].std() > LEAST_TIME]


def _units(frame: pd.DataFrame, measure: str) -> tuple[pd.Series, dict[str, str]]:
    """Sites with enough of their own; the rest are taken together, with the reason of each."""
    parts = frame.groupby(frame["site_id"].astype("str"))
    found = {str(site): too_few(part, measure, site=True) for site, part in parts}
    reasons = {site: why for site, why in found.items() if why}
    own = frame["site_id"].astype("str")
    units = own.where(~own.isin(list(reasons)), OTHERS)
    rest = frame[units == OTHERS]
    if reasons and too_few(rest, measure, site=True):
        # Too few even together: they share level and slope of the largest site.
        kept = own[~own.isin(list(reasons))]
        units = units.where(units != OTHERS, kept.value_counts().index[0] if len(kept) else OTHERS)
    return units, reasons


def _coded(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str], dict[str, float]]:
    """Code sites so that they add up to nought over plans: the rest is the typical plan's."""
    plans = frame.groupby("unit")["plan_id"].nunique().sort_values(ascending=False, kind="stable")
    weights = {str(unit): float(count) for unit, count in (plans / plans.sum()).items()}
    first, *others = weights
    added = {}
    is_first = (frame["unit"] == first).to_numpy(float)
    for number, unit in enumerate(others, start=1):
        code = (frame["unit"] == unit).to_numpy(float) - weights[unit] / weights[first] * is_first
        added[f"level_{number}"] = code
        added[f"slope_{number}"] = code * frame["relative"].to_numpy()
    coded = pd.concat([frame, pd.DataFrame(added, index=frame.index)], axis=1)
    return coded, list(added), weights


def _contrast(part: str, unit: str, weights: dict[str, float]) -> dict[str, float]:
    first, *others = weights
    if unit != first:
        return {f"{part}_{others.index(unit) + 1}": 1.0}
    return {
        f"{part}_{number}": -weights[other] / weights[first]
        for number, other in enumerate(others, start=1)
    }


def _fitted(fixed: str, frame: pd.DataFrame, further: str = "") -> tuple[ItemModelFit | None, str]:
    """Fit with slopes by practitioner, or without them where the data don't carry them."""
    why = ""
    for random in (f"{PLAN} + {PRACTITIONER} + {SLOPES}", f"{PLAN} + {PRACTITIONER}", PRACTITIONER):
        try:
            fit = fit_item_model(f"{fixed} + {random}{further}", frame, "binomial", "trials")
        except ModelRefused as error:
            why = why or say("the model can't be fitted. {why}", why=error)
            continue
        if fit.usable:
            return fit, ""
        why = why or fit.why_not
    return None, why


def _line(
    fit: ItemModelFit, place: dict[str, int], level: dict[str, float], slope: dict[str, float]
) -> Line:
    weights = np.zeros((2, len(fit.fixed)))
    for row, part in enumerate((level, slope)):
        for name, weight in part.items():
            weights[row, place[name]] = weight
    values = weights @ fit.fixed
    return Line(float(values[0]), float(values[1]), weights @ fit.covariance @ weights.T)


def _practitioners(
    fit: ItemModelFit, frame: pd.DataFrame, sites: dict[str, Line]
) -> dict[str, Line]:
    """Shrunk slopes; the error counts the mode's own and that of the site's line below it.

    A mode moves against the site's slope by its reliability, so of the line's error only the rest
    is left: variance = mode's conditional variance + (1 - reliability)^2 * the line's variance.
    """
    modes = fit.ranef()
    mine = modes[(modes["group"] == "practitioner_id") & (modes["term"] == "relative")]
    variances = fit.var_corr()
    slopes = (variances["term"] == "relative") & variances["term_2"].isna()
    variance = float(variances.loc[slopes, "variance"].sum())
    found = {str(row["level"]): row for row in mine.to_dict("records")}
    about = frame.groupby(frame["practitioner_id"].astype("str"))
    lines = {}
    for person, part in about:
        if len(part) < FEWEST_OF_PRACTITIONER:
            continue
        line = sites[str(part["unit"].iloc[0])]
        mode, own = 0.0, 0.0
        if str(person) in found and variance > 0:
            mode, own = found[str(person)]["mode"], float(found[str(person)]["sd"]) ** 2
        left = min(own / variance, 1.0) if variance > 0 else 1.0
        steps = np.array([1.0, left])
        covariance = line.covariance * np.outer(steps, steps) + np.diag([0.0, own])
        lines[str(person)] = Line(line.level, line.slope + mode, covariance)
    return lines

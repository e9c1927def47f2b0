"""What may be said of one practitioner, to that person and one coach, and what may not.

A number about a person is given only where it is mostly theirs: few observations tell little of a
person, and what the model then gives is mostly the site's. Nobody is set beside colleagues; the
network's mean is the only comparison.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.analysis.growth_design import SLOPE, one_site_each
from workbench.analysis.growth_fit import fit_growth
from workbench.language import say
from workbench.models.combinations import combination_weights
from workbench.models.integrated import draws_of, integrated_answers
from workbench.models.mixed_fit import MixedModelFit
from workbench.models.own_share import own_share
from workbench.models.variance_draws import VarianceDraws
from workbench.shown import Shown
from workbench.wording import count_of

FEWEST_DAYS = 5
FEWEST_RATERS = 2
SMALLEST_RELIABILITY = 0.70
PERSON = "practitioner_id"
LEVEL, MOVEMENT, PART = "level", "slope", "component"
ESTIMATE_COLUMNS = [
    "what", "title", "estimate", "conf_low", "conf_high", "network", "network_low", "network_high",
    "reliability", "reason",
]  # fmt: skip


@dataclass(frozen=True)
class IndividualView(Shown):
    """One practitioner's record.

    Attributes
    ----------
    observations
        One row an observation that is used, oldest first: ``observed_on, rater_role``.
    estimates
        Level, slope and components: ``what, title, estimate, conf_low, conf_high, network,
        network_low, network_high, reliability, reason``. Where there is a reason, the person's own
        numbers are missing.
    n_raters
        How many raters saw the person.
    why_not
        Why nothing about the person may be shown; empty if something may.
    """

    observations: pd.DataFrame
    estimates: pd.DataFrame
    n_raters: int
    why_not: str

    @property
    def n_days(self) -> int:
        """Days on which the person was observed; two raters on one day saw the same practice."""
        return int(self.observations["observed_on"].nunique())


def individual_view(
    by_observation: pd.DataFrame,
    components: pd.DataFrame,
    published: pd.DataFrame,
    network: pd.DataFrame,
    practitioner_id: str,
    now: float,
) -> IndividualView:
    """Judge what may be said of one practitioner.

    Parameters
    ----------
    by_observation
        One row an observation of anybody, as for `workbench.analysis.fidelity`.
    components
        One row an observation and component.
    published
        The table ``practitioner_trajectories`` of the quarter.
    network
        Its table ``trajectories``.
    practitioner_id
        The person. One who changed site is taken at the site of the last observation.
    now
        End of the quarter on the scale of ``quarters``.
    """
    seen = by_observation[by_observation[PERSON] == practitioner_id].sort_values("quarters")
    stay = _last_stay(by_observation, seen)
    observations = stay[["observed_on", "rater_role"]].reset_index(drop=True)
    raters = int(stay["rater_id"].nunique())
    nothing = pd.DataFrame(columns=ESTIMATE_COLUMNS)
    if why := _too_little(observations, raters):
        return IndividualView(observations, nothing, raters, why)
    person = str(stay[PERSON].iloc[-1])
    row = published[published[PERSON] == person]
    if row.empty or row["level"].isna().any():
        why = _unpublished(row)
        return IndividualView(observations, nothing, raters, why)
    of_network = network[network["scope"] == "network"].iloc[0]
    fit, why = fit_growth(by_observation)
    if fit is None:
        return IndividualView(observations, nothing, raters, why)
    at = _asked_at(stay, now)
    draws = draws_of(fit)
    reliable = float(own_share(fit, at, PERSON, draws)[0]) if _has(fit) else 0.0
    if reliable < SMALLEST_RELIABILITY:
        return IndividualView(observations, nothing, raters, _unreliable(reliable))
    estimates = [
        _published(LEVEL, "", row.iloc[0], of_network, reliable, ""),
        _movement(row.iloc[0], of_network, fit, at, draws),
    ]
    raters_of = by_observation[["observation_id", "rater_id"]]
    for (_, title), rows in components.groupby(["component_order", "component_title"], sort=True):
        estimates.append(_component(str(title), rows.merge(raters_of), at, person))
    return IndividualView(observations, pd.DataFrame(estimates)[ESTIMATE_COLUMNS], raters, "")


def _last_stay(everybody: pd.DataFrame, seen: pd.DataFrame) -> pd.DataFrame:
    """Choose the person's observations at their last site, named as the model names them."""
    stays = one_site_each(everybody).loc[seen.index]
    return stays[stays[PERSON] == stays[PERSON].iloc[-1]] if len(stays) else stays


def _too_little(observations: pd.DataFrame, raters: int) -> str:
    days = observations["observed_on"].nunique()
    if days >= FEWEST_DAYS and raters >= FEWEST_RATERS:
        return ""
    return say(
        "there are observations on {days} by {raters}, and it takes {fewest_days} days and "
        "{fewest_raters} raters to speak of one person.",
        days=count_of(days, "day"),
        raters=count_of(raters, "rater"),
        fewest_days=FEWEST_DAYS,
        fewest_raters=FEWEST_RATERS,
    )


def _unpublished(row: pd.DataFrame) -> str:
    if row.empty:
        return say("the person was not observed within the last year.")
    reason = str(row["reason"].iloc[0])
    return reason or say("the quarter's results hold no number for the person.")


def _unreliable(reliability: float) -> str:
    return say(
        "reliability is {reliability}, and {asked} is asked. With so few or so uneven "
        "observations, the number would say more of the site than of the person.",
        reliability=f"{reliability:.2f}",
        asked=f"{SMALLEST_RELIABILITY:.2f}",
    )


def _has(fit: MixedModelFit, slope: bool = False) -> bool:
    """Whether the model gives practitioners a level, or a slope, of their own."""
    return (f"({SLOPE} | {PERSON})" if slope else f"| {PERSON})") in str(fit.design.formula)


def _asked_at(stay: pd.DataFrame, now: float) -> pd.DataFrame:
    last = stay.tail(1)
    return last.assign(quarters=now, rater_role="independent").reset_index(drop=True)


def _published(
    what: str, of: str, person: pd.Series, network: pd.Series, reliability: float, reason: str
) -> dict:
    """Take the person's number as published, or the reason why it is not given."""
    own = [np.nan] * 3 if reason else [person[f"{what}{end}"] for end in ("", "_low", "_high")]
    others = [network[f"{what}{end}"] for end in ("", "_low", "_high")]
    return dict(zip(ESTIMATE_COLUMNS, [what, of, *own, *others, reliability, reason], strict=True))


def _movement(
    person: pd.Series,
    network: pd.Series,
    fit: MixedModelFit,
    at: pd.DataFrame,
    draws: VarianceDraws | None,
) -> dict:
    if not _has(fit, slope=True):
        reason = say("people were not seen often enough for the model to give each a course.")
        return _published(MOVEMENT, "", person, network, np.nan, reason)
    reliable = float(own_share(fit, at, PERSON, draws, "quarters")[0])
    reason = "" if reliable >= SMALLEST_RELIABILITY else _unreliable(reliable)
    return _published(MOVEMENT, "", person, network, reliable, reason)


def _component(title: str, rows: pd.DataFrame, at: pd.DataFrame, person: str) -> dict:
    """Level of one component, by a model of its own."""
    given: dict = dict.fromkeys(ESTIMATE_COLUMNS, np.nan) | {"what": PART, "title": title}
    fit, why = fit_growth(rows)
    if fit is None or not _has(fit):
        return given | {"reason": why or say("people differ too little to tell them apart.")}
    if person not in set(one_site_each(rows)[PERSON]):
        return given | {"reason": say("it was not observed with this person.")}
    draws, groups = draws_of(fit), fit.design.formula.groups
    places = tuple(name for name in ("site_id", PERSON) if name in groups)
    of_network = integrated_answers(fit, *combination_weights(fit.design, at), draws).table()
    given |= dict(zip(("network", "network_low", "network_high"), _row(of_network), strict=True))
    reliable = float(own_share(fit, at, PERSON, draws)[0])
    given["reliability"] = reliable
    if reliable < SMALLEST_RELIABILITY:
        return given | {"reason": _unreliable(reliable)}
    own = integrated_answers(fit, *combination_weights(fit.design, at, places), draws).table()
    return given | dict(zip(ESTIMATE_COLUMNS[2:5], _row(own), strict=True)) | {"reason": ""}


def _row(table: pd.DataFrame) -> list[float]:
    return [float(table[name].iloc[0]) for name in ("estimate", "conf_low", "conf_high")]

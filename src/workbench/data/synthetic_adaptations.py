"""Adaptations of the example network: small changes noted, more of them where practice goes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from workbench.data.synthetic_parameters import NetworkParameters
from workbench.data.synthetic_streams import streams_of

REASONS_PLANNED = (
    "agreed with the family's language in mind",
    "made to fit meetings held by video",
    "agreed with the model's developer",
    "made to fit people who cannot come to the office",
    "tried for a year and reviewed",
)
REASONS_NOT_PLANNED = (
    "too little time before the meeting",
    "caseload rose",
    "a post was vacant",
    "the form takes too long to fill in",
    "no room was free",
    "the meeting ran over",
)


def simulate_adaptations(
    practitioners: pd.DataFrame,
    components: Sequence[str],
    parameters: NetworkParameters,
    seed: int,
) -> pd.DataFrame:
    """Adaptations noted over the series, in order of date: one row an adaptation.

    Parameters
    ----------
    practitioners
        ``practitioner_id, site_id, trained_on, left_on``.
    components
        Ids of the components of the fidelity instrument.
    parameters
        How many, on what, planned or not, and how they sit with the core of the practice model.
    seed
        Seed of the network.

    Returns
    -------
    DataFrame
        ``adaptation_id, noted_on, practitioner_id`` or ``site_id`` (the other is missing),
        ``component, planned`` (bool), ``fidelity_consistent`` (yes, no or unsure), ``reason``.
    """
    random = streams_of(seed).adaptations
    begins, days = _service(practitioners, parameters)
    mean = parameters.adaptations_a_practitioner * days / max(float(np.mean(days)), 1.0)
    who = np.repeat(np.arange(len(practitioners)), random.poisson(mean))
    count = len(who)
    day = np.floor(random.random(count) * (days[who] + 1))
    planned = random.random(count) < parameters.share_adaptations_planned
    by_site = random.random(count) < parameters.share_adaptations_by_site
    people = practitioners.iloc[who].reset_index(drop=True)
    frame = pd.DataFrame(
        {
            "noted_on": begins.iloc[who].reset_index(drop=True) + pd.to_timedelta(day, unit="D"),
            "practitioner_id": people["practitioner_id"].where(~by_site),
            "site_id": people["site_id"].where(by_site),
            "component": random.choice(list(components), count, p=_shares(components, parameters)),
            "planned": planned,
            "fidelity_consistent": _consistent(planned, parameters, random),
            "reason": _reasons(planned, random),
        }
    )
    frame = frame.sort_values("noted_on", kind="stable", ignore_index=True)
    frame.insert(0, "adaptation_id", [f"A{number:05d}" for number in range(1, count + 1)])
    return frame.astype({"component": "str"})


def _service(
    practitioners: pd.DataFrame, parameters: NetworkParameters
) -> tuple[pd.Series, np.ndarray]:
    """First day of practice within the series, and days from there to the last."""
    start, end = pd.Timestamp(parameters.first_day), pd.Timestamp(parameters.last_day)
    trained, left = practitioners["trained_on"], practitioners["left_on"]
    begins = trained.where(trained > start, start)
    ends = left.where(left < end, end)
    return begins, (ends - begins).dt.days.clip(lower=0).to_numpy(dtype=float)


def _shares(components: Sequence[str], parameters: NetworkParameters) -> np.ndarray:
    """Share of adaptations that each component draws: more where it loses ground."""
    slopes = np.array([parameters.component_slopes.get(name, 0.0) for name in components])
    weight = 1 + parameters.adaptations_follow_loss * np.clip(-slopes, 0.0, None)
    return np.asarray(weight / weight.sum())


def _consistent(
    planned: np.ndarray, parameters: NetworkParameters, random: np.random.Generator
) -> np.ndarray:
    unsure = random.random(len(planned)) < parameters.share_adaptations_unsure
    chance = np.where(
        planned, parameters.share_planned_consistent, parameters.share_unplanned_consistent
    )
    whole = np.where(random.random(len(planned)) < chance, "yes", "no")
    return np.where(unsure, "unsure", whole)


def _reasons(planned: np.ndarray, random: np.random.Generator) -> np.ndarray:
    luck = random.random(len(planned))
    chosen = [
        np.array(reasons)[(luck * len(reasons)).astype(int)]
        for reasons in (REASONS_PLANNED, REASONS_NOT_PLANNED)
    ]
    return np.where(planned, *chosen)

"""What the example network reinforces: its supports, pressures and rewards, of one seed."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from workbench.data.instruments import Instrument
from workbench.data.scoring import score_components, value_responses
from workbench.data.synthetic_conditions import simulate_conditions
from workbench.data.synthetic_effects import Effects
from workbench.data.synthetic_parameters import NetworkParameters
from workbench.data.synthetic_recognition import simulate_recognition
from workbench.data.synthetic_service import USUAL_RATERS
from workbench.data.synthetic_streams import streams_of
from workbench.data.synthetic_supports import simulate_coaching, with_boosters

RESPONSE = ["observation_id", "item_id", "instrument_id", "instrument_version", "response"]


@dataclass(frozen=True)
class Reinforced:
    """Tables of what is reinforced, and the truth behind them.

    Attributes
    ----------
    supports, work_conditions, recognition
        As the tables hand them in.
    truth
        Frames by name of the parameters: ``supports`` (rates of coaching), ``conditions``
        (pressures on everyone) and ``recognition`` (standard scores and noise).
    """

    supports: pd.DataFrame
    work_conditions: pd.DataFrame
    recognition: pd.DataFrame
    truth: dict[str, pd.DataFrame]


def reinforce(
    practitioners: pd.DataFrame,
    effects: Effects,
    observations: pd.DataFrame,
    responses: pd.DataFrame,
    instrument: Instrument,
    parameters: NetworkParameters,
    seed: int,
) -> Reinforced:
    """Supports, pressures and rewards of a network whose observations have been drawn.

    Supports and pressures go with how sites move, and coaching follows low observations. They add
    nothing to fidelity. Ratings rest on practice as it was observed.

    Parameters
    ----------
    practitioners, effects, observations
        As :func:`synthetic.simulate_growth` gives them.
    responses, instrument
        Fidelity responses with the instrument they answer.
    parameters
        ``supports``, ``conditions`` and ``recognition``.
    seed
        Seed of the network.
    """
    streams, by_site = streams_of(seed), effects.by_site
    usual = observations[observations["rater_role"].isin(USUAL_RATERS)]
    supports = simulate_coaching(practitioners, by_site, parameters, streams.supports, usual)
    conditions = simulate_conditions(practitioners, by_site, parameters, streams.conditions)
    recognition = simulate_recognition(
        practitioners,
        _scored(responses, usual, instrument),
        parameters,
        streams.recognition,
        conditions.by_practitioner,
    )
    return Reinforced(
        with_boosters(supports.acts, effects),
        conditions.table,
        recognition.table,
        {
            "supports": supports.rates,
            "conditions": conditions.by_practitioner,
            "recognition": recognition.truth,
        },
    )


def _scored(
    responses: pd.DataFrame, observations: pd.DataFrame, instrument: Instrument
) -> pd.DataFrame:
    """Component scores of observations, as the workbench itself scores the responses."""
    instruments = {(instrument.instrument, instrument.version): instrument}
    scored = score_components(value_responses(responses[RESPONSE], instruments), instruments)
    about = observations[["observation_id", "practitioner_id", "quarter"]]
    return scored.merge(about, on="observation_id", validate="m:1")

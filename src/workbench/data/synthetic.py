"""The example network: clearly synthetic, every parameter known, the same bytes every time.

The example shows what a study hands in, and it is the truth that analyses are tested against. No
row is about a person who exists.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from workbench.data.instruments import Instrument, load_instruments
from workbench.data.synthetic_adaptations import simulate_adaptations
from workbench.data.synthetic_components import simulate_components
from workbench.data.synthetic_drivers import assess_drivers
from workbench.data.synthetic_effects import Effects, draw_effects
from workbench.data.synthetic_growth import observe
from workbench.data.synthetic_items import item_responses
from workbench.data.synthetic_lineage import train_inside
from workbench.data.synthetic_loops import simulate_loops
from workbench.data.synthetic_mechanisms import planted
from workbench.data.synthetic_mess import spoil_tables
from workbench.data.synthetic_parameters import NetworkParameters, PlantedSite
from workbench.data.synthetic_people import make_practitioners, make_sites
from workbench.data.synthetic_plan_parameters import PlanParameters, planted_plans
from workbench.data.synthetic_plans import SimulatedPlans, simulate_plans
from workbench.data.synthetic_plans_ownership import ownership_responses
from workbench.data.synthetic_reinforced import reinforce
from workbench.data.synthetic_streams import streams_of
from workbench.data.synthetic_supports import simulate_supports
from workbench.data.synthetic_tables import COLUMNS, tables_as_text
from workbench.data.synthetic_teams import simulate_teams
from workbench.data.synthetic_truth import plain, realised
from workbench.shown import Shown

__all__ = [
    "EXAMPLE_SEED",
    "Example",
    "NetworkParameters",
    "PlanParameters",
    "PlantedSite",
    "SimulatedNetwork",
    "SimulatedPlans",
    "planted",
    "planted_plans",
    "simulate_adaptations",
    "simulate_components",
    "simulate_growth",
    "simulate_network",
    "simulate_plans",
    "simulate_supports",
    "spoil",
    "write_example",
]

EXAMPLE_SEED = 20260930
FIDELITY_INSTRUMENT = ("practice_fidelity", "1")
DRIVER_INSTRUMENT = ("driver_assessment", "1")
OWNERSHIP_INSTRUMENT = ("plan_ownership", "1")


@dataclass(frozen=True)
class SimulatedNetwork(Shown):
    """A network as it would be handed in, and the truth behind it.

    Attributes
    ----------
    sites, practitioners, fidelity_responses, driver_responses, supports, adaptations, \
    implementation_teams, team_meetings, feedback_items, work_conditions, recognition, plans, \
    plan_meetings, plan_actions, ownership_responses, external_support, outcomes
        Tables as text, as an export has them; missing where a cell is empty.
    observations
        Planted truth, one row an observation, as :func:`synthetic_growth.observe` gives it.
    truth
        ``parameters`` (dict); ``effects`` (:class:`synthetic_effects.Effects`); ``realised``
        (spreads and correlation of what was drawn); ``driver_levels`` and ``driver_items``
        (frames); ``teams`` and ``loops`` (frames of what lies behind teams and items);
        ``supports``, ``conditions`` and ``recognition`` (frames: rates of coaching, pressures on
        everyone, standard scores of what is rewarded); ``plans`` (frames by name, as
        :class:`synthetic_plans.SimulatedPlans` has them, and ``ownership_scores``); ``seed``.

    Notes
    -----
    Coaching and working conditions go with how sites move, and coaching follows what was observed.
    Neither adds anything to fidelity, which is drawn before them; an association in these tables
    is one by site and by indication. Ratings rest on practice as it was observed.
    """

    sites: pd.DataFrame
    practitioners: pd.DataFrame
    fidelity_responses: pd.DataFrame
    driver_responses: pd.DataFrame
    supports: pd.DataFrame
    adaptations: pd.DataFrame
    implementation_teams: pd.DataFrame
    team_meetings: pd.DataFrame
    feedback_items: pd.DataFrame
    work_conditions: pd.DataFrame
    recognition: pd.DataFrame
    plans: pd.DataFrame
    plan_meetings: pd.DataFrame
    plan_actions: pd.DataFrame
    ownership_responses: pd.DataFrame
    external_support: pd.DataFrame
    outcomes: pd.DataFrame
    observations: pd.DataFrame
    truth: dict[str, Any]

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables that have rows, by name."""
        every = {name: getattr(self, name) for name in COLUMNS}
        return {name: table for name, table in every.items() if len(table)}


@dataclass(frozen=True)
class Example:
    """An example that was written.

    Attributes
    ----------
    network
        The network without its messy rows.
    planted
        The messy rows: ``table, kind, rule_id, rows, row_numbers``.
    files
        Files written.
    """

    network: SimulatedNetwork
    planted: pd.DataFrame
    files: tuple[Path, ...]


def simulate_growth(
    parameters: NetworkParameters, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, Effects]:
    """Sites, practitioners, observations and effects of a network, without item responses.

    It draws the same numbers as :func:`simulate_network` and is quick enough for a simulation of
    many networks.
    """
    streams = streams_of(seed)
    sites = make_sites(parameters, streams.people)
    practitioners = make_practitioners(sites, parameters, streams.people)
    practitioners = train_inside(practitioners, parameters, streams.trainers)
    effects = draw_effects(sites, practitioners, parameters, streams)
    observations = observe(practitioners, effects, parameters, streams.growth)
    return sites, practitioners, observations, effects


def simulate_network(
    parameters: NetworkParameters | None = None,
    seed: int = EXAMPLE_SEED,
    fidelity: Instrument | None = None,
    drivers: Instrument | None = None,
    ownership: Instrument | None = None,
) -> SimulatedNetwork:
    """Simulate a network whose every parameter is known.

    Parameters
    ----------
    parameters
        Truth to simulate from; the example's if None.
    seed
        The same seed and parameters give the same network.
    fidelity, drivers, ownership
        Instruments to answer; the workbench's own generic ones if None.

    Raises
    ------
    ParameterError
        If responses can't be made for the fidelity or the ownership instrument.

    Examples
    --------
    >>> network = simulate_network(NetworkParameters(sites=2, quarters=2), seed=1)
    >>> list(network.sites["site_id"])
    ['001', '002']
    """
    parameters = parameters or NetworkParameters()
    if fidelity is None or drivers is None or ownership is None:
        shipped = load_instruments()
        fidelity = fidelity or shipped[FIDELITY_INSTRUMENT]
        drivers = drivers or shipped[DRIVER_INSTRUMENT]
        ownership = ownership or shipped[OWNERSHIP_INSTRUMENT]
    sites, practitioners, observations, effects = simulate_growth(parameters, seed)
    streams = streams_of(seed)
    responses = item_responses(observations, fidelity, parameters, streams.items)
    responses = responses.merge(observations, on="observation_id", validate="m:1")
    assessed = assess_drivers(practitioners, effects.by_site, drivers, parameters, streams.drivers)
    teams = simulate_teams(sites, practitioners, parameters, seed)
    loops = simulate_loops(parameters, seed)
    named = _named(responses, fidelity)
    reinforced = reinforce(practitioners, effects, observations, named, fidelity, parameters, seed)
    plans = simulate_plans(practitioners, effects.by_site, observations, parameters, seed)
    answering = streams_of(seed).ownership.spawn(1)[0]
    owned = ownership_responses(plans.ownership_scores, ownership, parameters, answering)
    tables = {
        "sites": sites,
        "practitioners": practitioners,
        "fidelity_responses": named,
        "driver_responses": _named(assessed.responses, drivers),
        "supports": reinforced.supports,
        "adaptations": simulate_adaptations(
            practitioners, list(fidelity.components), parameters, seed
        ),
        "implementation_teams": teams.teams,
        "team_meetings": teams.meetings,
        "feedback_items": loops.items,
        "work_conditions": reinforced.work_conditions,
        "recognition": reinforced.recognition,
        **plans.tables,
        "ownership_responses": owned,
    }
    truth = {
        "seed": seed,
        "parameters": plain(parameters),
        "effects": effects,
        "realised": realised(effects, observations),
        "driver_levels": assessed.levels,
        "driver_items": assessed.items,
        "teams": teams.truth,
        "loops": loops.truth,
        **reinforced.truth,
        "plans": {**plans.truth, "ownership_scores": plans.ownership_scores},
    }
    return SimulatedNetwork(**tables_as_text(tables), observations=observations, truth=truth)


def spoil(
    network: SimulatedNetwork, seed: int = EXAMPLE_SEED
) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Spoil a network's tables as real exports are spoiled, knowing every row.

    Returns
    -------
    tuple
        The tables by name with messy rows among the others, and one row a kind of mess: ``table,
        kind, rule_id`` (the one rule that catches it), ``rows`` (how many rows are set aside) and
        ``row_numbers`` (which, as a spreadsheet shows them: the header is row 1).
    """
    return spoil_tables(network.tables, np.random.Generator(np.random.PCG64(seed)))


def write_example(
    study_folder: Path,
    parameters: NetworkParameters | None = None,
    seed: int = EXAMPLE_SEED,
    messy: bool = True,
) -> Example:
    """Write the example network as ``data/raw/<table>.csv`` in a study's folder.

    A table without rows is not written. The same seed and parameters give the same bytes: UTF-8,
    lines ending in a line feed.

    Parameters
    ----------
    study_folder
        Folder of the study; ``data/raw`` is made where it is missing.
    parameters
        Truth to simulate from; the example's if None.
    seed
        Seed of the network and of its messy rows.
    messy
        Whether rows of known kinds are spoiled.
    """
    network = simulate_network(parameters, seed)
    tables, planted = network.tables, pd.DataFrame()
    if messy:
        tables, planted = spoil(network, seed)
    folder = study_folder / "data" / "raw"
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for name, table in tables.items():
        path = folder / f"{name}.csv"
        table.to_csv(path, index=False, encoding="utf-8", lineterminator="\n")
        files.append(path)
    return Example(network, planted, tuple(files))


def _named(responses: pd.DataFrame, instrument: Instrument) -> pd.DataFrame:
    return responses.assign(
        instrument_id=instrument.instrument, instrument_version=instrument.version
    )

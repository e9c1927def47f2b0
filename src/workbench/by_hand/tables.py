"""Tables to work with by hand, and what they are read with: quarter, instruments, settings."""

from __future__ import annotations

import functools
from collections.abc import Mapping

import pandas as pd

from workbench.data.conform import conform, empty_table
from workbench.data.extract import Extract
from workbench.data.instruments import Instrument, load_instruments
from workbench.data.panels import latest_quarter
from workbench.data.schemas import load_schemas
from workbench.data.synthetic import EXAMPLE_SEED, NetworkParameters, simulate_network
from workbench.errors import ParameterError
from workbench.quarters import Quarter
from workbench.settings import Settings, Study

Tables = Mapping[str, pd.DataFrame]
"""Checked tables by name, as ``receive(study).accepted()`` or ``simulated_tables()`` gives them."""


def simulated_tables(
    sites: int = 6, quarters: int = 8, seed: int = EXAMPLE_SEED
) -> dict[str, pd.DataFrame]:
    """Make the checked tables of a simulated network. No row is about a real person.

    Parameters
    ----------
    sites
        Number of sites, at least 2; each has 9 to 16 practitioners.
    quarters
        Number of quarters observed, from 2023Q4.
    seed
        The same numbers give the same tables.

    Returns
    -------
    dict of str to DataFrame
        Every table of the data dictionary by name, typed; one that has no rows is there without
        any. ``fidelity_responses`` has one row an item scored in one observation.

    Raises
    ------
    ParameterError
        If such a network can't be simulated.

    Examples
    --------
    >>> import workbench as wb
    >>> tables = wb.simulated_tables(sites=2, quarters=4)
    >>> len(tables["sites"])
    2
    >>> sorted(tables)[:3]
    ['adaptations', 'driver_responses', 'external_support']
    """
    made = _simulated(sites, quarters, seed)
    return {name: table.copy(deep=False) for name, table in made.items()}


@functools.lru_cache(maxsize=2)
def _simulated(sites: int, quarters: int, seed: int) -> dict[str, pd.DataFrame]:
    """Tables as they were last made, since people ask for the same ones again and again."""
    network = simulate_network(NetworkParameters(sites=sites, quarters=quarters), seed)
    schemas, made = load_schemas(), network.tables
    return {
        name: conform(Extract(name, made[name], f"simulated {name}", ""), schema)
        if name in made
        else empty_table(schema)
        for name, schema in schemas.items()
    }


def table_of(tables: Tables, name: str) -> pd.DataFrame:
    """Table of a name, typed and without rows if it was not handed in."""
    found = tables.get(name)
    return empty_table(load_schemas()[name]) if found is None else found


def settings_of(study: Study | None) -> Settings:
    """Take the settings of a study, or the defaults."""
    return study.settings if study else Settings(network="By hand")


def instruments_of(study: Study | None) -> dict[tuple[str, str], Instrument]:
    """Instruments of a study, or those that come with the workbench."""
    return load_instruments(study.folder if study else None)


def quarter_of(tables: Tables, label: str, study: Study | None) -> Quarter:
    """Quarter that a label names; ``latest`` is that of the last observation.

    Raises
    ------
    ParameterError
        If the latest is asked for and nothing was observed.
    """
    starts = settings_of(study).fiscal_year_starts
    if label != "latest":
        return Quarter.from_label(label, starts)
    responses = table_of(tables, "fidelity_responses")
    if responses.empty:
        raise ParameterError(
            "The table 'fidelity_responses' has no rows, so there is no latest quarter. "
            "Name one, as in quarter='2026Q3'."
        )
    return latest_quarter(responses, starts)

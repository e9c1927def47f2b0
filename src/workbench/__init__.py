"""Analytics that tell whether practice strengthens or drifts, and what to do next.

By hand: ``import workbench as wb``. A dozen names are there, each loaded when it is first used.

Examples
--------
>>> import workbench as wb
>>> tables = wb.simulated_tables(sites=2, quarters=4)
>>> growth = wb.fidelity_growth(wb.observation_panel(tables))
>>> growth.table.columns[:3].to_list()
['scope', 'site_id', 'slope']
"""

import importlib

__version__ = "0.1.0"

TYPE_CHECKING = False  # read by type checkers as true; importing typing costs time at each start
if TYPE_CHECKING:
    from workbench.by_hand.answers import findings_table as findings_table
    from workbench.by_hand.fidelity import fidelity_growth as fidelity_growth
    from workbench.by_hand.fidelity import observation_panel as observation_panel
    from workbench.by_hand.organisation import driver_readiness as driver_readiness
    from workbench.by_hand.organisation import driver_ties as driver_ties
    from workbench.by_hand.organisation import follow_through as follow_through
    from workbench.by_hand.organisation import support_ledger as support_ledger
    from workbench.by_hand.page import quarterly_report as quarterly_report
    from workbench.by_hand.tables import simulated_tables as simulated_tables
    from workbench.data.intake import receive as receive
    from workbench.results import open_results as open_results
    from workbench.settings import open_study as open_study

# Where each public name comes from. In the order in which one works.
_HOMES = {
    "open_study": "workbench.settings",
    "receive": "workbench.data.intake",
    "simulated_tables": "workbench.by_hand.tables",
    "observation_panel": "workbench.by_hand.fidelity",
    "fidelity_growth": "workbench.by_hand.fidelity",
    "support_ledger": "workbench.by_hand.organisation",
    "driver_readiness": "workbench.by_hand.organisation",
    "driver_ties": "workbench.by_hand.organisation",
    "follow_through": "workbench.by_hand.organisation",
    "open_results": "workbench.results",
    "findings_table": "workbench.by_hand.answers",
    "quarterly_report": "workbench.by_hand.page",
}
__all__ = list(_HOMES)


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"workbench has no '{name}'. Public names are: {', '.join(_HOMES)}.")
    found = globals()[name] = getattr(importlib.import_module(home), name)
    return found


def __dir__() -> list[str]:
    return [*_HOMES, "__version__"]

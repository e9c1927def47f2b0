"""Every figure of the workbench, from evidence table to picture. Nothing is computed here."""

from workbench.reporting.figures_components import components_over_time
from workbench.reporting.figures_directions import site_directions
from workbench.reporting.figures_drivers import driver_profile
from workbench.reporting.figures_fidelity import fidelity_over_time
from workbench.reporting.figures_variation import variance_split

__all__ = [
    "components_over_time",
    "driver_profile",
    "fidelity_over_time",
    "site_directions",
    "variance_split",
]

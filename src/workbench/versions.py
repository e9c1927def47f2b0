"""Versions on which numbers rest, as reports and manifests print them."""

from __future__ import annotations

import importlib.metadata
import platform

import workbench

PACKAGES = (
    "great-expectations",
    "matplotlib",
    "numpy",
    "pandas",
    "papermill",
    "scipy",
    "seaborn",
    "statsmodels",
)


def versions() -> dict[str, str]:
    """Versions of the workbench, Python and the packages on which numbers rest."""
    found = {name: importlib.metadata.version(name) for name in PACKAGES}
    return {"workbench": workbench.__version__, "python": platform.python_version(), **found}

"""Making a study folder: settings, notebooks, and the folders that a run expects."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from workbench.errors import SettingsError
from workbench.resources import resource_files
from workbench.settings import SETTINGS_FILE

FOLDERS = (
    "data/raw",
    "data/corrections",
    "data/schemas/instruments",
    "data/schemas/sources",
    "expectations",
    "notebooks/explore",
    "reports",
)
SHIPPED = (Path("notebooks/*.ipynb"), Path("notebooks/explore/*.ipynb"), Path("expectations/*.yml"))
"""Files that a study begins with, to be made its own."""
EXAMPLE_SETTINGS = """\
# Settings of the example network. A clone of the project is itself a study: this is its file.
network: Riverbend Family Support Network
note: The example network is synthetic. It was made by a program, and its true parameters are known.
fiscal_year_starts: 1
thresholds:
  smallest_change_that_matters: 1.0
  state_probability: 0.90
  largest_share_set_aside: 0.10
privacy:
  fewest_practitioners: 5
supports:
  planned:
    coaching: 3
"""
NEW_SETTINGS = """\
# The study's settings. Everything but the network's name may be left out.
network: Name of your network
fiscal_year_starts: 1        # month in which your fiscal year starts
sources: []                  # source files under data/schemas/sources, if your exports need mapping
thresholds:
  smallest_change_that_matters: 1.0   # points of fidelity a quarter
  state_probability: 0.90             # how sure before a direction is named
  largest_share_set_aside: 0.10       # of a table's rows, before a run is refused
privacy:
  fewest_practitioners: 5             # below this a figure is about individuals and is not shown
  fewest_plans: 11                    # below this a figure is about families and is not shown
"""


def refuse_other_files(folder: Path, write: Callable[[Path], Iterable[Path]]) -> None:
    """Refuse to write over files that were received.

    Parameters
    ----------
    folder
        Study's folder.
    write
        Writes the files into a study's folder and gives their paths.

    Raises
    ------
    SettingsError
        Naming the files that are there with another content.
    """
    received = folder / "data" / "raw"
    if not received.is_dir() or not any(received.iterdir()):
        return
    with tempfile.TemporaryDirectory() as elsewhere:
        ours = {path.name: path.read_bytes() for path in write(Path(elsewhere))}
    other = sorted(
        path.name for path in received.iterdir() if path.read_bytes() != ours.get(path.name)
    )
    if other:
        raise SettingsError(
            f"{received} holds files that the example would mix with: {', '.join(other)}. "
            "Choose another folder."
        )


def make_study(folder: Path, with_settings_of: str) -> Path:
    """Make a study folder, or complete one; nothing that is there is changed.

    Parameters
    ----------
    folder
        Where; made if it is not there.
    with_settings_of
        ``example`` or ``new``.

    Raises
    ------
    SettingsError
        If the folder is a study with other settings.
    """
    settings = EXAMPLE_SETTINGS if with_settings_of == "example" else NEW_SETTINGS
    there = folder / SETTINGS_FILE
    if there.is_file() and there.read_text(encoding="utf-8") != settings:
        raise SettingsError(
            f"{folder} already holds a study with its own {SETTINGS_FILE}. Choose another folder."
        )
    for name in FOLDERS:
        (folder / name).mkdir(parents=True, exist_ok=True)
    there.write_text(settings, encoding="utf-8")
    for kept in SHIPPED:
        for path in resource_files(kept.parent.as_posix(), kept.name):
            copy = folder / kept.parent / path.name
            if not copy.exists():
                shutil.copyfile(path, copy)
    return folder

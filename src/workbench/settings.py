"""A study: its folder, its settings, and where its files are.

The settings are ``workbench.yml`` in the study's folder. A clone of the project is itself a study.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from workbench import language
from workbench.errors import SettingsError
from workbench.quarters import Quarter
from workbench.shown import Shown
from workbench.yaml_files import read_model

MANIFEST = "manifest.json"
"""File of a published version that says what it was made from; without it nothing is published."""
VERSION = re.compile("v([1-9][0-9]*)")
SETTINGS_FILE = "workbench.yml"
NO_STUDY = (
    "No study was found at {folder}. A study is a folder with workbench.yml; "
    "'workbench new FOLDER' makes one, 'workbench demo FOLDER' makes the example."
)

SupportKind = Literal[
    "training",
    "coaching",
    "observation with feedback",
    "supervision",
    "case consultation",
    "community of practice",
    "certification",
    "recertification",
    "leadership development",
]
"""Kinds of support, as the table ``supports`` has them."""


class Thresholds(BaseModel):
    """Numbers on which a statement turns."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    smallest_change_that_matters: float = Field(default=1.0, gt=0)
    """Points of fidelity a quarter; a slope beyond it is drift or strengthening."""
    state_probability: float = Field(default=0.90, gt=0.5, lt=1)
    """Probability that a direction must have before it is named."""
    largest_share_set_aside: float = Field(default=0.10, ge=0, lt=1)
    """Share of a table's rows that may be set aside before the run is refused."""
    largest_share_of_sites_set_aside: float = Field(default=0.25, ge=0, lt=1)
    """Share of the sites, where each delivers its own files, whose delivery may be set aside."""


class Privacy(BaseModel):
    """What may be shown about few people."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    fewest_practitioners: int = Field(default=5, ge=3)
    """A figure that rests on fewer practitioners is about individuals and isn't reported."""
    fewest_plans: int = Field(default=11, ge=11)
    """A figure about fewer plans of persons or families is about families and isn't reported.
    The agency may only raise it."""
    individual_view: bool = False
    """Whether one person's course may be shown to that person and their coach."""


class SupportPlan(BaseModel):
    """What the programme set out to give, and how soon it follows up on what it sees."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    planned: dict[SupportKind, Annotated[int, Field(ge=1)]] = {}
    """Acts a quarter due to each practitioner in post, by kind; empty if no plan is declared."""
    follow_up_within_days: int = Field(default=30, ge=1, le=365)
    """Days within which a low observation should be followed by coaching."""
    low_below: float | None = Field(default=None, gt=0, le=100)
    """Percent of fidelity below which an observation is low; None: the lowest cut-off."""


class PlanRules(BaseModel):
    """What the programme asks of a plan, and when a goal or a person's ownership has slipped."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    meeting_every_days: int = Field(default=45, ge=7, le=366)
    """Days within which the team of an open plan meets again, if the plan is in order."""
    goal_fades_after_days: int = Field(default=60, ge=14, le=366)
    """Days without a movement after which a goal has faded, where others of the plan moved."""
    ownership_weak_below: float = Field(default=50.0, gt=0, lt=100)
    """Percent of ownership, as the person sees it, below which it is weak."""


class RunLimits(BaseModel):
    """What one notebook of a run may take before it is stopped."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    notebook_minutes: float = Field(default=30.0, gt=0)
    memory_gib: float = Field(default=4.0, ge=0.5)


class Settings(BaseModel):
    """What ``workbench.yml`` says. Every entry but ``network`` has a default."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    network: str
    """Name of the network, as reports print it."""
    note: str = ""
    """A sentence that every report prints, such as that the data are synthetic."""
    language: str = Field(default=language.ENGLISH, pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")
    """Language of the reports: ``en``, or the name of a catalogue in ``reports/words``."""
    fiscal_year_starts: int = Field(default=1, ge=1, le=12)
    sources: tuple[str, ...] = ()
    """Source files to read; without any, each table is ``data/raw/<table>.csv``."""
    thresholds: Thresholds = Thresholds()
    privacy: Privacy = Privacy()
    supports: SupportPlan = SupportPlan()
    plans: PlanRules = PlanRules()
    runs: RunLimits = RunLimits()


@dataclass(frozen=True)
class Study(Shown):
    """An opened study.

    Attributes
    ----------
    folder
        The study's folder, absolute.
    settings
        Its settings.
    """

    folder: Path
    settings: Settings

    def in_short(self) -> dict[str, object]:
        """Give what a notebook shows of it."""
        return {
            "network": self.settings.network,
            "folder": self.folder.name,
            "published quarters": self.published_quarters(),
        }

    @property
    def raw(self) -> Path:
        """Folder of what was received; it is only read."""
        return self.folder / "data" / "raw"

    @property
    def reports(self) -> Path:
        """Folder of the published quarters."""
        return self.folder / "reports"

    @property
    def private(self) -> Path:
        """Folder of pages about one person, which no other page leads to."""
        return self.reports / "private"

    def versions_of(self, label: str) -> list[Path]:
        """Folders of the published versions of a quarter, oldest first.

        A folder is a published version if it is named ``v1``, ``v2`` and so on, and holds a
        manifest, which is written last.
        """
        found = [
            (int(name[1]), folder)
            for folder in (self.reports / label).glob("v*")
            if (name := VERSION.fullmatch(folder.name)) and (folder / MANIFEST).is_file()
        ]
        return [folder for _, folder in sorted(found)]

    def published(self, label: str) -> Path | None:
        """Folder of the newest published version of a quarter; None if there is none."""
        versions = self.versions_of(label) if label else []
        return versions[-1] if versions else None

    def published_quarters(self) -> list[str]:
        """Labels of the quarters that are published, in order."""
        folders = self.reports.glob("[12][0-9][0-9][0-9]Q[1-4]") if self.reports.is_dir() else ()
        # Labels are made so that their order as text is their order in time.
        return sorted(folder.name for folder in folders if self.versions_of(folder.name))

    def published_before(self, quarter: Quarter) -> list[str]:
        """Labels of the published quarters before one, in order."""
        return [label for label in self.published_quarters() if label < str(quarter)]

    def quarter(self, label: str) -> Quarter:
        """Quarter that a label names, by the study's fiscal year."""
        return Quarter.from_label(label, self.settings.fiscal_year_starts)

    def quarter_of(self, date: dt.date) -> Quarter:
        """Quarter in which a date falls, by the study's fiscal year."""
        return Quarter.containing(date, self.settings.fiscal_year_starts)


def find_study_folder(start: Path) -> Path:
    """Nearest folder at or above ``start`` that holds ``workbench.yml``.

    Raises
    ------
    SettingsError
        If there is none.
    """
    for folder in (start, *start.parents):
        if (folder / SETTINGS_FILE).is_file():
            return folder
    raise SettingsError(NO_STUDY.format(folder=start))


def open_study(folder: str | Path = "") -> Study:
    """Open a study.

    Parameters
    ----------
    folder
        The study's folder. Empty: the nearest study at or above the working folder. A relative
        path counts from there too, so that a notebook finds the study from wherever it is run.

    Returns
    -------
    Study
        The folder and its settings; nothing is read but ``workbench.yml``. From here on sentences
        are said in the language that it names.

    Raises
    ------
    SettingsError
        If there is no study there, or its settings can't be used.

    Examples
    --------
    >>> import tempfile, workbench as wb
    >>> from pathlib import Path
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "workbench.yml").write_text("network: Two Rivers")
    >>> study = wb.open_study(folder)
    >>> study.settings.network, study.settings.thresholds.smallest_change_that_matters
    ('Two Rivers', 1.0)
    """
    here = Path.cwd()
    if not folder:
        found = find_study_folder(here)
    else:
        candidates = [here, *here.parents]
        found = next(
            (base / folder for base in candidates if (base / folder / SETTINGS_FILE).is_file()),
            here / folder,
        )
    found = found.resolve()
    if not (found / SETTINGS_FILE).is_file():
        raise SettingsError(NO_STUDY.format(folder=found))
    settings = read_model(found / SETTINGS_FILE, Settings)
    language.use(settings.language, found)
    return Study(found, settings)

"""Waivers: going on past a critical failure, in writing, with an owner and an end."""

from __future__ import annotations

import datetime as dt

from pydantic import BaseModel, ConfigDict

from workbench.settings import Study
from workbench.yaml_files import read_model

WAIVERS_FILE = "expectations/waivers.yml"


class Waiver(BaseModel):
    """Leave to go on although a rule failed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rule: str
    table: str
    reason: str
    owner: str
    expires: dt.date


class Waivers(BaseModel):
    """What a study's waivers file says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    waivers: tuple[Waiver, ...] = ()


def load_waivers(study: Study) -> tuple[Waiver, ...]:
    """Waivers of a study; none if it has no waivers file."""
    path = study.folder / WAIVERS_FILE
    return read_model(path, Waivers).waivers if path.is_file() else ()


def find_waiver(
    waivers: tuple[Waiver, ...], rule: str, table: str, as_of: dt.date
) -> Waiver | None:
    """Find the waiver in force for a rule and table on a day, if any."""
    in_force = (
        one for one in waivers if (one.rule, one.table) == (rule, table) and one.expires >= as_of
    )
    return next(in_force, None)

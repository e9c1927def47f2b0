"""Which stage each site is in, how long it has been there, and whether it has stalled.

Stages take time, and a site that stays in one for longer than is usual may need help to go on. The
expected ranges are a working default of this project: four stages that together take the two to
four years that the National Implementation Research Network gives (Active Implementation Hub,
module 1); full implementation has no end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from workbench.analysis.readiness_stages_findings import stages_finding
from workbench.findings import Finding
from workbench.language import mark, say
from workbench.quarters import Quarter
from workbench.shown import Shown

DAYS_IN_A_MONTH = 365.25 / 12
EXPECTED_MONTHS: Mapping[str, tuple[float, float | None]] = MappingProxyType(
    {
        mark("exploration"): (6, 12),
        mark("installation"): (6, 12),
        mark("initial implementation"): (12, 24),
        mark("full implementation"): (12, None),
    }
)
"""Fewest and most months in a stage; None where staying is what is hoped for."""
COLUMNS = [
    "site_id",
    "stage",
    "stage_since",
    "months_in_stage",
    "expected_months",
    "stalled",
    "reason",
    "site_name",
]


@dataclass(frozen=True)
class Stages(Shown):
    """Stage of each site.

    Attributes
    ----------
    stages
        One row a site: ``site_id, stage, stage_since, months_in_stage`` (to the end of the
        quarter), ``expected_months`` (as text), ``stalled`` (missing where it can't be said),
        ``reason`` (why not), ``site_name``.
    """

    stages: pd.DataFrame

    def tables(self) -> dict[str, pd.DataFrame]:
        """Evidence tables by name."""
        return {"stages": self.stages}

    def findings(self) -> list[Finding]:
        """Count sites by stage, and name those that have stayed longer than expected."""
        return [stages_finding(self.stages)]


def stages(
    sites: pd.DataFrame,
    quarter: Quarter,
    expected: Mapping[str, tuple[float, float | None]] = EXPECTED_MONTHS,
) -> Stages:
    """Tell how long each site has been in its stage.

    Parameters
    ----------
    sites
        ``site_id``, and ``stage, stage_since`` where they are recorded.
    quarter
        Months are counted to the end of this quarter.
    expected
        Stage to the fewest and most months that a site is expected to stay; most None for no
        limit. A site that stays longer than the most has stalled.
    """
    if "stage" not in sites.columns:
        return Stages(pd.DataFrame(columns=COLUMNS))
    names = sites["site_name" if "site_name" in sites.columns else "site_id"]
    frame = sites.reindex(columns=["site_id", "stage", "stage_since"]).assign(site_name=names)
    frame["stage_since"] = pd.to_datetime(frame["stage_since"])
    end = pd.Timestamp(quarter.last_day) + pd.Timedelta(days=1)
    months = (end - frame["stage_since"]).dt.days / DAYS_IN_A_MONTH
    frame["months_in_stage"] = months.where(months >= 0)
    limits = frame["stage"].map(dict(expected))
    most = limits.map(lambda each: each[1], na_action="ignore").astype(float).fillna(np.inf)
    frame["expected_months"] = limits.map(_as_text, na_action="ignore").fillna("").astype("str")
    frame["reason"] = _reasons(frame, months, limits)
    stalled = (frame["months_in_stage"] > most).astype("boolean")
    frame["stalled"] = stalled.where(frame["reason"] == "")
    return Stages(frame.sort_values("site_id")[COLUMNS].reset_index(drop=True))


def _as_text(limits: tuple[float, float | None]) -> str:
    fewest, most = limits
    if most is None:
        return say("{fewest:g} or more", fewest=fewest)
    return say("{low} to {high}", low=f"{fewest:g}", high=f"{most:g}")


def _reasons(frame: pd.DataFrame, months: pd.Series, limits: pd.Series) -> pd.Series:
    """Why it can't be said whether a site has stalled; empty where it can."""
    return pd.Series(
        np.select(
            [
                frame["stage"].isna(),
                limits.isna(),
                frame["stage_since"].isna(),
                months < 0,
            ],
            [
                say("the stage is not recorded."),
                say("no range is expected for this stage."),
                say("the day on which the stage began is not recorded."),
                say("the stage began after the quarter."),
            ],
            "",
        ),
        index=frame.index,
        dtype="str",
    )

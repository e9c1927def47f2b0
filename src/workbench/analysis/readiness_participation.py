"""Who took part: the share of a site's practitioners who stand behind its driver scores.

A survey that few answered speaks for those few. Staff surveys of this kind are usually read only
where more than four of five took part (see docs/methods/readiness.md).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.analysis.readiness_participation_findings import participation_findings
from workbench.analysis.readiness_respondents import latest
from workbench.findings import Finding
from workbench.language import mark, say
from workbench.models.proportions import wilson_interval
from workbench.quarters import Quarter
from workbench.shown import Shown
from workbench.wording import count_of

SMALLEST_PARTICIPATION = 0.80
TOO_FEW = mark("too few took part to speak for the site")
COLUMNS = ["site_id", "eligible", "answered", "share", "conf_low", "conf_high", "enough", "reason"]


@dataclass(frozen=True)
class Participation(Shown):
    """Who took part in each site's latest assessment.

    Attributes
    ----------
    participation
        One row a site: ``site_id, eligible`` (practitioners employed there on the day),
        ``answered`` (how many of them answered), ``share`` (0 to 1) with Wilson's interval,
        ``enough``, ``reason`` (why not).
    smallest
        Share from which a site is ``enough``.
    """

    participation: pd.DataFrame
    smallest: float

    def tables(self) -> dict[str, pd.DataFrame]:
        """Evidence tables by name."""
        return {"participation": self.participation}

    def findings(self) -> list[Finding]:
        """Say how many of the staff took part, for the network and each site."""
        return participation_findings(self.participation, self.smallest)


def participation(
    panel: pd.DataFrame,
    practitioners: pd.DataFrame,
    quarter: Quarter,
    smallest: float = SMALLEST_PARTICIPATION,
) -> Participation:
    """Count who answered among the practitioners who were employed at the time.

    Parameters
    ----------
    panel
        One row a best practice rated by a respondent, from ``panels.assessment_panel``.
    practitioners
        ``practitioner_id, site_id``, and ``hired_on``, ``left_on`` where they are recorded.
        Someone without a day of hiring counts as employed from the start.
    quarter
        Quarter of the report; later assessments don't count.
    smallest
        Share, 0 to 1, from which the site's scores are read without reserve.
    """
    in_time = panel[panel["assessed_on"] <= pd.Timestamp(quarter.last_day)]
    last = latest(in_time)
    gave = last[last["answered"].astype(bool)]
    # Respondents may have codes of their own; then they can only be counted.
    by_code = bool(gave["respondent_id"].isin(practitioners["practitioner_id"]).any())
    rows = [
        _of_site(str(site), mine, practitioners, by_code, smallest)
        for site, mine in gave.groupby("site_id", sort=True)
    ]
    return Participation(pd.DataFrame(rows, columns=COLUMNS), smallest)


def _of_site(
    site: str, mine: pd.DataFrame, practitioners: pd.DataFrame, by_code: bool, smallest: float
) -> dict[str, object]:
    staff = _employed(practitioners, site, mine["assessed_on"].max())
    own = mine.loc[mine["respondent_role"] == "practitioner", "respondent_id"]
    answered = int(own[own.isin(staff)].nunique()) if by_code else int(own.nunique())
    row = {"site_id": site, "eligible": len(staff), "answered": answered, "enough": False}
    if (mine["respondent_role"] == "consensus").all():
        why = say("one answer was agreed on by a group, and who took part in it is not recorded.")
        return _without_share(row, why)
    if not staff:
        why = say("no practitioner is recorded as employed there on the day.")
        return _without_share(row, why)
    if answered > len(staff):
        why = say(
            "{answered} answered as practitioners and {employed} are recorded as employed there "
            "on the day.",
            answered=answered,
            employed=len(staff),
        )
        return _without_share(row, why)
    share = answered / len(staff)
    low, high = map(float, wilson_interval(answered, len(staff)))
    enough = share >= smallest
    said = say(
        "{answered} of {practitioners} answered, {reserve}.",
        answered=answered,
        practitioners=count_of(len(staff), "practitioner"),
        reserve=say(TOO_FEW),
    )
    return {
        **row,
        "share": share,
        "conf_low": low,
        "conf_high": high,
        "enough": enough,
        "reason": "" if enough else said,
    }


def _without_share(row: dict[str, object], reason: str) -> dict[str, object]:
    return {**row, "share": np.nan, "conf_low": np.nan, "conf_high": np.nan, "reason": reason}


def _employed(practitioners: pd.DataFrame, site: str, day: pd.Timestamp) -> list[str]:
    there = practitioners["site_id"] == site
    if "hired_on" in practitioners.columns:
        there &= ~(practitioners["hired_on"] > day)
    if "left_on" in practitioners.columns:
        there &= ~(practitioners["left_on"] < day)
    return sorted(practitioners.loc[there, "practitioner_id"].unique())

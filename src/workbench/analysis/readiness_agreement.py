"""Evidence that a mean over respondents means something, before it is shown as a site's score.

A driver's score of a site is a mean over people. It describes the site where they agree
(r*wg(j), AD), sites are told apart by it where they differ by more than the people in them do
(ICC(1), ICC(2)), and the best practices make one scale where they go together (alpha, omega).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.analysis.readiness_agreement_findings import agreement_findings
from workbench.analysis.readiness_respondents import SMALLEST_SHARE, latest, respondent_scores
from workbench.analysis.readiness_roles import scores_by_role
from workbench.findings import Finding
from workbench.language import mark, say
from workbench.models.consistency import consistency
from workbench.models.group_icc import group_icc
from workbench.models.within_group_agreement import within_group_agreement
from workbench.shown import Shown
from workbench.wording import number

SMALLEST_AGREEMENT = 0.70
"""r*wg(j) from which a mean over respondents is shown; the usual floor (see the method's page)."""
OPTIONS = 3
CONSENSUS = mark("one answer that a group agreed on, so there is nothing to test.")
AGREEMENT_COLUMNS = [
    "site_id",
    "level",
    "name",
    "title",
    "rwg",
    "ad",
    "icc1",
    "icc2",
    "n_respondents",
    "enough",
    "reason",
]
CONSISTENCY_COLUMNS = [
    "name",
    "title",
    "alpha",
    "alpha_low",
    "alpha_high",
    "omega",
    "n_items",
    "n_respondents",
    "reason",
]


@dataclass(frozen=True)
class AggregationEvidence(Shown):
    """How far respondents agree, and what they say by role.

    Attributes
    ----------
    driver_agreement
        One row a site and driver: ``site_id, level, name, title, rwg`` (r*wg(j)), ``ad`` (points
        of the driver's percent), ``icc1, icc2`` (of all sites, repeated), ``n_respondents,
        enough, reason``.
    driver_consistency
        One row a driver: ``name, title, alpha, alpha_low, alpha_high, omega, n_items,
        n_respondents, reason``.
    driver_scores_by_role
        One row a site (``""`` the network), driver and role: ``score, conf_low, conf_high,
        n_respondents``.
    smallest
        r*wg(j) from which a score is ``enough``.
    """

    driver_agreement: pd.DataFrame
    driver_consistency: pd.DataFrame
    driver_scores_by_role: pd.DataFrame
    smallest: float

    def tables(self) -> dict[str, pd.DataFrame]:
        """Evidence tables by name."""
        return {
            "driver_agreement": self.driver_agreement,
            "driver_consistency": self.driver_consistency,
            "driver_scores_by_role": self.driver_scores_by_role,
        }

    def findings(self) -> list[Finding]:
        """Say where respondents agree enough for a site score, and if the scales hold together."""
        return agreement_findings(self.driver_agreement, self.driver_consistency, self.smallest)


def aggregation_evidence(
    panel: pd.DataFrame,
    smallest: float = SMALLEST_AGREEMENT,
    options: int = OPTIONS,
    smallest_share_answered: float = SMALLEST_SHARE,
) -> AggregationEvidence:
    """Test whether each site's respondents agree on each driver, at its latest assessment.

    Parameters
    ----------
    panel
        One row a best practice rated by a respondent, from ``panels.assessment_panel``.
    smallest
        r*wg(j) from which a site's score of a driver is shown.
    options
        How many answers the scale offers: 3 for *in place*, *partly*, *not*. Agreement is judged
        against answers spread evenly over them.
    smallest_share_answered
        As for ``driver_readiness``: the same respondents are used.
    """
    now = latest(panel)
    scores = respondent_scores(now, smallest_share_answered)
    drivers = scores[scores["level"] == "driver"]
    answers = _answers(now, drivers)
    return AggregationEvidence(
        _agreement(answers, drivers, smallest, options),
        _consistency(answers),
        scores_by_role(drivers),
        smallest,
    )


def _answers(panel: pd.DataFrame, drivers: pd.DataFrame) -> pd.DataFrame:
    """Answers behind the driver scores, the last where someone gave two to the same question."""
    who = ["site_id", "respondent_id", "driver"]
    answered = panel[panel["answered"].astype(bool)].sort_values("assessed_on", kind="stable")
    scored = answered.merge(drivers[who].drop_duplicates(), on=who)
    last = scored.drop_duplicates([*who, "best_practice"], keep="last")
    return last.assign(person=last["site_id"] + " " + last["respondent_id"])


def _agreement(
    answers: pd.DataFrame, drivers: pd.DataFrame, smallest: float, options: int
) -> pd.DataFrame:
    if answers.empty:
        return pd.DataFrame(columns=AGREEMENT_COLUMNS)
    found = within_group_agreement(
        answers,
        value="percent",
        item="best_practice",
        respondent="respondent_id",
        groups=["site_id", "driver", "driver_title"],
        options=list(np.linspace(0, 100, options)),
    )
    between = {
        name: group_icc(mine, "score", "site_id").iloc[0]
        for name, mine in drivers.groupby("name", sort=True)
    }
    is_consensus = answers["respondent_role"].eq("consensus")
    agreed = set(
        answers.assign(agreed=is_consensus)
        .groupby(["site_id", "driver"])["agreed"]
        .all()
        .loc[lambda each: each]
        .index
    )
    table = found.rename(
        columns={"driver": "name", "driver_title": "title", "rwg_star": "rwg", "ad_mean": "ad"}
    ).assign(level="driver")
    table["icc1"] = [between[name]["icc1"] for name in table["name"]]
    table["icc2"] = [between[name]["icc2"] for name in table["name"]]
    alone = [
        (site, name) in agreed for site, name in zip(table["site_id"], table["name"], strict=True)
    ]
    table["enough"] = (table["rwg"] >= smallest) | np.array(alone)
    table["reason"] = [
        _reason(row, smallest, one)
        for row, one in zip(table.to_dict("records"), alone, strict=True)
    ]
    return table[AGREEMENT_COLUMNS].reset_index(drop=True)


def _reason(row: dict, smallest: float, is_consensus: bool) -> str:
    """Why a score is withheld, or why agreement could not be tested; empty if it is enough."""
    if np.isnan(row["rwg"]):
        alone = say("only one respondent, so agreement can't be tested.")
        return say(CONSENSUS) if is_consensus else alone
    if row["enough"]:
        return ""
    return say(
        "the respondents don't agree enough for one score of the site: r*wg(j) is {agreement}, "
        "and {setting} is the setting.",
        agreement=number(row["rwg"], 2),
        setting=number(smallest, 2),
    )


def _consistency(answers: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for (name, title), mine in answers.groupby(["driver", "driver_title"], sort=True):
        found = consistency(mine, "percent", "best_practice", "person").iloc[0]
        rows.append(
            {
                "name": name,
                "title": title,
                **{column: found[column] for column in CONSISTENCY_COLUMNS[2:8]},
                "reason": found["reason"] or found["omega_reason"],
            }
        )
    return pd.DataFrame(rows, columns=CONSISTENCY_COLUMNS)

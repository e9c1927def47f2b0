"""Do roles see the drivers alike: practitioners, supervisors, managers and leaders in pairs.

At a site, two roles are set beside one another over their respondents. For the network, the
difference is taken within each site that has both roles and averaged over sites, so that sites
with many leaders and high drivers don't look like leaders who see high drivers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from workbench.analysis.readiness_respondents import SMALLEST_SHARE, latest, respondent_scores
from workbench.analysis.readiness_roles_findings import roles_findings
from workbench.findings import Finding
from workbench.language import mark
from workbench.models.clustered import Estimate, clustered_difference, clustered_mean
from workbench.shown import Shown
from workbench.terms import CONFIDENCE

ROLES = (mark("practitioner"), mark("supervisor"), mark("manager"), mark("leader"))
FEWEST_OF_A_ROLE = 3
"""Respondents of each of two roles below which their difference at a site has no interval."""
SCORE_COLUMNS = [
    "site_id",
    "name",
    "title",
    "role",
    "score",
    "conf_low",
    "conf_high",
    "n_respondents",
]
GAP_COLUMNS = [
    "site_id",
    "name",
    "title",
    "role_a",
    "role_b",
    "difference",
    "conf_low",
    "conf_high",
    "n_respondents",
    "n_sites",
    "sure",
]


@dataclass(frozen=True)
class Roles(Shown):
    """Differences between roles.

    Attributes
    ----------
    role_gap
        One row a site (``""`` the network), driver and pair of roles: ``difference`` is the score
        of ``role_b`` minus that of ``role_a``, in points, with its 95% interval; ``n_respondents``
        of both roles; ``n_sites``; ``sure``: whether the interval leaves zero out when every pair
        and driver of the place is allowed for.
    """

    role_gap: pd.DataFrame

    def tables(self) -> dict[str, pd.DataFrame]:
        """Evidence tables by name."""
        return {"driver_role_gap": self.role_gap}

    def findings(self) -> list[Finding]:
        """Name the widest sure difference of the network and of each site."""
        return roles_findings(self.role_gap)


def roles(panel: pd.DataFrame, smallest_share_answered: float = SMALLEST_SHARE) -> Roles:
    """Set every two roles beside one another on every driver, at the latest assessments.

    Parameters
    ----------
    panel
        One row a best practice rated by a respondent, from ``panels.assessment_panel``.
    smallest_share_answered
        As for ``driver_readiness``.
    """
    scores = respondent_scores(latest(panel), smallest_share_answered)
    drivers = scores[(scores["level"] == "driver") & scores["respondent_role"].isin(ROLES)]
    sites = [_at_site(str(site), mine) for site, mine in drivers.groupby("site_id", sort=True)]
    parts = [_in_network(drivers), *sites]
    rows = [row for part in parts for row in part]
    return Roles(pd.DataFrame(rows, columns=GAP_COLUMNS))


def scores_by_role(drivers: pd.DataFrame) -> pd.DataFrame:
    """Mean score of each role, for each driver, at each site and in the network.

    Parameters
    ----------
    drivers
        One row a respondent and driver, from ``respondent_scores``.
    """
    rows = []
    for key, scores in drivers.groupby(["name", "title", "respondent_role"], sort=True):
        rows.append(_mean("", key, scores, scores["site_id"]))
        for site, mine in scores.groupby("site_id", sort=True):
            rows.append(_mean(str(site), key, mine, mine["respondent_id"]))
    table = pd.DataFrame(rows, columns=SCORE_COLUMNS)
    return table.sort_values("site_id", kind="stable").reset_index(drop=True)


def _mean(
    site: str, key: Iterable[object], scores: pd.DataFrame, clusters: pd.Series
) -> dict[str, object]:
    found = clustered_mean(scores["score"], clusters)
    return {
        "site_id": site,
        **dict(zip(("name", "title", "role"), key, strict=True)),
        "score": found.estimate,
        "conf_low": float(np.clip(found.conf_low, 0, 100)),
        "conf_high": float(np.clip(found.conf_high, 0, 100)),
        "n_respondents": len(scores[["site_id", "respondent_id"]].drop_duplicates()),
    }


def _pairs(drivers: pd.DataFrame) -> list[tuple[str, str, str, str, pd.DataFrame]]:
    """Driver, title, two roles in the field's order, and the scores of both."""
    found = []
    for (name, title), mine in drivers.groupby(["name", "title"], sort=True):
        present = set(mine["respondent_role"])
        for one, other in combinations([role for role in ROLES if role in present], 2):
            both = mine[mine["respondent_role"].isin([one, other])]
            found.append((str(name), str(title), one, other, both))
    return found


def _at_site(site: str, drivers: pd.DataFrame) -> list[dict[str, object]]:
    pairs = _pairs(drivers)
    rows = []
    for name, title, one, other, both in pairs:
        is_other = both["respondent_role"] == other
        few = min(int(is_other.sum()), int((~is_other).sum())) < FEWEST_OF_A_ROLE
        means = both["score"].groupby(is_other).mean()
        row: dict[str, object] = {
            "site_id": site,
            "name": name,
            "title": title,
            "role_a": one,
            "role_b": other,
            "difference": float(means[True] - means[False]),
            "conf_low": np.nan,
            "conf_high": np.nan,
            "n_respondents": both["respondent_id"].nunique(),
            "n_sites": 1,
            "sure": False,
        }
        if not few:
            row |= _how_sure(
                clustered_difference(both["score"], is_other, both["respondent_id"]), len(pairs)
            )
        rows.append(row)
    return rows


def _in_network(drivers: pd.DataFrame) -> list[dict[str, object]]:
    pairs = _pairs(drivers)
    rows = []
    for name, title, one, other, both in pairs:
        means = both.groupby(["site_id", "respondent_role"])["score"].mean().unstack()  # noqa: PD010
        within = (means[other] - means[one]).dropna()
        if within.empty:
            continue
        sites = within.index.to_series()
        used = both[both["site_id"].isin(sites)]
        found = clustered_mean(within, sites)
        rows.append(
            {
                "site_id": "",
                "name": name,
                "title": title,
                "role_a": one,
                "role_b": other,
                "difference": found.estimate,
                "n_respondents": len(used[["site_id", "respondent_id"]].drop_duplicates()),
                "n_sites": len(within),
                **_how_sure(found, len(pairs)),
            }
        )
    return rows


def _how_sure(found: Estimate, looks: int) -> dict[str, object]:
    """Interval of a difference, and whether zero is left out of one that holds for every look.

    With a confidence of 1 - 0.05 / looks each, all intervals hold together (Bonferroni). Such an
    interval is the same one, longer by the ratio of the two quantiles of t.
    """
    from scipy import stats

    quantiles = stats.t.ppf([(1 + CONFIDENCE) / 2, 1 - (1 - CONFIDENCE) / 2 / looks],
                            found.n_clusters - 1)  # fmt: skip
    reach = (found.conf_high - found.estimate) * quantiles[1] / quantiles[0]
    return {
        "conf_low": found.conf_low,
        "conf_high": found.conf_high,
        "sure": bool(abs(found.estimate) > reach),
    }

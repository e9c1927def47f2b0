"""Where roles see a driver differently, as findings."""

from __future__ import annotations

from typing import Any

import pandas as pd

from workbench.findings import Finding, not_estimable
from workbench.wording import count_of, interval, number

ID = "readiness.roles"
QUESTION = "Do practitioners and leaders see the drivers alike?"
EVIDENCE = "tables/driver_role_gap.parquet"


def roles_findings(role_gap: pd.DataFrame) -> list[Finding]:
    """Make a finding for the network, and one for each site."""
    sites = sorted(set(role_gap["site_id"]) - {""})
    return [_finding(role_gap[role_gap["site_id"] == site], site) for site in ["", *sites]]


def _finding(rows: pd.DataFrame, site: str) -> Finding:
    about: dict[str, Any] = {"site_id": site, "n_of": "respondents", "evidence": EVIDENCE}
    if rows.empty:
        return not_estimable(ID, QUESTION, "no two roles rated the drivers at one site.", **about)
    known = rows[rows["conf_low"].notna()]
    if known.empty:
        people = int(rows["n_respondents"].max())
        why = (
            "fewer than three respondents of a role are too few for an interval."
            if site
            else "fewer than three sites have answers of two roles."
        )
        return not_estimable(ID, QUESTION, why, n=people, n_practitioners=people, **about)
    sure = known[known["sure"].astype(bool)]
    chosen = sure if len(sure) else known
    widest = chosen.loc[chosen["difference"].abs().sort_values().index[-1]]
    people = int(widest["n_respondents"])
    return Finding(
        id=ID,
        question=QUESTION,
        statement=_statement(widest, len(sure), len(known), site),
        estimate=float(widest["difference"]),
        conf_low=float(widest["conf_low"]),
        conf_high=float(widest["conf_high"]),
        unit=f"points of {str(widest['title']).lower()}, {widest['role_b']}s minus "
        f"{widest['role_a']}s",
        n=people,
        n_practitioners=people,
        **about,
    )


def _statement(widest: pd.Series, sure: int, known: int, site: str) -> str:
    size = (
        f"{number(abs(widest['difference']))} points (95% interval of the difference "
        f"{interval(widest['conf_low'], widest['conf_high'], signed=True)}, over "
        f"{'respondents' if site else count_of(int(widest['n_sites']), 'site')})"
    )
    way = "higher" if widest["difference"] > 0 else "lower"
    seen = (
        f"{str(widest['role_b']).capitalize()}s rate {str(widest['title']).lower()} {way} than "
        f"{widest['role_a']}s do, by {size}"
    )
    looked = count_of(known, "comparison of two roles on a driver",
                      "comparisons of two roles on a driver")  # fmt: skip
    if not sure:
        return (
            f"No difference between roles is sure: of {looked}, none stands out when all are "
            f"allowed for. The widest: {seen[0].lower()}{seen[1:]}."
        )
    return (
        f"{seen}. It is the widest of {sure} sure differences. All of {looked} are allowed for."
        if sure > 1
        else f"{seen}. It is the only sure difference, when all of {looked} are allowed for."
    )

"""What double codes say of raters at one time: whether they agree, and who scores higher."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from workbench.analysis.raters import RaterDrift
from workbench.analysis.raters_agreement import FEWEST_SESSIONS, shown_total
from workbench.certainty import certainty
from workbench.findings import Finding, not_estimable
from workbench.wording import count_of, interval, number

AGREEMENT = "Do two raters of the same session agree?"
SEVERITY = "Do {who} score higher or lower than a second, expert rater of the same session?"
LOWEST_AGREEMENT = 0.60
"""An interval that reaches below it flags the agreement."""
BEST_PRACTICE = (
    "Raters are trained, and their scores are checked against a second rater during the year."
)
_RETRAIN = (
    "Have raters score a few of the same sessions this quarter, and talk through the items on "
    "which they differ most."
)
_PLURALS = {
    "independent and master": "independent raters beside master raters",
    "supervisor and master": "supervisors beside master raters",
    "supervisor and independent": "supervisors beside independent raters",
    "two independent raters": "two independent raters",
}
_MASTER_CODES, _INDEPENDENT = "master codes", "independent raters"


def agreement_findings(agreement: pd.DataFrame) -> list[Finding]:
    """Tell the agreement on the total score, one finding a kind of pair."""
    rows = shown_total(agreement)
    if rows.empty:
        reason = f"fewer than {FEWEST_SESSIONS} sessions were scored by two raters."
        evidence = "tables/rater_agreement.parquet"
        return [not_estimable("raters.agreement", AGREEMENT, reason, evidence=evidence)]
    return [_agreement(row) for row in rows.to_dict("records")]


def _agreement(row: Mapping[Any, Any]) -> Finding:
    known = bool(np.isfinite(row["conf_low"]) and np.isfinite(row["conf_high"]))
    too_low = known and row["conf_low"] < LOWEST_AGREEMENT
    reach = "no interval"
    if known:
        reach = f"95% interval {interval(row['conf_low'], row['conf_high'], 2)}"
    sessions, raters = int(row["n_sessions"]), int(row["n_raters"])
    seen = f"{count_of(sessions, 'session')} by {count_of(raters, 'rater')}"
    return Finding(
        id=f"raters.agreement.{str(row['pair_of']).replace(' ', '_')}",
        question=AGREEMENT,
        statement=f"{_lead(row, known)}. For {_PLURALS[str(row['pair_of'])]} it is "
        f"{number(row['estimate'], 2)} as an intraclass correlation of single ratings ({reach}; "
        f"{seen}).",
        estimate=float(row["estimate"]),
        conf_low=float(row["conf_low"]) if known else None,
        conf_high=float(row["conf_high"]) if known else None,
        unit="intraclass correlation",
        n=sessions,
        n_of="double-coded sessions",
        n_practitioners=int(row["n_practitioners"]),
        evidence="tables/rater_agreement.parquet",
        action_prompt=_RETRAIN if too_low else "",
        best_practice=BEST_PRACTICE if too_low else "",
    )


def _lead(row: Mapping[Any, Any], known: bool) -> str:
    floor = f"{LOWEST_AGREEMENT:.2f}"
    if not known:
        return "How sure the agreement between raters is can't be told"
    if row["conf_high"] < LOWEST_AGREEMENT:
        return f"Agreement between raters on the total score is below {floor}"
    if row["conf_low"] < LOWEST_AGREEMENT:
        return f"Agreement between raters on the total score may be below {floor}"
    return f"Agreement between raters on the total score is above {floor}"


def severity_findings(raters: RaterDrift) -> list[Finding]:
    """Tell how far raters stand from their anchor, one finding a role of rater."""
    rows = raters.severity_by_role.set_index("rater_role").to_dict("index")
    return [_severity(role, rows.get(role)) for role in raters.roles]


def _severity(role: str, row: Mapping[Any, Any] | None) -> Finding:
    name, evidence = f"raters.severity.{role}", "tables/rater_severity_by_role.parquet"
    who = "supervisors" if role == "supervisor" else "independent raters"
    if row is None:
        reason = f"no session of {who} was also scored by an anchor, such as a master rater."
        return not_estimable(name, SEVERITY.format(who=who), reason, evidence=evidence)
    counts: dict[str, Any] = {
        "n": int(row["n_sessions"]),
        "n_of": "double-coded sessions",
        "n_practitioners": int(row["n_practitioners"]),
        "evidence": evidence,
    }
    if counts["n"] < FEWEST_SESSIONS or not np.isfinite(row["conf_low"]):
        reason = f"{count_of(counts['n'], 'double-coded session')}: too few for an interval."
        return not_estimable(name, SEVERITY.format(who=who), reason, **counts)
    anchor = _MASTER_CODES if row["anchor_role"] == "master" else _INDEPENDENT
    sure = certainty(row["conf_low"], row["conf_high"])
    way = sure.pick("lower than", "higher than", "close to")
    sessions = count_of(counts["n"], "session")
    numbers = (
        f"{number(row['difference'], 1, signed=True)} points, 95% interval "
        f"{interval(row['conf_low'], row['conf_high'], 1, True, (0,))}; {sessions} by "
        f"{count_of(int(row['n_raters']), 'rater')}"
    )
    said = f"{who.capitalize()} score {way} {anchor} of the same sessions ({numbers})."
    if way == "close to":
        said = (
            f"No reliable difference is seen between {who} and {anchor} of the same sessions "
            f"({numbers})."
        )
    return Finding(
        id=name,
        question=SEVERITY.format(who=who),
        statement=said,
        estimate=float(row["difference"]),
        conf_low=float(row["conf_low"]),
        conf_high=float(row["conf_high"]),
        unit="points",
        certainty=str(sure),
        **counts,
    )

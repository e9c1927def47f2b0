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
from workbench.language import mark, say
from workbench.wording import count_of, interval, number

AGREEMENT = mark("Do two raters of the same session agree?")
SEVERITY = {
    "independent": mark(
        "Do independent raters score higher or lower than a second, expert rater of the same "
        "session?"
    ),
    "supervisor": mark(
        "Do supervisors score higher or lower than a second, expert rater of the same session?"
    ),
}
LOWEST_AGREEMENT = 0.60
"""An interval that reaches below it flags the agreement."""
BEST_PRACTICE = mark(
    "Raters are trained, and their scores are checked against a second rater during the year."
)
_RETRAIN = mark(
    "Have raters score a few of the same sessions this quarter, and talk through the items on "
    "which they differ most."
)
_PLURALS = {
    "independent and master": mark("independent raters beside master raters"),
    "supervisor and master": mark("supervisors beside master raters"),
    "supervisor and independent": mark("supervisors beside independent raters"),
    "two independent raters": mark("two independent raters"),
}
_NO_ANCHOR = {
    "independent": mark(
        "no session of independent raters was also scored by an anchor, such as a master rater."
    ),
    "supervisor": mark(
        "no session of supervisors was also scored by an anchor, such as a master rater."
    ),
}
_ANCHORS = {"master": mark("master codes"), "independent": mark("independent raters")}
_STAND = {
    "independent": (
        mark("Independent raters score lower than {anchor} of the same sessions ({numbers})."),
        mark("Independent raters score higher than {anchor} of the same sessions ({numbers})."),
        mark(
            "No reliable difference is seen between independent raters and {anchor} of the same "
            "sessions ({numbers})."
        ),
    ),
    "supervisor": (
        mark("Supervisors score lower than {anchor} of the same sessions ({numbers})."),
        mark("Supervisors score higher than {anchor} of the same sessions ({numbers})."),
        mark(
            "No reliable difference is seen between supervisors and {anchor} of the same sessions "
            "({numbers})."
        ),
    ),
}
"""What is said of each role that stands lower than its anchor, higher, and not surely either."""


def agreement_findings(agreement: pd.DataFrame) -> list[Finding]:
    """Tell the agreement on the total score, one finding a kind of pair."""
    rows = shown_total(agreement)
    if rows.empty:
        reason = say("fewer than {n} sessions were scored by two raters.", n=FEWEST_SESSIONS)
        evidence = "tables/rater_agreement.parquet"
        return [not_estimable("raters.agreement", say(AGREEMENT), reason, evidence=evidence)]
    return [_agreement(row) for row in rows.to_dict("records")]


def _agreement(row: Mapping[Any, Any]) -> Finding:
    known = bool(np.isfinite(row["conf_low"]) and np.isfinite(row["conf_high"]))
    too_low = known and row["conf_low"] < LOWEST_AGREEMENT
    return Finding(
        id=f"raters.agreement.{str(row['pair_of']).replace(' ', '_')}",
        question=say(AGREEMENT),
        statement=f"{_lead(row, known)}. {_correlation(row, known)}",
        estimate=float(row["estimate"]),
        conf_low=float(row["conf_low"]) if known else None,
        conf_high=float(row["conf_high"]) if known else None,
        unit=mark("intraclass correlation"),
        n=int(row["n_sessions"]),
        n_of=mark("double-coded sessions"),
        n_practitioners=int(row["n_practitioners"]),
        evidence="tables/rater_agreement.parquet",
        action_prompt=say(_RETRAIN) if too_low else "",
        best_practice=say(BEST_PRACTICE) if too_low else "",
    )


def _lead(row: Mapping[Any, Any], known: bool) -> str:
    floor = f"{LOWEST_AGREEMENT:.2f}"
    if not known:
        return say("How sure the agreement between raters is can't be told")
    if row["conf_high"] < LOWEST_AGREEMENT:
        return say("Agreement between raters on the total score is below {floor}", floor=floor)
    if row["conf_low"] < LOWEST_AGREEMENT:
        return say("Agreement between raters on the total score may be below {floor}", floor=floor)
    return say("Agreement between raters on the total score is above {floor}", floor=floor)


def _correlation(row: Mapping[Any, Any], known: bool) -> str:
    reach = say("no interval")
    if known:
        reach = say(
            "95% interval {between}", between=interval(row["conf_low"], row["conf_high"], 2)
        )
    return say(
        "For {raters} it is {size} as an intraclass correlation of single ratings ({reach}; "
        "{seen}).",
        raters=say(_PLURALS[str(row["pair_of"])]),
        size=number(row["estimate"], 2),
        reach=reach,
        seen=_seen(row),
    )


def _seen(row: Mapping[Any, Any]) -> str:
    return say(
        "{sessions} by {raters}",
        sessions=count_of(int(row["n_sessions"]), "session"),
        raters=count_of(int(row["n_raters"]), "rater"),
    )


def severity_findings(raters: RaterDrift) -> list[Finding]:
    """Tell how far raters stand from their anchor, one finding a role of rater."""
    rows = raters.severity_by_role.set_index("rater_role").to_dict("index")
    return [_severity(role, rows.get(role)) for role in raters.roles]


def _severity(role: str, row: Mapping[Any, Any] | None) -> Finding:
    name, evidence = f"raters.severity.{role}", "tables/rater_severity_by_role.parquet"
    kind = "supervisor" if role == "supervisor" else "independent"
    question = say(SEVERITY[kind])
    if row is None:
        return not_estimable(name, question, say(_NO_ANCHOR[kind]), evidence=evidence)
    counts: dict[str, Any] = {
        "n": int(row["n_sessions"]),
        "n_of": mark("double-coded sessions"),
        "n_practitioners": int(row["n_practitioners"]),
        "evidence": evidence,
    }
    if counts["n"] < FEWEST_SESSIONS or not np.isfinite(row["conf_low"]):
        sessions = count_of(counts["n"], "double-coded session")
        reason = say("{sessions}: too few for an interval.", sessions=sessions)
        return not_estimable(name, question, reason, **counts)
    sure = certainty(row["conf_low"], row["conf_high"])
    return Finding(
        id=name,
        question=question,
        statement=say(
            sure.pick(*_STAND[kind]),
            anchor=say(_ANCHORS["master" if row["anchor_role"] == "master" else "independent"]),
            numbers=_numbers(row),
        ),
        estimate=float(row["difference"]),
        conf_low=float(row["conf_low"]),
        conf_high=float(row["conf_high"]),
        unit=mark("points"),
        certainty=str(sure),
        **counts,
    )


def _numbers(row: Mapping[Any, Any]) -> str:
    return say(
        "{size} points, 95% interval {between}; {seen}",
        size=number(row["difference"], 1, signed=True),
        between=interval(row["conf_low"], row["conf_high"], 1, True, (0,)),
        seen=_seen(row),
    )

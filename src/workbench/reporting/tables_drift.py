"""Display tables of the kinds of drift, and of the raters, who are the ruler."""

from __future__ import annotations

from typing import Any

import pandas as pd

from workbench import terms
from workbench.reporting import printed
from workbench.reporting.display_table import DisplayTable, written
from workbench.reporting.evidence import require

KIND_COLUMNS = (
    "mechanism",
    "estimate",
    "conf_low",
    "conf_high",
    "unit",
    "verdict",
    "statement",
    "n",
    "n_of",
    "n_practitioners",
    "reason",
)
AGREEMENT_COLUMNS = (
    "pair_of",
    "measure",
    "what",
    "estimate",
    "conf_low",
    "conf_high",
    "n_sessions",
    "n_raters",
    "n_practitioners",
)
SEVERITY_COLUMNS = (
    "rater_role",
    "quarter",
    "difference",
    "conf_low",
    "conf_high",
    "n_sessions",
    "n_practitioners",
)
GAP_COLUMNS = (
    "quarter",
    "quarters",
    "gap",
    "gap_low",
    "gap_high",
    "n_observations",
    "n_practitioners",
)
BETWEEN_COLUMNS = ("quarter", "quarters", "spread", "spread_low", "spread_high", "n_sites")
WITHIN_COLUMNS = (
    "quarter",
    "quarters",
    "spread",
    "spread_low",
    "spread_high",
    "n_observations",
    "n_practitioners",
)
ICC = "ICC(A,1)"
"""Agreement of single ratings of a score; the other measures are of items."""
MASTER = "master"

KIND_WORDS = {
    terms.RATER_DRIFT: "raters score higher or lower than they used to",
    terms.INDIVIDUAL_DRIFT: "single practitioners leave the course of their site",
    terms.NEW_NORMAL: "a lower level becomes what is normal everywhere",
    terms.GENERATION_EFFECT: "the longer the chain of trainers, the lower the practice",
    terms.BOOSTER_RECOVERY: "practice stands higher after renewed training or certification",
    terms.COMPONENT_EROSION: "one part of practice falls while the rest does not",
    terms.LEAVERS_DIFFER: "those who left practised otherwise than those who stay",
}
VERDICT_WORDS = {
    "named": "Seen",
    "not named": "Looked for; does not stand out from chance",
    "not identifiable": "These data can’t tell",
    "not tested": "Not enough data to test",
}


def drift_kinds_table(drift_kinds: pd.DataFrame) -> DisplayTable:
    """Each kind of drift that was looked for, with its verdict, size and base."""
    frame = written(
        require(drift_kinds, "drift_kinds", KIND_COLUMNS),
        {
            "Kind of drift": _kind,
            "Verdict": _verdict,
            "Size": lambda row: _told(
                row, printed.number(row.estimate, *_digits(row), signed=_is_points(row))
            ),
            "95% interval": lambda row: _told(
                row, printed.interval(row.conf_low, row.conf_high, 1, signed=True)
            ),
            "Based on": _base,
        },
    )
    note = (
        "The more kinds one looks for, the more often chance alone would show one. The verdicts "
        "allow for that: a kind is called seen only if chance is an unlikely explanation for it "
        "even so."
    )
    return DisplayTable("Kinds of drift that were looked for", frame, note)


def _is_points(row: Any) -> bool:
    """Whether a size is in points, and not a count of people."""
    return str(row.unit).startswith("points")


def _digits(row: Any) -> tuple[int, str]:
    return (1 if _is_points(row) else 0), str(row.unit)


def _kind(row: Any) -> str:
    words = KIND_WORDS.get(row.mechanism, "")
    return printed.sentence(f"{row.mechanism}: {words}" if words else str(row.mechanism))


def _verdict(row: Any) -> str:
    if not printed.is_number(row.verdict):
        return printed.NO_NUMBER
    words = VERDICT_WORDS.get(row.verdict, str(row.verdict))
    because = row.reason if printed.is_number(row.reason) else ""
    return f"{words}: {printed.clean(because)}" if because else words


def _base(row: Any) -> str:
    if not printed.is_number(row.n):
        return printed.NO_NUMBER
    if not row.n:
        return "–"
    counted = printed.counted(row.n, str(row.n_of))
    if "practitioner" in str(row.n_of):
        return counted
    return f"{counted} of {printed.counted(row.n_practitioners, 'practitioners')}"


def _told(row: Any, text: str) -> str:
    """Write a dash where the verdict says already why there is no number."""
    is_said = text == printed.NO_NUMBER and printed.is_number(row.verdict)
    return "–" if is_said else text


def rater_agreement_table(rater_agreement: pd.DataFrame, measure: str = ICC) -> DisplayTable:
    """How well raters of one session agree.

    Parameters
    ----------
    rater_agreement
        Evidence table.
    measure
        One of its measures; empty for all of them.
    """
    rows = require(rater_agreement, "rater_agreement", AGREEMENT_COLUMNS)
    rows = rows[rows["measure"] == measure] if measure else rows
    frame = written(
        rows,
        {
            "Raters compared": lambda row: printed.sentence(str(row.pair_of)).removesuffix("."),
            "Score": lambda row: str(row.what),
            "Measure": lambda row: str(row.measure),
            "Agreement": lambda row: printed.number(row.estimate, 2),
            "95% interval": lambda row: printed.interval(row.conf_low, row.conf_high, 2),
            "Sessions": lambda row: printed.number(row.n_sessions),
            "Raters": lambda row: printed.number(row.n_raters),
            "Practitioners": lambda row: printed.number(row.n_practitioners),
        },
    )
    frame = frame.drop(columns="Measure") if measure else frame
    note = "1 is full agreement; 0 is no more than chance would give."
    if measure == ICC:
        note += " The measure is ICC(A,1): a rater who always scores higher counts as disagreeing."
    return DisplayTable("Agreement of two raters about the same session", frame, note)


def with_anchor(rater_severity: pd.DataFrame) -> pd.DataFrame:
    """Rows of severity with the role that they are set beside; a master where none is named."""
    rows = require(rater_severity, "rater_severity", SEVERITY_COLUMNS)
    return rows if "anchor_role" in rows.columns else rows.assign(anchor_role=MASTER)


def rater_severity_table(rater_severity: pd.DataFrame) -> DisplayTable:
    """How far raters of each role score from the anchor of the same session, by quarter."""
    frame = written(
        with_anchor(rater_severity).sort_values(["rater_role", "anchor_role", "quarter"]),
        {
            "Raters": lambda row: printed.sentence(str(row.rater_role)).removesuffix("."),
            "Set beside": lambda row: str(row.anchor_role),
            "Quarter": lambda row: row.quarter,
            "Difference, points": lambda row: printed.number(row.difference, 1, signed=True),
            "95% interval": lambda row: printed.interval(
                row.conf_low, row.conf_high, 1, signed=True
            ),
            "Sessions": lambda row: printed.number(row.n_sessions),
            "Practitioners": lambda row: printed.number(row.n_practitioners),
        },
    )
    note = "Difference: the rater's score less the score that it is set beside."
    return DisplayTable("Raters beside the anchor of the same session", frame, note)


def role_gap_table(role_gap: pd.DataFrame) -> DisplayTable:
    """Tell how far supervisors score from independent raters, by quarter."""
    frame = written(
        require(role_gap, "role_gap", GAP_COLUMNS),
        {
            "Quarter": lambda row: row.quarter,
            "Supervisor less independent, points": lambda row: printed.number(
                row.gap, 1, signed=True
            ),
            "95% interval": lambda row: printed.interval(row.gap_low, row.gap_high, 1, signed=True),
            "Observations": lambda row: printed.number(row.n_observations),
            "Practitioners": lambda row: printed.number(row.n_practitioners),
        },
    )
    return DisplayTable("Supervisors beside independent raters", frame)


def spread_table(
    spread_between_sites: pd.DataFrame, spread_within: pd.DataFrame | None = None
) -> DisplayTable:
    """How far apart sites stand, and how far one piece of work from the next, by quarter."""
    between = require(spread_between_sites, "spread_between_sites", BETWEEN_COLUMNS)
    within = require(
        pd.DataFrame() if spread_within is None else spread_within, "spread_within", WITHIN_COLUMNS
    )
    parts = [
        _spread_rows(between, "Between sites", "n_sites", "sites"),
        _spread_rows(within, "Within practitioners", "n_practitioners", "practitioners"),
    ]
    note = "Spread: standard deviation, in points of fidelity."
    return DisplayTable("How far apart practice stands", pd.concat(parts, ignore_index=True), note)


def _spread_rows(rows: pd.DataFrame, where: str, column: str, noun: str) -> pd.DataFrame:
    return written(
        rows,
        {
            "Where": lambda row: where,
            "Quarter": lambda row: row.quarter,
            "Spread": lambda row: printed.number(row.spread, 1),
            "95% interval": lambda row: printed.interval(row.spread_low, row.spread_high, 1),
            "Based on": lambda row: (
                printed.counted(getattr(row, column), noun)
                if printed.is_number(getattr(row, column))
                else printed.NO_NUMBER
            ),
        },
    )

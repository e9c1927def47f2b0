"""Display tables of the kinds of drift, and of the raters, who are the ruler."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from workbench import terms
from workbench.language import mark, say
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
AFTER_BOOSTER, WHO_LEFT = "observations after a booster", "practitioners who left"
"""What some kinds are counted in; the others in observations or practitioners."""

KIND_WORDS = {
    terms.RATER_DRIFT: mark("raters score higher or lower than they used to"),
    terms.INDIVIDUAL_DRIFT: mark("single practitioners leave the course of their site"),
    terms.NEW_NORMAL: mark("a lower level becomes what is normal everywhere"),
    terms.GENERATION_EFFECT: mark("the longer the chain of trainers, the lower the practice"),
    terms.BOOSTER_RECOVERY: mark("practice stands higher after renewed training or certification"),
    terms.COMPONENT_EROSION: mark("one part of practice falls while the rest does not"),
    terms.LEAVERS_DIFFER: mark("those who left practised otherwise than those who stay"),
}
VERDICT_WORDS = {
    "named": mark("Seen"),
    "not named": mark("Looked for; does not stand out from chance"),
    "not identifiable": mark("These data can’t tell"),
    "not tested": mark("Not enough data to test"),
}


def drift_kinds_table(drift_kinds: pd.DataFrame) -> DisplayTable:
    """Each kind of drift that was looked for, with its verdict, size and base."""
    frame = written(
        require(drift_kinds, "drift_kinds", KIND_COLUMNS),
        {
            mark("Kind of drift"): _kind,
            mark("Verdict"): _verdict,
            mark("Size"): _size,
            mark("95% interval"): _interval,
            mark("Based on"): _base,
        },
    )
    note = say(
        "The more kinds one looks for, the more often chance alone would show one. The verdicts "
        "allow for that: a kind is called seen only if chance is an unlikely explanation for it "
        "even so."
    )
    return DisplayTable(say("Kinds of drift that were looked for"), frame, note)


def _is_points(row: Any) -> bool:
    """Whether a size is in points, and not a count of people."""
    return str(row.unit).startswith("points")


def _size(row: Any) -> str:
    if _goes_without(row, row.estimate):
        return "–"
    digits, signed = (1, True) if _is_points(row) else (0, False)
    return printed.number(row.estimate, digits, str(row.unit), signed)


def _interval(row: Any) -> str:
    if _goes_without(row, row.conf_low, row.conf_high):
        return "–"
    return printed.interval(row.conf_low, row.conf_high, 1, signed=True)


def _kind(row: Any) -> str:
    kind, words = say(str(row.mechanism)), KIND_WORDS.get(row.mechanism, "")
    return printed.sentence(f"{kind}: {say(words)}" if words else kind)


def _verdict(row: Any) -> str:
    if not printed.is_number(row.verdict):
        return say(printed.NO_NUMBER)
    words = say(VERDICT_WORDS.get(row.verdict, str(row.verdict)))
    because = row.reason if printed.is_number(row.reason) else ""
    return f"{words}: {printed.clean(because)}" if because else words


def _base(row: Any) -> str:
    if not printed.is_number(row.n):
        return say(printed.NO_NUMBER)
    if not row.n:
        return "–"
    counted = _counted(row.n, str(row.n_of))
    if "practitioner" in str(row.n_of):
        return counted
    people = printed.counted(row.n_practitioners, "practitioners")
    return say("{counted} of {people}", counted=counted, people=people)


def _counted(count: Any, of: str) -> str:
    if of == AFTER_BOOSTER:
        return printed.counted(count, "observations after a booster")
    if of == WHO_LEFT:
        return printed.counted(count, "practitioners who left")
    return printed.counted(count, of)


def _goes_without(row: Any, *numbers: Any) -> bool:
    """Whether a number is missing and the verdict says already why."""
    return printed.is_number(row.verdict) and not all(map(printed.is_number, numbers))


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
            mark("Raters compared"): lambda row: _named(row.pair_of),
            mark("Score"): lambda row: say(str(row.what)),
            mark("Measure"): lambda row: say(str(row.measure)),
            mark("Agreement"): lambda row: printed.number(row.estimate, 2),
            mark("95% interval"): lambda row: printed.interval(row.conf_low, row.conf_high, 2),
            mark("Sessions"): lambda row: printed.number(row.n_sessions),
            mark("Raters"): lambda row: printed.number(row.n_raters),
            mark("Practitioners"): lambda row: printed.number(row.n_practitioners),
        },
    )
    frame = frame.drop(columns="Measure") if measure else frame
    note = say("1 is full agreement; 0 is no more than chance would give.")
    if measure == ICC:
        note += say(
            " The measure is ICC(A,1): a rater who always scores higher counts as disagreeing."
        )
    return DisplayTable(say("Agreement of two raters about the same session"), frame, note)


def _named(raters: Any) -> str:
    return printed.sentence(say(str(raters))).removesuffix(".")


def with_anchor(rater_severity: pd.DataFrame) -> pd.DataFrame:
    """Rows of severity with the role that they are set beside; a master where none is named."""
    rows = require(rater_severity, "rater_severity", SEVERITY_COLUMNS)
    return rows if "anchor_role" in rows.columns else rows.assign(anchor_role=MASTER)


def rater_severity_table(rater_severity: pd.DataFrame) -> DisplayTable:
    """How far raters of each role score from the anchor of the same session, by quarter."""
    frame = written(
        with_anchor(rater_severity).sort_values(["rater_role", "anchor_role", "quarter"]),
        {
            mark("Raters"): lambda row: _named(row.rater_role),
            mark("Set beside"): lambda row: say(str(row.anchor_role)),
            mark("Quarter"): lambda row: row.quarter,
            mark("Difference, points"): lambda row: printed.number(row.difference, 1, signed=True),
            mark("95% interval"): lambda row: printed.interval(
                row.conf_low, row.conf_high, 1, signed=True
            ),
            mark("Sessions"): lambda row: printed.number(row.n_sessions),
            mark("Practitioners"): lambda row: printed.number(row.n_practitioners),
        },
    )
    note = say("Difference: the rater's score less the score that it is set beside.")
    return DisplayTable(say("Raters beside the anchor of the same session"), frame, note)


def role_gap_table(role_gap: pd.DataFrame) -> DisplayTable:
    """Tell how far supervisors score from independent raters, by quarter."""
    frame = written(
        require(role_gap, "role_gap", GAP_COLUMNS),
        {
            mark("Quarter"): lambda row: row.quarter,
            mark("Supervisor less independent, points"): lambda row: printed.number(
                row.gap, 1, signed=True
            ),
            mark("95% interval"): lambda row: printed.interval(
                row.gap_low, row.gap_high, 1, signed=True
            ),
            mark("Observations"): lambda row: printed.number(row.n_observations),
            mark("Practitioners"): lambda row: printed.number(row.n_practitioners),
        },
    )
    return DisplayTable(say("Supervisors beside independent raters"), frame)


def spread_table(
    spread_between_sites: pd.DataFrame, spread_within: pd.DataFrame | None = None
) -> DisplayTable:
    """How far apart sites stand, and how far one piece of work from the next, by quarter."""
    between = require(spread_between_sites, "spread_between_sites", BETWEEN_COLUMNS)
    within = require(
        pd.DataFrame() if spread_within is None else spread_within, "spread_within", WITHIN_COLUMNS
    )
    parts = [
        _spread_rows(between, say("Between sites"), _sites),
        _spread_rows(within, say("Within practitioners"), _practitioners),
    ]
    note = say("Spread: standard deviation, in points of fidelity.")
    return DisplayTable(
        say("How far apart practice stands"), pd.concat(parts, ignore_index=True), note
    )


def _spread_rows(rows: pd.DataFrame, where: str, base: Callable[[Any], str]) -> pd.DataFrame:
    return written(
        rows,
        {
            mark("Where"): lambda row: where,
            mark("Quarter"): lambda row: row.quarter,
            mark("Spread"): lambda row: printed.number(row.spread, 1),
            mark("95% interval"): lambda row: printed.interval(row.spread_low, row.spread_high, 1),
            mark("Based on"): base,
        },
    )


def _sites(row: Any) -> str:
    known = printed.is_number(row.n_sites)
    return printed.counted(row.n_sites, "sites") if known else say(printed.NO_NUMBER)


def _practitioners(row: Any) -> str:
    known = printed.is_number(row.n_practitioners)
    return (
        printed.counted(row.n_practitioners, "practitioners") if known else say(printed.NO_NUMBER)
    )

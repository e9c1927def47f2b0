"""What is held back of a release besides what each table hides: given all tables and all versions.

Each table is released by its own rule first. Then its counts are set beside those of every version
that was published, and what would let a hidden count be worked out is hidden with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from workbench import terms
from workbench.errors import RunFault
from workbench.findings import suppress
from workbench.language import mark, say
from workbench.reporting.disclosure import ReleasedFindings
from workbench.reporting.disclosure_blocks import (
    Blocks,
    KeptRelease,
    family,
    protect_blocks,
)
from workbench.reporting.disclosure_counts import (
    TABLES,
    TIES,
    Cell,
    CountedTable,
    cells_of,
    first_reason,
    hide,
)
from workbench.reporting.disclosure_plans import place_of
from workbench.reporting.disclosure_sums import NEVER, PROTECTS, SHOWN
from workbench.results import RUN_FILE, Results
from workbench.settings import Privacy

REASON = mark(
    "it would let counts of few people be worked out, from this report or an earlier one."
)
OF_FINDINGS = {
    "fidelity.practitioners": ("practitioner_states", "practitioners"),
    "fidelity.now": ("fidelity_by_quarter", "n_practitioners"),
    "quality.timeliness": ("quality_timeliness", "n_practitioners"),
    "reinforcement.planned": ("supports_planned", "n_practitioners"),
    "reinforcement.action": ("action_after_low", "n_practitioners"),
}
"""Findings that tell the numbers of a table, and the column that is blanked where they are hidden.
Others are seen to where their tables are released."""


class ReleaseRefused(RunFault):
    """Nothing is published: what was released before would tell of few people."""


@dataclass(frozen=True)
class HeldBack:
    """A release of which nothing can be worked out.

    Attributes
    ----------
    tables
        Released tables.
    blocks
        Every count, and why it is hidden.
    fewest
        k by the name of a table.
    """

    tables: dict[str, pd.DataFrame]
    blocks: Blocks
    fewest: Mapping[str, int]


def hold_back(
    results: Results, tables: Mapping[str, pd.DataFrame], earlier: Sequence[KeptRelease]
) -> HeldBack:
    """Hide in released tables what would let a hidden count be worked out.

    Parameters
    ----------
    results
        The run.
    tables
        Released tables by their names.
    earlier
        Every version that was published.

    Raises
    ------
    ReleaseRefused
        If a count about few people can be worked out whatever is hidden now.
    """
    fewest = fewest_of(results.study.settings.privacy)
    evidence = {spec.name: results.table(spec.name) for spec in TABLES}
    used = [
        (spec, _quarter(spec, results, evidence))
        for spec in TABLES
        if not _lacks(spec, evidence[spec.name], tables)
    ]
    now: Blocks = {}
    for spec, when in used:
        k = fewest[spec.cells_of or spec.name]
        cells = cells_of(spec, evidence[spec.name], tables[spec.name], when)
        for (table, row, column, quarter), count, why in cells:
            reason = first_reason(why, count, k, spec.is_quiet)
            now.setdefault((table, quarter), {})[(row, column)] = (count, reason)
    blocks, refused = protect_blocks(now, earlier, fewest, TIES)
    if len(refused):
        raise ReleaseRefused(refusal(refused))
    released = dict(tables)
    hidden = _hidden(blocks)
    for spec, when in used:
        released[spec.name] = hide(spec, released[spec.name], hidden, when)
    return HeldBack(released, _with_whole_rows(blocks, fewest), fewest)


def fewest_of(privacy: Privacy) -> dict[str, int]:
    """K by the name of a table: plans are families, all others are people at work."""
    return {
        spec.name: privacy.fewest_plans if spec.of_plans else privacy.fewest_practitioners
        for spec in TABLES
    }


def _lacks(spec: CountedTable, frame: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> bool:
    """Whether a table was not made, or has not the counts that this is about."""
    released = tables.get(spec.name, pd.DataFrame())
    needed = {"site_id", *spec.counts, *spec.by, *([spec.across] if spec.across else [])}
    return frame.empty or released.empty or not needed <= {*frame.columns} & {*released.columns}


def _quarter(spec: CountedTable, results: Results, evidence: Mapping[str, pd.DataFrame]) -> str:
    """Quarter of a table that has none: that of the report, or of the last assessment."""
    if "driver_scores_by_role" in (spec.name, spec.cells_of):
        scores = evidence["driver_scores"]
        if "assessed_quarter" in scores and scores["assessed_quarter"].notna().any():
            return str(scores["assessed_quarter"].dropna().max())
    return str(results.quarter) if (results.folder / RUN_FILE).is_file() else ""


def _hidden(blocks: Blocks) -> set[Cell]:
    return {
        (table, row, column, quarter)
        for (table, quarter), block in blocks.items()
        for (row, column), (_, why) in block.items()
        if why != SHOWN
    }


def _with_whole_rows(blocks: Blocks, fewest: Mapping[str, int]) -> Blocks:
    """Blocks as printed: where a count is blanked with its whole row, so are the others."""
    whole = {
        (spec.cells_of or spec.name): name
        for spec in TABLES
        for name, blank in spec.counts.items()
        if blank is None and len(spec.counts) > 1
    }
    printed: Blocks = {}
    for (table, quarter), block in blocks.items():
        name, k = whole.get(family(table)), fewest[family(table)]
        off = {row for (row, column), (_, why) in block.items() if column == name and why != SHOWN}
        printed[(table, quarter)] = {
            (row, column): (count, (PROTECTS if count >= k else NEVER))
            if row in off and why == SHOWN
            else (count, why)
            for (row, column), (count, why) in block.items()
        }
    return printed


def hold_back_findings(
    findings: ReleasedFindings, tables: Mapping[str, pd.DataFrame]
) -> ReleasedFindings:
    """Take back findings that tell a number which the released tables hide.

    Parameters
    ----------
    findings
        Released findings.
    tables
        Released tables, as :func:`hold_back` gives them.
    """
    told = [
        suppress(one, say(REASON))
        if one.status == terms.REPORTED and one.site_id in _places_hidden(one.id, tables)
        else one
        for one in findings
    ]
    return ReleasedFindings(tuple(told), findings.privacy)


def _places_hidden(finding: str, tables: Mapping[str, pd.DataFrame]) -> set[str]:
    name, column = OF_FINDINGS.get(finding, ("", ""))
    frame = tables.get(name, pd.DataFrame())
    if frame.empty or column not in frame or "suppressed" not in frame:
        return set()
    last = frame[frame["quarter"] == frame["quarter"].max()] if "quarter" in frame else frame
    off = last[last["suppressed"].astype(bool) & last[column].isna()]
    return set(place_of(off))


def refusal(refused: pd.DataFrame) -> str:
    """Say which tables tell, and what can be done; no place and no count is named."""
    quarters: dict[str, list[str]] = {}
    for table, quarter in zip(refused["table"], refused["quarter"], strict=True):
        quarters.setdefault(family(table), []).append(str(quarter))
    named = "; ".join(f"{table} of {_listed(when)}" for table, when in sorted(quarters.items()))
    return (
        f"Not published: counts of few people could be worked out of {named}, from this version "
        "and those published before, whatever is hidden now. Either leave the change out that was "
        "made since, and run the quarter again; or withdraw the version that tells too much: take "
        "its pages back from readers, move its folder out of reports, and run 'workbench resume'."
    )


def _listed(labels: Iterable[str]) -> str:
    return ", ".join(sorted(set(labels)))

"""Release of the plans that are in order and not owned, and of findings about few families."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from workbench import terms
from workbench.findings import Finding, suppress
from workbench.reporting.disclosure import ReleasedFindings, reason_for_too_few_plans
from workbench.reporting.disclosure_cells import hide_with_complements
from workbench.reporting.disclosure_plans import (
    blank_columns,
    few,
    few_rows,
    place_of,
    sums_of_sites,
    whole,
)
from workbench.settings import Privacy

SHARE = ("share", "share_low", "share_high")
SINCE = ("since", "median_months", "n_plans", "n_practitioners")
Chosen = Mapping[str, object]


def release_compliance(
    compliance: pd.DataFrame, compliance_since: pd.DataFrame, privacy: Privacy
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Blank counts of plans that are few, whose rest is few, or that give such a count away.

    Parameters
    ----------
    compliance, compliance_since
        Evidence tables.
    privacy
        The study's privacy settings.

    Returns
    -------
    tuple of pandas.DataFrame
        Both tables. The second keeps a place only where the first shows how many of its plans are
        not owned in the last quarter.
    """
    frame = whole(compliance)
    released = frame if frame.empty else _counts(frame, privacy)
    since = whole(compliance_since)
    if since.empty:
        return released, since
    told = set()
    if len(released):
        last = released[released["quarter"] == released["quarter"].max()]
        told = set(place_of(last)[last["not_owned"].notna()])
    hidden = few_rows(since, privacy) | ~place_of(since).isin(told)
    return released, blank_columns(since, (hidden, (*SINCE, "reason")))


def _counts(frame: pd.DataFrame, privacy: Privacy) -> pd.DataFrame:
    fewest = privacy.fewest_plans
    opened, judged, ordered, weak, falling, not_owned = (
        frame[name].astype("float64")
        for name in ("open_plans", "judged", "in_order", "weak", "falling", "not_owned")
    )

    def with_others(counts: pd.Series, small: pd.Series) -> pd.Series:
        sums = sums_of_sites(frame, ["quarter"])
        return hide_with_complements(counts, small, sums, fewest, audited=False)

    def less_of(*counts: pd.Series) -> pd.Series:
        """Smallest of the parts that hold anybody."""
        return pd.concat([one.where(one > 0) for one in counts], axis=1).min(axis=1)

    none_of_few = ordered.eq(0) & few(opened, fewest)
    rows = with_others(ordered.fillna(0), few_rows(frame, privacy) | none_of_few)
    owned = ordered - not_owned
    small = rows | few(not_owned, fewest) | few(owned, fewest)
    no_share = with_others(less_of(not_owned, owned), small)
    # Weak alone, falling alone, and both: each is a count of plans that the others give.
    parts = (not_owned - falling, not_owned - weak, weak + falling - not_owned)
    small = no_share.copy()
    for part in (weak, falling, *parts):
        small |= few(part, fewest)
    no_parts = with_others(less_of(*parts), small)
    rest = (judged - ordered, opened - judged)
    small = rows | few(judged, fewest) | few(rest[0], fewest) | few(rest[1], fewest)
    no_judged = with_others(less_of(judged, *rest), small)
    small = rows | few(opened, fewest) | few(opened - ordered, fewest)
    no_open = with_others(less_of(opened, opened - ordered), small)
    return blank_columns(
        frame,
        (rows, None),
        (no_share, ("not_owned", *SHARE)),
        (no_parts, ("weak", "falling")),
        (no_judged, ("judged",)),
        (no_open, ("open_plans",)),
    )


def release_plan_findings(
    findings: ReleasedFindings, tables: Mapping[str, pd.DataFrame]
) -> ReleasedFindings:
    """Take back findings that tell a number which the released tables hide.

    A finding rests on all plans of a place, and its statement may count those of a kind, which can
    be few. Where the table hides the count, the finding is hidden with it.

    Parameters
    ----------
    findings
        Released findings.
    tables
        Released tables by their names: ``follow_through``, ``follow_through_trend``,
        ``actions_state``, ``actions_adjusted``, ``faded_goals``, ``compliance``.
    """
    reason = reason_for_too_few_plans(findings.privacy.fewest_plans)
    told = [
        suppress(one, reason) if one.status == terms.REPORTED and _is_hidden(one, tables) else one
        for one in findings
    ]
    return ReleasedFindings(tuple(told), findings.privacy)


BEHIND: dict[str, tuple[str, Chosen, str]] = {
    "plans.follow_through": ("follow_through", {"owner": "all"}, "share"),
    "plans.overdue": ("actions_state", {"state": "overdue"}, "actions"),
    "plans.adjusted": ("actions_adjusted", {}, "actions"),
    "plans.faded": ("faded_goals", {}, "faded"),
    "plans.not_owned": ("compliance", {"quarter": None}, "not_owned"),
}
"""Table behind a finding, the rows in it (None: the last), and the number that it tells."""


def _is_hidden(finding: Finding, tables: Mapping[str, pd.DataFrame]) -> bool:
    if finding.id not in BEHIND:
        return False
    name, chosen, number = BEHIND[finding.id]
    frame = tables.get(name, pd.DataFrame())
    if frame.empty:
        return False
    rows = frame[place_of(frame) == finding.site_id]
    for column, value in chosen.items():
        rows = rows[rows[column] == (frame[column].max() if value is None else value)]
    return bool((rows["suppressed"] & rows[number].isna()).any())

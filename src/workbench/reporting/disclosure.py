"""What may leave the workbench: figures that rest on enough people.

A figure about few practitioners is about individuals. This is primary suppression: each finding,
and each row of an evidence table, is judged by the number of people behind it. Two steps are kept
apart, choosing rows (``rows_with_too_few``) and blanking them (``blank_rows``), so that rows chosen
for other reasons, such as complements that would give a hidden figure away, are blanked the same
way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from workbench import terms
from workbench.errors import RunFault
from workbench.finding_list import FindingList
from workbench.findings import Finding, suppress
from workbench.language import say
from workbench.reporting.evidence import hidden_rows, names_of_sites, require
from workbench.settings import Privacy

VERDICTS = ("state", "status", "reason", "verdict", "statement", "direction", "signalled_in")
"""Columns that say in words what the numbers of a row say."""


def reason_for_too_few(fewest: int) -> str:
    """Why a figure is hidden, in words that give no count away."""
    return say(
        "it rests on fewer than {fewest} practitioners, so it would be about individuals.",
        fewest=fewest,
    )


def reason_for_too_few_plans(fewest: int) -> str:
    """Why a figure about few families is hidden."""
    return say(
        "it rests on fewer than {fewest} plans, so it would be about single families.",
        fewest=fewest,
    )


@dataclass(frozen=True)
class ReleasedFindings:
    """Findings that may be printed. Made by :func:`release`; pages accept nothing else.

    Attributes
    ----------
    findings
        The findings, with those about too few people suppressed.
    privacy
        The rules that they keep.

    Raises
    ------
    RunFault
        If a reported finding rests on fewer practitioners or plans than they ask.
    """

    findings: tuple[Finding, ...]
    privacy: Privacy

    def __post_init__(self) -> None:
        leaking = [each.id for each in self.findings if _why_hidden(each, self.privacy)]
        if leaking:
            raise RunFault(
                f"Not released: {', '.join(leaking)}. Reported findings must rest on at least "
                f"{self.privacy.fewest_practitioners} practitioners and, where they are about "
                f"plans, {self.privacy.fewest_plans} plans; pass them through release() first."
            )

    def __repr__(self) -> str:
        return repr(FindingList(self.findings))

    def _repr_html_(self) -> str:
        return FindingList(self.findings)._repr_html_()

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def __len__(self) -> int:
        return len(self.findings)

    def of_place(self, site_id: str = "") -> ReleasedFindings:
        """Keep the findings about one site, or about the network when ``site_id`` is empty."""
        chosen = tuple(each for each in self.findings if each.site_id == site_id)
        return ReleasedFindings(chosen, self.privacy)

    def of_page(self, site_id: str) -> ReleasedFindings:
        """Keep the findings that a place's page prints: its own, and the network's beside them."""
        chosen = tuple(each for each in self.findings if each.site_id in (site_id, ""))
        return ReleasedFindings(chosen, self.privacy)

    @property
    def reported(self) -> tuple[Finding, ...]:
        """Findings that say something."""
        return tuple(each for each in self.findings if each.status == terms.REPORTED)

    @property
    def withheld(self) -> tuple[Finding, ...]:
        """Findings that are suppressed or not estimable, each with its reason."""
        return tuple(each for each in self.findings if each.status != terms.REPORTED)


def _why_hidden(finding: Finding, rule: Privacy) -> str:
    """Why a finding is about too few people for the rule; empty if it isn't."""
    if finding.status == terms.SUPPRESSED:
        return ""
    if _too_few(finding, finding.n_practitioners, rule.fewest_practitioners):
        return reason_for_too_few(rule.fewest_practitioners)
    if _too_few(finding, finding.n_plans, rule.fewest_plans):
        return reason_for_too_few_plans(rule.fewest_plans)
    return ""


def _too_few(finding: Finding, count: int | None, fewest: int) -> bool:
    """Whether a count behind a finding is below what is asked.

    One that is not estimable counts too: its reason may tell how few there are. That nobody
    was seen at all may be said.
    """
    if count is None or (finding.status == terms.NOT_ESTIMABLE and count == 0):
        return False
    return count < fewest


def release(findings: Iterable[Finding], privacy: Privacy) -> ReleasedFindings:
    """Make findings ready to print: those about too few people or plans lose number and words.

    Parameters
    ----------
    findings
        Findings as the analyses made them. One that is about no practitioners
        (``n_practitioners`` None) and no plans (``n_plans`` None) passes.
    privacy
        The study's privacy settings.
    """
    reasons = ((finding, _why_hidden(finding, privacy)) for finding in findings)
    released = tuple(suppress(finding, why) if why else finding for finding, why in reasons)
    return ReleasedFindings(released, privacy)


def rows_with_too_few(frame: pd.DataFrame, privacy: Privacy, person_column: str) -> pd.Series:
    """Rows of an evidence table that rest on too few people, or on an unknown number."""
    people = require(frame, "to be released", [person_column])[person_column]
    return people.isna() | (people < privacy.fewest_practitioners)


def blank_rows(
    frame: pd.DataFrame, rows: pd.Series, hide: Sequence[str] | None = None
) -> pd.DataFrame:
    """Copy of a table with the chosen rows blanked and marked in ``suppressed``.

    Parameters
    ----------
    frame
        Evidence table. Rows blanked before stay blanked.
    rows
        True for each row to blank.
    hide
        Columns to blank. None: every column of numbers or yes and no, and the columns that put
        them in words (see ``VERDICTS``).
    """
    before = frame["suppressed"] if "suppressed" in frame else pd.Series(False, index=frame.index)
    chosen = rows | before
    released = frame.assign(suppressed=chosen.astype(bool))
    for column in _columns_to_blank(frame) if hide is None else hide:
        released[column] = released[column].mask(chosen)
    return released


def _columns_to_blank(frame: pd.DataFrame) -> list[str]:
    numbers = frame.select_dtypes(include=["number", "bool", "boolean"]).columns
    verdicts = [column for column in VERDICTS if column in frame.columns]
    return [column for column in numbers if column != "suppressed"] + verdicts


def names_to_show(sites: pd.DataFrame, released: pd.DataFrame) -> dict[str, str]:
    """Name of each site of which a released table shows a row.

    Parameters
    ----------
    sites
        ``site_id, site_name``.
    released
        Evidence table with ``site_id``, as :func:`release_table` gives it.
    """
    if released.empty:
        return {}
    shown = set(released.loc[~hidden_rows(released), "site_id"])
    return {site: name for site, name in names_of_sites(sites).items() if site in shown}


def release_table(
    frame: pd.DataFrame,
    privacy: Privacy,
    person_column: str = "n_practitioners",
    hide: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Copy of an evidence table in which rows about too few people carry no numbers.

    Parameters
    ----------
    frame
        Evidence table.
    privacy
        The study's privacy settings.
    person_column
        Column that counts the people behind a row, such as ``n_respondents``.
    hide
        Columns to blank; see :func:`blank_rows`.

    Raises
    ------
    RunFault
        If the table has no such column of people.
    """
    if frame.empty:
        return frame.assign(suppressed=pd.Series(dtype="bool"))
    return blank_rows(frame, rows_with_too_few(frame, privacy, person_column), hide)

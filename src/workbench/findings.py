"""Findings: what an analysis says, with the evidence for it.

A finding is a sentence with its number, interval, unit and n, and a status. A number that can't
be trusted is never carried: the reason stands in its place.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from workbench import certainty, terms
from workbench.errors import SettingsError
from workbench.language import mark, say
from workbench.shown import html_table, told_in_lines

THE_NETWORK = "the network"


@dataclass(frozen=True)
class Finding:
    """One statement for people, and where it comes from.

    Attributes
    ----------
    id
        Fixed name of the finding, such as ``fidelity.direction``. With ``site_id`` it is unique
        in a run.
    question
        The question it answers, in plain words.
    statement
        The answer, as one or two plain sentences.
    site_id
        Site it is about; empty for the network.
    estimate, conf_low, conf_high
        The number and its 95% interval, in ``unit``; None where there is none.
    unit
        Unit of the estimate, such as ``points a quarter``; in English, and said where printed.
    n, n_of
        How many, and of what: ``214`` ``observations``; said where printed too.
    n_practitioners
        How many practitioners stand behind it; used by disclosure. None if it is about none.
    n_plans
        How many plans of persons or families stand behind it; used by disclosure too. None if it is
        about none.
    status
        ``reported``, ``suppressed`` or ``not estimable``.
    reason
        Why it is not reported; empty when it is.
    evidence
        Table of the run behind it, such as ``tables/site_trajectories.parquet``.
    action_prompt
        What to do or ask next, where the finding calls for it.
    best_practice
        Best practice from which the prompt comes.
    certainty
        What the interval lets one say, as ``str(certainty.certainty(...))`` of it; empty where the
        finding names no direction. It is checked against the interval.
    no_change, smallest_change
        What the interval was judged against: the value that means no change, and the smallest
        change that matters, or None.
    """

    id: str
    question: str
    statement: str
    site_id: str = ""
    estimate: float | None = None
    conf_low: float | None = None
    conf_high: float | None = None
    unit: str = ""
    n: int = 0
    n_of: str = mark("observations")
    n_practitioners: int | None = None
    n_plans: int | None = None
    status: str = terms.REPORTED
    reason: str = ""
    evidence: str = ""
    action_prompt: str = ""
    best_practice: str = ""
    certainty: str = ""
    no_change: float = 0.0
    smallest_change: float | None = None

    def __post_init__(self) -> None:
        if self.certainty and not self._is_as_sure_as_it_says():
            raise ValueError(
                f"Finding {self.id} says '{self.certainty}', which its interval does not bear."
            )
        if self.status == terms.REPORTED:
            return
        if self.estimate is not None or self.conf_low is not None or self.conf_high is not None:
            raise ValueError(f"Finding {self.id} is {self.status} and still carries a number.")
        if not self.reason:
            raise ValueError(f"Finding {self.id} is {self.status} and gives no reason.")

    def __repr__(self) -> str:
        return told_in_lines(self.question, self._parts())

    def _repr_html_(self) -> str:
        return html_table(self.question, (), self._parts())

    @property
    def place(self) -> str:
        """What it is about, as a notebook names it."""
        return f"site {self.site_id}" if self.site_id else THE_NETWORK

    @property
    def base(self) -> str:
        """What it rests on, as a notebook writes it; empty where it rests on nothing counted."""
        return f"{self.n:,} {self.n_of}" if self.n else ""

    def _parts(self) -> list[tuple[str, str]]:
        """Its parts for a notebook. The answer is never cut: a number goes with its interval."""
        parts = {
            "answer": self.statement,
            "about": self.place,
            "number": self._number(),
            "rests on": self.base,
            "status": self.status,
            "to do or ask next": self.action_prompt,
            "id": self.id,
        }
        return [(name, text) for name, text in parts.items() if text]

    def _number(self) -> str:
        if self.estimate is None:
            return ""
        told = f"{self.estimate:,.4g} {self.unit}".rstrip()
        if self.conf_low is None or self.conf_high is None:
            return told
        return f"{told} (95% interval {self.conf_low:,.4g} to {self.conf_high:,.4g})"

    def _is_as_sure_as_it_says(self) -> bool:
        if self.conf_low is None or self.conf_high is None:
            return False
        ends = self.conf_low, self.conf_high
        return certainty.agrees(self.certainty, *ends, self.no_change, self.smallest_change)


def not_estimable(finding_id: str, question: str, reason: str, **about: object) -> Finding:
    """Make a finding that says why there is no answer."""
    return Finding(
        id=finding_id,
        question=question,
        statement=say("This can't be said from these data: {reason}", reason=reason),
        status=terms.NOT_ESTIMABLE,
        reason=reason,
        **about,  # type: ignore[arg-type]
    )


def suppress(finding: Finding, reason: str) -> Finding:
    """Take number and statement off a finding, and give the reason."""
    return replace(
        finding,
        statement=say("Not shown: {reason}", reason=reason),
        estimate=None,
        conf_low=None,
        conf_high=None,
        n=0,
        n_practitioners=None,
        n_plans=None,
        action_prompt="",
        best_practice="",
        certainty="",
        status=terms.SUPPRESSED,
        reason=reason,
    )


def write_findings(findings: Iterable[Finding], path: Path) -> None:
    """Write findings as JSON, one object each."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(
        [asdict(finding) for finding in findings], indent=2, ensure_ascii=False, allow_nan=False
    )
    path.write_text(text + "\n", encoding="utf-8")


def read_findings(folder: Path) -> list[Finding]:
    """Read every findings file of a folder, in the order of their names.

    Raises
    ------
    SettingsError
        If two findings share an id and a site.
    """
    found = [
        Finding(**entry)
        for path in sorted(folder.glob("*.json"))
        for entry in json.loads(path.read_text(encoding="utf-8"))
    ]
    seen: set[tuple[str, str]] = set()
    for finding in found:
        if (finding.id, finding.site_id) in seen:
            raise SettingsError(f"Two findings are called {finding.id} for the same site.")
        seen.add((finding.id, finding.site_id))
    return found

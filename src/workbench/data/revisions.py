"""Revisions: which rows of quarters already published came late, were edited, or are gone.

What was accepted then is kept with each published quarter, so that the rows themselves can be
compared: no list of digests has to be kept, and none can be reversed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from workbench.data.intake import Intake
from workbench.data.revised_rows import REVISION_COLUMNS, revised_rows
from workbench.findings import Finding
from workbench.language import mark, say
from workbench.results import Results, published_results
from workbench.settings import Study
from workbench.shown import Shown
from workbench.wording import count_of, one_of

PUBLICATION_COLUMNS = ["quarter", "version", "compared_with", "compared_version"]
QUESTION = mark("Was last quarter's number stable?")
SAID = {
    "late": mark("{n} came late"),
    "edited": mark("{n} edited"),
    "removed": mark("{n} not there any more"),
    "set_aside": mark("{n} set aside now"),
    "returned": mark("{n} mended and returned"),
}


@dataclass(frozen=True)
class Revisions(Shown):
    """What changed in quarters already published.

    Attributes
    ----------
    rows
        One row a table and quarter of the rows' date (empty for tables without one): rows that came
        ``late``, were ``edited``, were ``removed``, are ``set_aside`` now, or ``returned`` by a
        correction; ``moved_on`` counts those to which something new happened since.
    publication
        One row: the ``quarter``, its ``version``, and with which quarter and version it was
        compared (empty and 0 if with none).
    """

    rows: pd.DataFrame
    publication: pd.DataFrame

    def in_short(self) -> dict[str, Any]:
        """Give what a notebook shows of them: what was compared, and how many rows changed."""
        told = self.publication.iloc[0]
        if not told["compared_with"]:
            return {"quarter": told["quarter"], "compared with": "nothing published before"}
        counts = {f"rows {name.replace('_', ' ')}": count for name, count in self.counts.items()}
        before = f"{told['compared_with']}, version {told['compared_version']}"
        return {"quarter": told["quarter"], "compared with": before, **counts}

    def tables(self) -> dict[str, pd.DataFrame]:
        """Evidence tables."""
        return {"revisions": self.rows, "publication": self.publication}

    @property
    def counts(self) -> dict[str, int]:
        """Rows by kind of change."""
        return {name: int(self.rows[name].sum()) for name in SAID}


def find_revisions(study: Study, intake: Intake, quarter: str) -> Revisions:
    """Compare what is accepted now with what was accepted when a quarter was published last.

    That is the same quarter where it was published before, else the last one before it.

    Parameters
    ----------
    study
        The opened study.
    intake
        What was received now.
    quarter
        Label of this run's quarter; empty if it is not known.
    """
    earlier = study.published_before(study.quarter(quarter)) if quarter else []
    label = quarter if study.published(quarter) else (earlier[-1] if earlier else "")
    before = published_results(study, label)
    if before is None:
        return Revisions(pd.DataFrame(columns=REVISION_COLUMNS), _publication(quarter, 1, "", 0))
    last_day = pd.Timestamp(study.quarter(label).last_day)
    parts = []
    for table, schema in intake.schemas.items():
        then = before.accepted(table)
        now = intake.quality.accepted.get(table)
        if then.empty:
            continue  # handed in for the first time: nothing was published from it
        returned = intake.mending.returned.get(table, set())
        aside = intake.quality.set_aside.get(table)
        parts.append(
            revised_rows(
                schema, then, now, aside, returned, last_day, study.settings.fiscal_year_starts
            )
        )
    rows = pd.concat([part for part in parts if len(part)] or [_nothing()], ignore_index=True)
    version = _version(before)
    if label != quarter:
        return Revisions(rows, _publication(quarter, 1, label, version))
    return Revisions(rows, _publication(quarter, version + 1, quarter, version))


def revision_findings(found: Revisions) -> list[Finding]:
    """Say how many rows of quarters already published have changed; nothing if none was."""
    told = found.publication.iloc[0]
    if not told["compared_with"]:
        return []
    counts = {name: count for name, count in found.counts.items() if count}
    total = sum(counts.values())
    if total:
        changed = say(
            "{rows} of quarters already published changed: {changes}.",
            rows=count_of(total, "row"),
            changes=one_of([say(SAID[name], n=f"{count:,}") for name, count in counts.items()]),
        )
    else:
        changed = say("no row of a quarter already published changed.")
    quarter, version = told["compared_with"], told["compared_version"]
    if version > 1:
        since = say("{quarter}, version {version},", quarter=quarter, version=version)
    else:
        since = str(quarter)
    return [
        Finding(
            id="quality.revisions",
            question=say(QUESTION),
            statement=say(
                "Since {version} was published, {changed}", version=since, changed=changed
            ),
            estimate=float(total),
            unit=mark("rows"),
            n=total,
            n_of=mark("rows"),
            evidence="tables/revisions.parquet",
        )
    ]


def _nothing() -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype="int64") for name in REVISION_COLUMNS})


def _publication(quarter: str, version: int, with_quarter: str, with_version: int) -> pd.DataFrame:
    row = [quarter, version, with_quarter, with_version]
    return pd.DataFrame([row], columns=PUBLICATION_COLUMNS)


def _version(results: Results) -> int:
    return int(results.folder.name.removeprefix("v"))

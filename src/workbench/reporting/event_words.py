"""What happened on the time axis of fidelity, in words: support, new raters, other versions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import pandas as pd

from workbench import wording
from workbench.language import mark, say
from workbench.reporting import printed
from workbench.reporting.evidence import hidden_rows, require, rows_of_place

TRAINING, CERTIFICATION, COACHING, RATERS = "training", "certification", "coaching", "raters"
CERTIFIED = ("certification", "recertification")
MOST_QUARTERS = 6
"""What comes in more quarters than this is no event any more."""
MANY = 0.5
"""Share of those in post from which on their certification is an event of the place."""
PUSH, FEWEST_USUAL = 2.0, 4
"""Times the usual coaching that make an event, and quarters that it takes to know the usual."""
LEDGER_COLUMNS = ("quarter", "kind", "acts")
BREAK_COLUMNS = ("quarter", "what", "before", "now")

_TOLD = {
    TRAINING: mark("{letter}: training was given in {quarters}."),
    CERTIFICATION: mark(
        "{letter}: at least half of those in post were certified, or certified again, in "
        "{quarters}."
    ),
    COACHING: mark("{letter}: at least twice the usual coaching was given in {quarters}."),
    RATERS: mark("{letter}: more than half of the raters were new in {quarters}."),
}
_NAMED = {
    TRAINING: mark("training"),
    CERTIFICATION: mark("many were certified"),
    COACHING: mark("twice the usual coaching"),
    RATERS: mark("mostly new raters"),
}


@dataclass(frozen=True)
class Event:
    """Something that happened in a quarter: a key of what is told, and how many acts of it."""

    what: str
    quarter: str
    acts: float | None = None


@dataclass(frozen=True)
class Break:
    """From this quarter on most observations are by another version, or another instrument."""

    quarter: str
    before: str
    now: str
    is_version: bool

    @property
    def label(self) -> str:
        """Name of what begins here, short enough to stand in a figure."""
        now = printed.short(self.now, 20)
        if self.is_version:
            return say("version {version} begins", version=now)
        return say("{instrument} begins", instrument=now)

    @property
    def words(self) -> str:
        """What changes, in a sentence."""
        about = {
            "quarter": self.quarter,
            "before": printed.clean(self.before),
            "now": printed.clean(self.now),
        }
        if self.is_version:
            return say(
                "Dotted line: from {quarter} on, most observations are by version {now} of the "
                "instrument; before, by version {before}.",
                **about,
            )
        return say(
            "Dotted line: from {quarter} on, most observations are by the instrument {now}; "
            "before, by {before}.",
            **about,
        )


@dataclass(frozen=True)
class Happened:
    """What happened at a place, in the order of time.

    Attributes
    ----------
    events
        What is marked at its quarter.
    breaks
        Where scores before and after are by different rulers, so that no line may join them.
    since
        First quarter of which support is known, where the series begins earlier; else empty.
    """

    events: tuple[Event, ...] = ()
    breaks: tuple[Break, ...] = ()
    since: str = ""

    def within(self, first: str, last: str) -> Happened:
        """Keep what falls into these quarters; nothing breaks before the first."""
        return replace(
            self,
            events=tuple(one for one in self.events if first <= one.quarter <= last),
            breaks=tuple(one for one in self.breaks if first < one.quarter <= last),
            since=self.since if self.since > first else "",
        )

    @property
    def letters(self) -> dict[str, str]:
        """The letter of each kind of event that there is."""
        there = [what for what in _TOLD if any(one.what == what for one in self.events)]
        return {what: chr(ord("A") + place) for place, what in enumerate(there)}

    @property
    def marks(self) -> dict[str, str]:
        """The letters that stand under each quarter."""
        found: dict[str, str] = {}
        for what, letter in self.letters.items():
            for one in self.events:
                if one.what == what:
                    found[one.quarter] = f"{found.get(one.quarter, '')} {letter}".strip()
        return found

    @property
    def words(self) -> str:
        """All of it in sentences; empty if nothing happened."""
        told = [
            say(_TOLD[what], letter=letter, quarters=wording.one_of(self._times(what)))
            for what, letter in self.letters.items()
        ]
        if told:
            told.insert(0, say("Letters under the quarters tell what happened in them."))
        if self.since and any(one.what != RATERS for one in self.events):
            told.append(say("What was given is known from {quarter} on.", quarter=self.since))
        told += [one.words for one in self.breaks]
        if self.breaks:
            told.append(say("No line is drawn across such a break."))
        return " ".join(told)

    def of_quarter(self, quarter: str) -> str:
        """Say what happened in a quarter, for a table's cell; empty if nothing."""
        found = [say(_NAMED[one.what]) for one in self.events if one.quarter == quarter]
        found += [one.label for one in self.breaks if one.quarter == quarter]
        return ", ".join(found)

    def _times(self, what: str) -> list[str]:
        mine = sorted((one for one in self.events if one.what == what), key=lambda one: one.quarter)
        return [
            f"{one.quarter} ({printed.counted(one.acts, 'acts')})" if one.acts else one.quarter
            for one in mine
        ]


def what_happened(
    support_ledger: pd.DataFrame | None = None,
    breaks: pd.DataFrame | None = None,
    site_id: str = "",
    quarters: Iterable[str] | None = None,
) -> Happened:
    """Find what happened at a place that a reader of its fidelity must know.

    Parameters
    ----------
    support_ledger
        Released evidence table: ``acts`` and ``coverage`` by ``quarter`` and ``kind``. What is
        hidden there makes no event.
    breaks
        Evidence table of the quarters with another instrument, version, or mostly new raters.
    site_id
        Site, or empty for the network.
    quarters
        Quarters of the series: what falls outside them is not told.
    """
    events, since = [], ""
    if support_ledger is not None and len(support_ledger):
        rows = rows_of_place(support_ledger, "support_ledger", site_id, LEDGER_COLUMNS)
        since = str(rows["quarter"].min()) if len(rows) else ""
        rows = rows[~hidden_rows(rows)].sort_values("quarter", kind="stable")
        for what, choose in _CHOSEN.items():
            events += _events(what, choose(rows))
    rulers = require(breaks if breaks is not None else pd.DataFrame(), "breaks", BREAK_COLUMNS)
    if len(rulers):
        rulers = rows_of_place(rulers, "breaks", site_id, BREAK_COLUMNS).sort_values("quarter")
    new = rulers["what"] == RATERS
    events += [Event(RATERS, str(quarter)) for quarter in rulers.loc[new, "quarter"]]
    found = Happened(tuple(events), tuple(_breaks(rulers[~new])), since)
    there = sorted(map(str, quarters)) if quarters is not None else []
    return found.within(there[0], there[-1]) if there else found


def _events(what: str, rows: pd.DataFrame) -> list[Event]:
    """One event a quarter; none if it comes so often that it is none."""
    acts = rows.groupby("quarter", sort=True)["acts"].sum() if len(rows) else pd.Series()
    if len(acts) > MOST_QUARTERS:
        return []
    return [Event(what, str(quarter), float(count)) for quarter, count in acts.items()]


def _trained(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[(rows["kind"] == TRAINING) & (rows["acts"].fillna(0) > 0)]


def _certified(rows: pd.DataFrame) -> pd.DataFrame:
    coverage = rows.get("coverage", pd.Series(0.0, index=rows.index)).astype("float64")
    return rows[rows["kind"].isin(CERTIFIED) & (coverage >= MANY)]


def _pushed(rows: pd.DataFrame) -> pd.DataFrame:
    """Quarters with far more coaching than the median of the others, beyond a count's chance."""
    mine = rows[(rows["kind"] == COACHING) & rows["acts"].notna()]
    chosen = []
    for place in mine.index:
        others = mine["acts"].drop(place)
        usual = float(others.median()) if len(others) >= FEWEST_USUAL else float("inf")
        # Counts of a steady rate stay within three of their roots, as on a c chart.
        chosen.append(mine["acts"][place] >= max(PUSH * usual, usual + 3 * usual**0.5))
    return mine[chosen]


_CHOSEN: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    TRAINING: _trained,
    CERTIFICATION: _certified,
    COACHING: _pushed,
}
"""How the quarters of each kind of support are chosen that are events."""


def _breaks(rows: pd.DataFrame) -> Iterator[Break]:
    for row in rows.itertuples():
        yield Break(str(row.quarter), str(row.before), str(row.now), str(row.what) == "version")

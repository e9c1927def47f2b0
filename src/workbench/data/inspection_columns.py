"""What each column of an export holds: its kind of values, its forms, codes for missing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from workbench.data.inspection_dates import DateFit, fit_dates
from workbench.data.inspection_quarters import QuarterLabels, find_quarters
from workbench.data.inspection_words import VALUE_OF, words

MISSING_TEXTS = ("NA", "N/A", "n/a", "#N/A", "NULL", "null", "None", "nan", "NaN", "-", ".", "?",
                 "missing", "Missing", "unknown", "k.A.", "s/d", "n.d.")  # fmt: skip
MISSING_NUMBERS = ("-9", "-99", "-999", "-9999", "99", "999", "9999", "-1", "9")
FEW = 12
_NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_COMMA = r"[+-]?[0-9]+,[0-9]+"
SMALLEST_SHARE = 0.9


@dataclass(frozen=True)
class Profile:
    """What one column holds.

    Attributes
    ----------
    name
        Name in the export.
    rows, filled
        How many rows there are, and how many of them are filled.
    counts
        Cells by their text, most often first, texts for missing left out.
    kind
        ``nothing``, ``date``, ``quarter``, ``whole``, ``number``, ``comma`` (decimal comma),
        ``yes_no``, ``few`` or ``text``.
    dates
        How dates are written, if they are dates.
    quarters
        Quarters that it holds, if it does.
    missing
        Texts that seem to mean an empty cell.
    doubtful
        Numbers that may mean an empty cell.
    labels
        Code to label, where the file's own dictionary tells.
    """

    name: str
    rows: int
    filled: int
    counts: pd.Series
    kind: str
    dates: DateFit | None = None
    missing: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()
    quarters: QuarterLabels | None = None
    labels: Mapping[str, str] = field(default_factory=dict)

    def label(self, text: str) -> str:
        """Label of a code; the code itself where there is none."""
        return self.labels.get(text, text)

    @property
    def distinct(self) -> int:
        """How many different texts there are."""
        return len(self.counts)

    @property
    def unique(self) -> bool:
        """Whether each row has a text of its own."""
        return bool(self.rows) and self.distinct == self.rows

    @property
    def numeric(self) -> bool:
        """Whether it holds numbers."""
        return self.kind in ("whole", "number", "comma")

    def numbers(self) -> pd.Series:
        """Numbers it holds, each once."""
        texts = self.counts.index.to_series().str.replace(",", ".")
        return pd.to_numeric(texts[texts.str.fullmatch(_NUMBER)])

    @property
    def said(self) -> str:
        """What it holds, in words."""
        texts = list(map(str, self.counts.index))
        if self.kind == "nothing":
            return "empty"
        if self.dates:
            return self.dates.said
        if self.quarters:
            return self.quarters.said
        if self.labels:
            return "one of " + ", ".join(f"{one} ({_short(self.label(one))})" for one in texts)
        if self.kind == "whole" and any(re.match(r"0\d", one) for one in texts):
            return f"codes of digits, such as '{min(texts, key=len)}'"
        if self.numeric:
            numbers = self.numbers()
            low, high = f"{numbers.min():g}", f"{numbers.max():g}"
            noun = {"whole": "whole numbers", "number": "numbers",
                    "comma": "numbers with a decimal comma"}[self.kind]  # fmt: skip
            return f"always {low}" if low == high else f"{noun}, {low} to {high}"
        if self.distinct == 1:
            return f"always '{_short(texts[0])}'"
        if self.kind in ("yes_no", "few"):
            return "one of " + ", ".join(sorted(map(_short, texts)))
        more = "each row its own" if self.unique else f"{self.distinct:,} different"
        return f"text, {more}, such as '{_short(texts[0])}'"


def _short(text: str, most: int = 24) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def profile_columns(
    frame: pd.DataFrame,
    labels: Mapping[str, Mapping[str, str]] | None = None,
    study_starts: int = 1,
) -> dict[str, Profile]:
    """Profile of each column of an export, by its name.

    Parameters
    ----------
    frame
        The export.
    labels
        Column to the labels of its codes, where they are known.
    study_starts
        Month in which the study's fiscal year starts.
    """
    known = labels or {}
    return {
        str(name): _profile(str(name), frame[name], known.get(str(name), {}), study_starts)
        for name in frame.columns
    }


def _profile(name: str, cells: pd.Series, labels: Mapping[str, str], study_starts: int) -> Profile:
    counts = cells.value_counts()
    filled = int(counts.sum())
    if not filled:
        return Profile(name, len(cells), 0, counts, "nothing")
    missing = tuple(one for one in MISSING_TEXTS if one in counts.index)
    kept = counts.drop(list(missing))
    kind, dates = _kind(kept, name)
    if kind in ("few", "text"):
        # Where words stand, such texts may be answers.
        sure = [one for one in missing if one in ("#N/A", "NULL", "null", "nan", "NaN")]
        missing, kept = tuple(sure), counts.drop(sure)
    doubtful = _doubtful(kept) if kind in ("whole", "number") and not labels else ()
    quarters = find_quarters(kept, study_starts) if kind in ("few", "text") else None
    kind = "quarter" if quarters else kind
    return Profile(name, len(cells), filled, kept, kind, dates, missing, doubtful, quarters, labels)


def _kind(counts: pd.Series, name: str) -> tuple[str, DateFit | None]:
    if counts.empty:
        return "nothing", None
    texts = counts.index.to_series().astype("str")
    total = int(counts.sum())

    def share(pattern: str) -> float:
        return float(counts[texts[texts.str.fullmatch(pattern)].index].sum()) / total

    # Eight digits in every cell that all make a date are one, whatever the name.
    about_dates = bool(texts.str.fullmatch(r"[0-9]{8}").all()) or bool(
        {"date", "datum", "fecha", "on", "day"} & set(words(name).split())
    )
    if dates := fit_dates(counts, compact=about_dates):
        return "date", dates
    if {VALUE_OF.get(words(text)) for text in texts} == {"yes", "no"} and share(_NUMBER) == 0:
        return "yes_no", None
    if share(_NUMBER) >= SMALLEST_SHARE:
        whole = share(r"[+-]?[0-9]+") >= share(_NUMBER)
        return ("whole" if whole else "number"), None
    if share(f"{_NUMBER}|{_COMMA}") >= SMALLEST_SHARE:
        return "comma", None
    short = texts.str.len().max() <= FEW
    if len(counts) <= FEW and (len(counts) < total or (short and share(r"[A-Za-z ]+") == 1)):
        return "few", None
    return "text", None


def _doubtful(counts: pd.Series) -> tuple[str, ...]:
    """Find numbers that recur, stand apart from all others, and are those used for missing."""
    found = []
    texts = counts.index.to_series().astype("str")
    numbers = pd.to_numeric(texts[texts.str.fullmatch(_NUMBER)])
    for code in MISSING_NUMBERS:
        if code not in counts.index or counts[code] < 2 or len(numbers) < 3:
            continue
        others = numbers.drop(code)
        spread = max(float(others.max() - others.min()), 1.0)
        number = float(code)
        alone_below = number < 0 <= others.min()
        far_above = number > others.max() + max(2 * spread, 3) or (
            number == 9 and others.max() <= 5
        )
        if alone_below or far_above:
            found.append(code)
    return tuple(found)

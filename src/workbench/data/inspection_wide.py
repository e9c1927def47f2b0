"""Wide columns of an export: items under one name a column, in segments or not."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from workbench.data.inspection_columns import MISSING_TEXTS, Profile

FEWEST_ITEMS, FEWEST_WORD_ITEMS = 4, 3
MOST_ANSWERS_ON_SCALE, MOST_WORDS = 12, 7
_TAIL = re.compile(r"(.+)_([A-Za-z]*)(\d+)")


@dataclass(frozen=True)
class WideColumns:
    """Columns that hold one item each.

    Attributes
    ----------
    pattern
        Regular expression that matches these columns and no other.
    names
        The columns.
    items
        Items, without the segment.
    segments
        Segments such as S1, if the columns have them.
    answers
        Different answers, in order.
    skip_empty
        Whether cells are empty by whole segments, as where there was no such segment.
    """

    pattern: str
    names: tuple[str, ...]
    items: tuple[str, ...]
    segments: tuple[str, ...]
    answers: tuple[str, ...]
    skip_empty: bool = False


def find_wide(
    frame: pd.DataFrame, profiles: dict[str, Profile], taken: Iterable[str]
) -> WideColumns | None:
    """Find the columns that hold items, if there are some.

    Parameters
    ----------
    frame
        The export.
    profiles
        Its columns.
    taken
        Columns that are known to be something else.
    """
    # Three underscores are REDCap's sign of a checkbox, which is no item on a scale.
    left = {name: each for name, each in profiles.items()
            if name not in set(taken) and "___" not in name}  # fmt: skip
    return _in_segments(frame, left) or _on_one_scale(left, list(profiles))


def _in_segments(frame: pd.DataFrame, profiles: dict[str, Profile]) -> WideColumns | None:
    families: dict[tuple[str, str], list[tuple[str, str, str]]] = {}
    for name in profiles:
        if match := _TAIL.fullmatch(name):
            shape = re.sub(r"\d+", "9", re.sub(r"[A-Za-z]+", "A", match[1]))
            families.setdefault((match[2], shape), []).append((name, match[1], match[3]))
    best: WideColumns | None = None
    for (letters, _), members in families.items():
        stems = list(dict.fromkeys(stem for _, stem, _ in members))
        numbers = sorted({int(number) for _, _, number in members})
        answers = _answers([profiles[name] for name, _, _ in members])
        if len(stems) < 2 or len(numbers) < 2 or not answers:
            continue
        if best is not None and len(members) <= len(best.names):
            continue
        tail = f"[{numbers[0]}-{numbers[-1]}]" if numbers[-1] < 10 else r"\d+"
        names = tuple(name for name, _, _ in members)
        pattern = _pattern(stems, rf"_{letters}{tail}", names, list(frame.columns))
        segments = tuple(f"{letters}{number}" for number in numbers)
        best = WideColumns(pattern, names, tuple(stems), segments, answers,
                           _empty_by_segment(frame, members))  # fmt: skip
    return best


def _on_one_scale(profiles: dict[str, Profile], every: list[str]) -> WideColumns | None:
    groups: dict[tuple[str, str], list[str]] = {}
    for name, each in profiles.items():
        # Where labels are known, items on one scale have the same.
        labels = "|".join(f"{code} {label}" for code, label in each.labels.items())
        if each.kind == "whole" and not _is_flag(name, every):
            groups.setdefault(("whole", labels), []).append(name)
        elif each.kind in ("few", "yes_no"):
            groups.setdefault(("words", labels), []).append(name)
    found = []
    for (kind, _), names in groups.items():
        group = [profiles[name] for name in names]
        alike = _largest_alike(group) if kind == "whole" else _sharing_words(group)
        answers = _answers(alike) if kind == "whole" else _words(alike)
        fewest = FEWEST_ITEMS if kind == "whole" else FEWEST_WORD_ITEMS
        if len(alike) >= fewest and answers:
            chosen = [each.name for each in alike]
            pattern = _pattern(chosen, "", tuple(chosen), every)
            found.append(WideColumns(pattern, tuple(chosen), tuple(chosen), (), answers))
    return max(found, key=lambda each: len(each.names), default=None)


def _is_flag(name: str, every: list[str]) -> bool:
    return any(name.endswith(other) and name != other for other in every)


def _largest_alike(profiles: list[Profile]) -> list[Profile]:
    """Columns whose answers are among those of one of them."""
    best: list[Profile] = []
    for one in profiles:
        legal = set(one.counts.index) - {*MISSING_TEXTS}
        if not 2 <= len(legal) <= MOST_ANSWERS_ON_SCALE:
            continue
        alike = [
            other
            for other in profiles
            if other.filled and set(other.counts.index) - {*MISSING_TEXTS} <= legal
        ]
        best = alike if len(alike) > len(best) else best
    return best


def _sharing_words(profiles: list[Profile]) -> list[Profile]:
    """Columns that are linked by answers that they share, such as Yes, Partly and No."""
    best: list[Profile] = []
    for one in profiles:
        legal = set(one.counts.index) - {*MISSING_TEXTS}
        alike = [one]
        for other in [each for each in profiles if each is not one] * 2:
            its = set(other.counts.index) - {*MISSING_TEXTS}
            if (
                all(other is not each for each in alike)
                and its & legal
                and len(its | legal) <= MOST_WORDS
            ):
                alike.append(other)
                legal |= its
        best = alike if len(alike) > len(best) else best
    return [each for each in profiles if any(each is one for one in best)]


def _words(profiles: list[Profile]) -> tuple[str, ...]:
    texts = {str(text) for each in profiles for text in each.counts.index}
    return tuple(sorted(texts - {*MISSING_TEXTS}))


def _answers(profiles: list[Profile]) -> tuple[str, ...]:
    """Answers on a small scale, in order; none if the columns hold anything else."""
    filled = [each for each in profiles if each.kind != "nothing"]
    if not filled or not all(each.kind in ("whole", "number") for each in filled):
        return ()
    values = {str(text) for each in filled for text in each.counts.index}
    try:
        ordered = sorted(values, key=float)
    except ValueError:
        return ()
    few = 2 <= len(ordered) <= MOST_ANSWERS_ON_SCALE
    return tuple(ordered) if few and float(ordered[-1]) - float(ordered[0]) <= 10 else ()


def _empty_by_segment(frame: pd.DataFrame, members: list[tuple[str, str, str]]) -> bool:
    """Whether nearly all empty cells stand in segments that are empty as a whole."""
    empty = whole = 0
    for number in {number for _, _, number in members}:
        names = [name for name, _, each in members if each == number]
        cells = frame[names].isna()
        empty += int(cells.to_numpy().sum())
        whole += int(cells.all(axis=1).sum()) * len(names)
    return empty > 0 and whole >= 0.9 * empty


def _pattern(stems: list[str], tail: str, names: tuple[str, ...], every: list[str]) -> str:
    """Find a regular expression of these names only: by their letters' places, or a list."""
    by_place = _by_place(stems)
    if by_place:
        matched = {name for name in every if re.fullmatch(by_place + tail, name)}
        if matched == set(names):
            return by_place + tail
    listed = "|".join(map(re.escape, stems)).replace(r"\ ", " ").replace(r"\-", "-")
    return f"({listed}){tail}" if tail else listed


def _by_place(stems: list[str]) -> str:
    numbered = {re.sub(r"\d+$", "", stem) for stem in stems}
    if len(numbered) == 1 and all(re.search(r"\d$", stem) for stem in stems):
        return re.escape(numbered.pop()) + r"\d+"
    if len({len(stem) for stem in stems}) != 1 or len(stems) < FEWEST_ITEMS:
        return ""
    parts: list[str] = []
    for letters in zip(*stems, strict=True):
        kinds = set(letters)
        if len(kinds) == 1:
            parts.append(re.escape(letters[0]))
        elif all(one.isdigit() for one in kinds):
            parts.append(r"\d")
        elif all("A" <= one <= "Z" for one in kinds):
            parts.append("[A-Z]")
        elif all("a" <= one <= "z" for one in kinds):
            parts.append("[a-z]")
        else:
            return ""
    written = "".join(parts)
    return re.sub(r"((?:\[A-Z\]){2,})", lambda m: f"[A-Z]{{{len(m[1]) // 5}}}", written)

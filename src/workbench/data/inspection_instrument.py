"""The instrument of the items that an export holds: one that is known, or a draft of a new one."""

from __future__ import annotations

import re
from collections.abc import Iterable

from workbench.data.inspection_fields import Field
from workbench.data.inspection_wide import WideColumns
from workbench.data.inspection_words import words
from workbench.data.instruments import Instrument
from workbench.yaml_text import scalar, wrapped_flow

KINDS = {"fidelity_responses": "fidelity", "driver_responses": "drivers",
         "ownership_responses": "ownership"}  # fmt: skip
_SMALLEST_SHARE = 0.9
_NUMBER = r"[+-]?[0-9]+(\.[0-9]+)?"
_NUMBERS_OF_WORDS = {"yes": "2", "partly": "1", "partially": "1", "no": "0", "ja": "2",
                     "teilweise": "1", "nein": "0", "si": "2", "en parte": "1", "oui": "2",
                     "en partie": "1", "non": "0"}  # fmt: skip


def known_instrument(
    items: Iterable[str], instruments: dict[tuple[str, str], Instrument], table: str
) -> Instrument | None:
    """Find the instrument whose items nearly all of the names are."""
    names = set(items)
    best: tuple[float, Instrument] | None = None
    for instrument in instruments.values():
        own = set(instrument.item_table()["item_id"])
        share = len(names & own) / max(len(names), 1)
        same_kind = instrument.kind == KINDS.get(table)
        if share >= _SMALLEST_SHARE and same_kind and (best is None or share > best[0]):
            best = share, instrument
    return best[1] if best else None


def question_of_answers(wide: WideColumns) -> Field | None:
    """Ask for the numbers of answers that are words; None if they are numbers."""
    if all(re.fullmatch(_NUMBER, one) for one in wide.answers):
        return None
    meant = [_NUMBERS_OF_WORDS.get(words(one), "") for one in wide.answers]
    numbers = [one or "?" for one in meant]
    return Field(
        "values", {}, "ask", "", "Which number of the scale is each answer?",
        (dict(zip(wide.answers, numbers, strict=True)),),
    )  # fmt: skip


def component_groups(items: Iterable[str]) -> dict[str, list[str]]:
    """Items by what their names begin with, where that makes groups of two or more.

    >>> component_groups(["CCM1RT", "CCM2MN", "CSE1RP", "CSE2EW"])
    {'CCM': ['CCM1RT', 'CCM2MN'], 'CSE': ['CSE1RP', 'CSE2EW']}
    """
    groups: dict[str, list[str]] = {}
    for item in items:
        match = re.match(r"[A-Za-z]+(?=\d)|[A-Za-z]+(?=[_ .-])", item)
        groups.setdefault(match[0] if match else "", []).append(item)
    usable = "" not in groups and len(groups) > 1 and all(len(one) > 1 for one in groups.values())
    return groups if usable else {}


def draft_instrument(
    name: str,
    table: str,
    items: Iterable[str],
    wide: WideColumns | None,
    answers: Iterable[str],
    counts: tuple[str, str] | None,
    roles: Iterable[str] = (),
) -> str:
    """YAML of an instrument file for items that no known instrument has.

    Parameters
    ----------
    name
        Its identifier.
    table
        Table that its responses are in.
    items
        Items, without segments.
    wide
        The wide columns that hold them, if there are some.
    answers
        Different answers seen.
    counts
        Columns of counts, met and all, in place of items on a scale.
    roles
        Roles from which the answers were given, as far as they are known.
    """
    lines = [
        "# DRAFT by workbench inspect: every line marked 'say' is yours to complete.",
        f"instrument: {scalar(name)}",
        'version: "1"',
        f"title: {scalar('DRAFT ' + name.replace('_', ' '))}   # say what it is called",
        f"kind: {KINDS.get(table, 'fidelity')}",
        "source: DRAFT, to be named   # say where the items come from",
        "rights: DRAFT, to be named   # say whose wording it is",
        "wording_shipped: false",
    ]
    respondents = ", ".join(map(scalar, roles)) or "independent"
    about = [f"respondents: [{respondents}]   # say who scores", "how_often: DRAFT, to be named"]
    if counts:
        lines += [
            "scale: {}   # counts: any whole number from 0",
            "score: met_of_applicable",
            *about,
            "components: {}",
            "items:",
            f"  {scalar(counts[0])}: {{counts: met, wording: {scalar(_plain(counts[0]))}}}",
            f"  {scalar(counts[1])}: {{counts: applicable, wording: {scalar(_plain(counts[1]))}}}",
        ]
        return "\n".join(lines) + "\n"
    return "\n".join([*lines, *_on_scale(list(items), wide, list(answers), about)]) + "\n"


def _on_scale(
    items: list[str], wide: WideColumns | None, answers: list[str], about: list[str]
) -> list[str]:
    numbers = [one for one in answers if re.fullmatch(_NUMBER, one)]
    if not numbers:
        numbers = [str(place) for place in range(len(answers))]
    lines = [
        "# say: is the scale complete? These answers were seen; the lowest is 0% and the highest",
        "# 100%, so an answer that nobody gave belongs here too.",
        f"scale: {{values: [{', '.join(numbers)}]}}",
        "score: percent_of_maximum   # or mean, or sum",
        "smallest_share_answered: 0.8",
        *about,
    ]
    if wide and wide.segments:
        lines.append(f"segments: [{', '.join(map(scalar, wide.segments))}]")
    groups = component_groups(items)
    if groups:
        lines.append("# say: are these the components? They are what the items' names begin with.")
        lines.append("components:")
        lines += [f"  {scalar(each)}: {{title: {scalar(each)}}}" for each in groups]
    else:
        lines += ["# say: which components does it have? Each item may name one.", "components: {}"]
    of_item = {item: group for group, members in groups.items() for item in members}
    lines.append("items:   # say what each one asks, in words that you may print")
    for item in items:
        parts = {"component": of_item[item]} if item in of_item else {}
        lines += wrapped_flow(f"  {scalar(item)}: ", {**parts, "wording": _plain(item)})
    lines.append("cut_offs: []   # say which levels were published, if any")
    return lines


def _plain(name: str) -> str:
    return words(name).capitalize() if "_" in name else name

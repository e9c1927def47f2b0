"""REDCap exports, and size."""

from __future__ import annotations

import csv
import io

import pandas as pd
from corruption_kinds import kind
from corruption_study import Hand

GROUP = "REDCap and size"
KINDS_OF_SUPPORT = (
    "training", "coaching", "observation with feedback", "supervision", "case consultation",
    "community of practice", "certification", "recertification", "leadership development",
)  # fmt: skip
CODES = {str(code): label for code, label in enumerate(KINDS_OF_SUPPORT, 1)}
FOCUS = {"1": "skill", "2": "administrative", "3": "mixed"}
HEAD = (
    "Variable / Field Name", "Form Name", "Section Header", "Field Type", "Field Label",
    "Choices, Calculations, OR Slider Labels", "Field Note",
    "Text Validation Type OR Show Slider Number",
)  # fmt: skip


def _choices(codes: dict[str, str]) -> str:
    return " | ".join(f"{code}, {label}" for code, label in codes.items())


def _dictionary() -> str:
    rows = [
        ("support_id", "support", "", "text", "Support", "", "", ""),
        ("occurred_on", "support", "", "text", "Given on", "", "", "date_ymd"),
        ("kind", "support", "", "radio", "Kind of support", _choices(CODES), "", ""),
        ("practitioner_id", "support", "", "text", "Practitioner", "", "", ""),
        ("site_id", "support", "", "text", "Site", "", "", ""),
        ("minutes", "support", "", "text", "Minutes", "", "", "number"),
        ("focus", "support", "", "radio", "Focus", _choices(FOCUS), "", ""),
        ("provided_by", "support", "", "text", "Given by", "", "", ""),
        ("triggered_by_observation_id", "support", "", "text", "Observation", "", "", ""),
        ("topics", "support", "", "checkbox", "Topics", "1, Hopes | 2, Plans", "", ""),
        ("note", "remark", "", "text", "Remark", "", "", ""),
    ]
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([HEAD, *rows])
    return out.getvalue()


def _export(hand: Hand, **redcap: object) -> pd.DataFrame:
    """Make supports a raw export, declared with its dictionary."""
    frame = hand.frame("supports")
    code = {label: number for number, label in CODES.items()}
    focus = {label: number for number, label in FOCUS.items()}
    frame = frame.assign(
        kind=frame["kind"].map(code), focus=frame["focus"].map(focus).fillna(""),
        topics___1="1", topics___2="0", support_complete="2",
    )  # fmt: skip
    (hand.raw / "fields.csv").write_text(_dictionary(), encoding="utf-8")
    block = {"dictionary": "fields.csv", "dates_shifted": False, **redcap}
    hand.declare("supports", {"kind": {"values": CODES}, "focus": {"values": FOCUS}},
                 reader="redcap", redcap=block)  # fmt: skip
    return frame


@kind(GROUP, "an export of labels", "REFUSE", "REFUSE", "REFUSE", "ACCEPT",
      names=("row", "row column", "row column", ""))  # fmt: skip
def labels(hand: Hand, n: int) -> None:
    frame = _export(hand)
    if n == 0:
        frame = frame.rename(columns={"minutes": "Minutes", "kind": "Kind of support"})
    elif n == 1:
        frame["kind"] = frame["kind"].map(CODES)
    elif n == 2:
        frame["topics___1"] = "Checked"
    hand.save("supports", frame)


@kind(GROUP, "checkbox columns", "ACCEPT", "NOTE", "ACCEPT", "REFUSE", truth=(1,))
def checkboxes(hand: Hand, n: int) -> None:
    ways = ({}, {"topics": "long"}, {"topics": "yes_no"}, {"kind": "long"})
    frame = _export(hand, checkboxes=ways[n])
    hand.save("supports", frame)


@kind(GROUP, "rows of several forms in one export", "ASK", "ASK", "NOTE", "REFUSE",
      names=("column", "column", "", ""))  # fmt: skip
def several_forms(hand: Hand, n: int) -> None:
    frame = _export(hand, **({"form": ("support", "gone")[n - 2]} if n >= 2 else {}))
    frame.insert(1, "redcap_repeat_instrument", "")
    frame.insert(2, "redcap_repeat_instance", "")
    frame["note"] = ""
    other = frame.head(4).assign(redcap_repeat_instrument="remark", redcap_repeat_instance="1")
    keep = ("support_id", "redcap_repeat_instrument", "redcap_repeat_instance")
    for name in other.columns:
        if name not in keep:
            other[name] = ""
    rows = [frame, other] if n != 1 else [other, frame]
    hand.save("supports", pd.concat(rows, ignore_index=True))


@kind(GROUP, "dates that were shifted", "ASK", "REFUSE", "REFUSE", "ACCEPT", names="column")
def shifted(hand: Hand, n: int) -> None:
    frame = _export(hand, dates_shifted=(None, True, True, False)[n])
    if n == 2:
        frame["occurred_on"] = frame["occurred_on"].str.replace("2026", "2025")
    hand.save("supports", frame)


ROWS_OF_SIZE = (20_000, 100_000, 300_000, 1_000_000)


@kind(GROUP, "many rows", "ACCEPT|NOTE", truth=True)
def size(hand: Hand, n: int) -> None:
    frame = hand.frame("fidelity_responses")
    per = len(frame)
    parts = [
        frame.assign(observation_id=(f"{number}-" if number else "") + frame["observation_id"])
        for number in range(ROWS_OF_SIZE[n] // per + 1)
    ]
    hand.save("fidelity_responses", pd.concat(parts, ignore_index=True).head(ROWS_OF_SIZE[n]))

"""Receiving a damaged study and judging what the workbench made of it."""

from __future__ import annotations

import csv
import functools
import hashlib
import io
import re
import tempfile
import time
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from corruption_kinds import Kind
from corruption_study import AS_OF, Hand, clean_folder

from workbench.data import instruments, schemas
from workbench.data.conform import PROVENANCE
from workbench.data.intake import Intake, receive
from workbench.data.suites import SuiteRunner
from workbench.errors import DataProblems, Problem, WorkbenchError
from workbench.settings import open_study
from workbench.yaml_files import read_model

MOST_WORDS = 60
_LINE_TO_WRITE = re.compile(r"['\"][a-z_]+: ?[^'\"]|'[a-z_]+: ?['\"\[{]|\"[a-z_]+: ?\[")
_NOT_FOUND = "not found"


@dataclass(frozen=True)
class Verdict:
    """What happened to one damaged study.

    Attributes
    ----------
    label
        ACCEPT, REPAIR (accepted with a new note), ROWS, REFUSE or ASK (a line to write is shown).
    faults
        What is wrong with that; none if the workbench did as it should.
    messages
        What the user is told.
    messages_judged, messages_good
        Messages that were looked at, and those that name everything that they should.
    seconds
        How long receiving took.
    """

    label: str
    faults: tuple[str, ...]
    messages: tuple[str, ...]
    messages_judged: int
    messages_good: int
    seconds: float

    @property
    def is_silent(self) -> bool:
        """Whether wrong rows were accepted unannounced."""
        return any(one.startswith("silently wrong") for one in self.faults)

    @property
    def is_traceback(self) -> bool:
        """Whether something other than an error for the user was raised."""
        return any(one.startswith("traceback") for one in self.faults)


_ROWS_REMEMBERED = 20_000
_run_suite = SuiteRunner.run
_results: dict[tuple[str, str], object] = {}


def _remembered(runner, frame, suite, *others, **named):
    """Run a suite on a frame that was not checked before, and otherwise give what it gave.

    Damage is in one table, and the same rules on the same rows of the others find the same.
    """
    if len(frame) > _ROWS_REMEMBERED:
        return _run_suite(runner, frame, suite, *others, **named)
    text = frame.to_csv() + "|".join(map(str, frame.dtypes)) + repr(others) + repr(named)
    key = (suite["name"], hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest())
    if key not in _results:
        _results[key] = _run_suite(runner, frame, suite, *others, **named)
    return list(_results[key])


_models: dict[tuple[bytes, type], object] = {}


def _read_once(path: Path, model: type) -> object:
    """Read a file of the workbench that has the same content as one that was read before."""
    key = (path.read_bytes(), model)
    if key not in _models:
        _models[key] = read_model(path, model)
    return _models[key]


def _received(folder: Path) -> Intake:
    """Receive a study, with what rules found remembered; for nobody else in the process."""
    SuiteRunner.run = _remembered
    schemas.read_model = instruments.read_model = _read_once
    try:
        return receive(open_study(folder), AS_OF)
    finally:
        SuiteRunner.run = _run_suite
        schemas.read_model = instruments.read_model = read_model


@functools.cache
def clean_intake() -> Intake:
    """What the clean study gives."""
    return _received(clean_folder())


def judge(kind: Kind, variant: int, folder: Path | None = None) -> Verdict:
    """Damage a copy of the clean study, receive it, and judge."""
    if folder is None:
        with tempfile.TemporaryDirectory(prefix="damaged_study_") as name:
            return judge(kind, variant, Path(name))
    hand = Hand.in_folder(folder)
    kind.damage(hand, variant)
    started = time.perf_counter()
    try:
        intake = _received(folder)
        intake.quality.require_usable()
    except DataProblems as error:
        return _of_refusal(kind, variant, error, time.perf_counter() - started)
    except WorkbenchError as error:
        faults = _unexpected(kind, variant, "REFUSE")
        return Verdict("REFUSE", faults, (str(error),), 1, 1, time.perf_counter() - started)
    except Exception as error:  # a user would see a traceback
        said = f"traceback: {type(error).__name__}: {error}"
        return Verdict("TRACEBACK", (said[:300],), (), 0, 0, time.perf_counter() - started)
    return _of_intake(kind, variant, hand, intake, time.perf_counter() - started)


def _unexpected(kind: Kind, variant: int, label: str) -> tuple[str, ...]:
    wanted = kind.expected[variant].split("|")
    met = label in wanted or (label == "ASK" and "REFUSE" in wanted)
    met = met or (label == "REPAIR" and "NOTE" in wanted)
    return () if met else (f"expected {kind.expected[variant]}, and it was {label}",)


def _of_refusal(kind: Kind, variant: int, error: DataProblems, seconds: float) -> Verdict:
    asks = any(_LINE_TO_WRITE.search(one.action) for one in error.problems)
    label = "ASK" if asks else "REFUSE"
    faults = list(_unexpected(kind, variant, label))
    good = 0
    for problem in error.problems:
        lacking = _lacking(problem, kind.names[variant])
        good += not lacking
        faults += [f"message lacks {one}" for one in lacking]
    messages = tuple(str(one) for one in error.problems)
    if kind.mentions and kind.mentions not in " ".join(messages):
        faults.append(f"nothing mentions '{kind.mentions}'")
    return Verdict(label, tuple(faults), messages, len(messages), good, seconds)


def _lacking(problem: Problem, names: str) -> list[str]:
    """What a message should name and doesn't."""
    text = str(problem)
    lacking = []
    if not problem.source:
        lacking.append("the file")
    if "sheet" in names and "sheet" not in text:
        lacking.append("the sheet")
    if "row" in names and not problem.rows and not re.search(r"\brow \d", text):
        lacking.append("the row")
    if "column" in names and not problem.column and "column" not in text:
        lacking.append("the column")
    if len(problem.action.split()) < 2:
        lacking.append("the remedy")
    if len(text.split()) > MOST_WORDS:
        lacking.append(f"brevity ({len(text.split())} words)")
    return lacking


def _of_intake(kind: Kind, variant: int, hand: Hand, intake: Intake, seconds: float) -> Verdict:
    clean, quality = clean_intake().quality, intake.quality
    before = dict(zip(clean.accounting["table"], clean.accounting["set_aside"], strict=True))
    faults: list[str] = []
    aside = 0
    for row in quality.accounting.to_dict("records"):
        aside += row["set_aside"] - before.get(row["table"], 0)
        if row["accepted"] + row["set_aside"] != row["received"]:
            faults.append(f"rows of {row['table']} were lost")
    new_notes = [one for one in quality.notes if one not in clean.notes]
    warned = _warned(kind, quality.rules, clean.rules)
    label = "ROWS" if aside > 0 else "REPAIR" if new_notes or warned else "ACCEPT"
    faults += _unexpected(kind, variant, label)
    faults += _not_in_the_files(hand, intake)
    if variant not in kind.truth:
        for table, rows in clean.accepted.items():
            faults += _differences(table, rows, quality.accepted.get(table), quality)
    if kind.mentions and kind.mentions not in " ".join([*new_notes, *warned]):
        faults.append(f"nothing mentions '{kind.mentions}'")
    reasons = quality.reasons.drop_duplicates(["table", "rule_id", "column", "reason"])
    said = [
        f"{one['source_file']}, row {one['source_row']}, {one['column']}: {one['reason']}. "
        f"{one['what_to_do']}"
        for one in reasons.to_dict("records")
    ]
    good = 0
    for one, text in zip(reasons.to_dict("records"), said, strict=True):
        whole = one["source_file"] and one["source_row"] and one["what_to_do"]
        good += bool(whole) and len(text.split()) <= MOST_WORDS
        if not whole or len(text.split()) > MOST_WORDS:
            faults.append(f"reason {one['rule_id']} lacks its place or remedy, or is long")
    messages = (*said, *new_notes, *warned)
    return Verdict(label, tuple(faults), messages, len(said), good, seconds)


def _not_in_the_files(hand: Hand, intake: Intake) -> list[str]:
    """Accepted codes and texts that no cell of the table's own file holds.

    Only for files that are read as they are; what a source file changes is compared with the truth.
    """
    if (hand.folder / "data" / "schemas" / "sources").is_dir():
        return []
    found = []
    for table, rows in intake.quality.accepted.items():
        if len(rows) > _ROWS_REMEMBERED:
            continue
        held = hand.path(table).read_bytes()
        if held.startswith((b"\xff\xfe", b"\xfe\xff")):
            continue
        text = unicodedata.normalize("NFC", held.decode("utf-8-sig").replace("\u200b", ""))
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        cells = {cell.strip() for line in csv.reader(io.StringIO(text)) for cell in line}
        for name, column in intake.schemas[table].columns.items():
            if name in rows.columns and column.type in ("identifier", "text", "response"):
                made_up = [one for one in rows[name].dropna().unique() if one not in cells]
                if made_up:
                    found.append(f"silently wrong: {table}.{name} holds what its file doesn't")
    return found


def _warned(kind: Kind, rules: pd.DataFrame, clean: pd.DataFrame) -> list[str]:
    """Rules that fail for more rows than in the clean study.

    In another study that is in order too, what a rule only notes may be so by chance.
    """
    key = ["table", "rule_id"]
    before = clean.set_index(key)["rows_failed"]
    failed = rules[rules["status"].isin(("failed", "error"))]
    if kind.group == "clean":
        failed = failed[failed["severity"] != "info"]
    more = failed[failed["rows_failed"] > failed.set_index(key).index.map(before).fillna(0)]
    return [f"rule {one}" for one in more["rule_id"] + ": " + more["title"]]


def _differences(
    table: str, clean: pd.DataFrame, accepted: pd.DataFrame | None, quality: object
) -> list[str]:
    """Accepted rows that the clean study doesn't have, or clean rows that are gone unannounced."""
    if accepted is None:
        return [f"silently wrong: {table} is not there"]
    columns = [one for one in clean.columns if one not in PROVENANCE]
    gone = [one for one in columns if one not in accepted.columns]
    if gone:
        return [f"silently wrong: {table} lost its column {gone[0]}"]
    ours, theirs = _counted(clean[columns]), _counted(accepted[columns])
    extra = theirs.subtract(ours, fill_value=0).clip(lower=0).sum()
    lost = ours.subtract(theirs, fill_value=0).clip(lower=0).sum()
    aside = len(quality.set_aside.get(table, ()))  # type: ignore[attr-defined]
    found = []
    if extra:
        found.append(f"silently wrong: {int(extra)} accepted rows of {table} differ")
    if lost > aside:
        found.append(f"silently wrong: {int(lost)} rows of {table} gone, {aside} set aside")
    return found


def _counted(frame: pd.DataFrame) -> pd.Series:
    filled = frame.astype("object").where(frame.notna(), "")
    columns = [[str(cell) for cell in filled[name]] for name in filled]
    return pd.Series(map("\x1f".join, zip(*columns, strict=True)), dtype="str").value_counts()

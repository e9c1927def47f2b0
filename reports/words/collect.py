"""Collects every sentence of the reports into the catalogues of this folder.

    python reports/words/collect.py

A catalogue keeps its translations, gains the sentences that are new, and loses those that are gone.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import jinja2
import yaml
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from jinja2 import nodes

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
TEXTS, OF_SOMETHING = ("say", "mark"), "say_in"
COUNTS = {"noun": 1, "count_of": 1, "counted": 1}
"""Functions that choose a noun's form, and which of their arguments is the noun."""


class Sentence(NamedTuple):
    """One text to be translated: with its plural, or with what it is about, where it has one."""

    text: str
    plural: str = ""
    context: str = ""

    @property
    def key(self) -> str | tuple[str, str]:
        """What a catalogue knows it by."""
        return (self.text, self.plural) if self.plural else self.text


def sentences() -> dict[Sentence, list[str]]:
    """Every sentence that is said, and the files that say it."""
    found: dict[Sentence, list[str]] = {}
    for folder, pattern, said_in in SAID_IN:
        for path in sorted((ROOT / folder).glob(pattern)):
            for sentence in said_in(path):
                places = found.setdefault(sentence, [])
                place = path.relative_to(ROOT).as_posix()
                places += [] if place in places else [place]
    return found


def _of_code(path: Path) -> Iterator[Sentence]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else None
            name = node.func.id if isinstance(node.func, ast.Name) else name
            yield from _said(name, [getattr(one, "value", None) for one in node.args])


def _of_template(path: Path) -> Iterator[Sentence]:
    tree = jinja2.Environment(autoescape=True).parse(path.read_text(encoding="utf-8"))
    for node in tree.find_all(nodes.Call):
        if isinstance(node.node, nodes.Name):
            yield from _said(node.node.name, [getattr(one, "value", None) for one in node.args])


def _of_rules(path: Path) -> Iterator[Sentence]:
    """Give what each rule of a suite asks, and what to do where it fails."""
    for rule in json.loads(path.read_text(encoding="utf-8"))["expectations"]:
        yield from (Sentence(rule["meta"][name]) for name in ("title", "guidance"))


def _of_instrument(path: Path) -> Iterator[Sentence]:
    """Give the texts of an instrument of the workbench's own; of others only their titles stand."""
    told = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not told.get("wording_shipped"):
        return
    yield Sentence(told["title"])
    yield from (Sentence(level["name"]) for level in told.get("cut_offs", ()))
    for part in (*told["components"].values(), *told["items"].values()):
        names = ("title", "description", "wording", "action")
        yield from (Sentence(part[name]) for name in names if part.get(name))


def _of_schema(path: Path) -> Iterator[Sentence]:
    """Give a table's name in words, and what it adds."""
    schema = yaml.safe_load(path.read_text(encoding="utf-8"))
    yield from (Sentence(schema["table"].replace("_", " ")), Sentence(schema["adds"]))


SAID_IN = (
    ("src/workbench", "**/*.py", _of_code),
    ("reports/templates", "*.j2", _of_template),
    ("expectations", "*.json", _of_rules),
    ("data/schemas/tables", "*.yml", _of_schema),
    ("data/schemas/instruments", "*.yml", _of_instrument),
)
"""Folders whose files say something, and how the sentences of one are found."""


def _said(name: str | None, texts: list[object]) -> Iterator[Sentence]:
    """Give the sentence of a call; none where its text is not written out in the call itself."""
    if name in TEXTS and texts and isinstance(texts[0], str):
        yield Sentence(texts[0])
    elif name == OF_SOMETHING and all(isinstance(one, str) for one in texts[:2]):
        yield Sentence(str(texts[1]), context=str(texts[0]))
    elif name in COUNTS and len(texts) > 1:
        word, *more = texts[COUNTS[name] :]
        if isinstance(word, str):
            yield _forms(name, word, more[0] if more and isinstance(more[0], str) else "")


def _forms(name: str, word: str, many: str) -> Sentence:
    """Both forms of a noun, as ``wording.count_of`` and ``printed.counted`` make them."""
    if name == "counted":
        return Sentence(word.removesuffix("s"), word)
    return Sentence(word, many or f"{word}s")


def collect(path: Path, wanted: dict[Sentence, list[str]]) -> Catalog:
    """Make a catalogue anew from what is said and from what it translates already."""
    with path.open("rb") as file:
        old = read_po(file)
    new = Catalog(locale=old.locale, project="workbench", charset="utf-8", fuzzy=False)
    new.creation_date = new.revision_date = old.creation_date
    for sentence in sorted(wanted):
        known = old.get(sentence.text, sentence.context or None)
        kept = (
            known.string if known and isinstance(known.id, tuple) == bool(sentence.plural) else ""
        )
        new.add(
            sentence.key,
            kept or (("", "") if sentence.plural else ""),
            locations=[(place, None) for place in wanted[sentence]],
            context=sentence.context or None,
        )
    return new


def main() -> None:
    """Bring every catalogue of this folder up to date."""
    wanted = sentences()
    for path in sorted(HERE.glob("*.po")):
        made = collect(path, wanted)
        with path.open("wb") as file:
            write_po(file, made, width=100, include_lineno=False, omit_header=False)


if __name__ == "__main__":
    main()

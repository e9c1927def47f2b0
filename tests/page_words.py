"""What a reader of a page sees, and which of its words no page may say.

Shared by tests of pages: pages are read as text with their titles and alternative texts, and
searched for claims of cause, for ranks of people or sites, and for ids of persons.
"""

from __future__ import annotations

import re
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd

SPOKEN = ("alt", "title", "aria-label", "content")
UNSEEN = ("script", "style", "template")
CAUSES = re.compile(
    r"\b(?:caus(?:es?|ed|ing|al|ally)|(?:leads?|led|leading) to|because of|due to|"
    r"results? in|resulted in|resulting in|owing to|thanks to|brings? about|brought about|"
    r"(?:is|are|was|were) driven by|drives?|drove|affects?|affected|impacts?|impacted|"
    r"influences?|influenced|determines?|produces?|"
    r"(?:the|an) effects? of)\b",
    re.IGNORECASE,
)
RANKS = re.compile(
    r"\b(?:ranks?|ranked|rankings?|league|worst|best|top|bottom|"
    r"(?:first|second|third|last) place|(?:out|under)perform\w*|"
    r"(?:above|below) average|winners?|losers?|laggards?)\b",
    re.IGNORECASE,
)
MEANT = re.compile(
    # The name of a thing, best practices quoted word for word, and what denies a cause or a rank.
    r"best[- ]practices?|best_practices?|findings lead to coaching and feedback|"
    r"within weeks and leads to support|No link from this site leads to one|"
    r"need not be cause and effect|what brings about what|never rank anyone|not ranked|"
    r"mend the cause and run|"
    r"nobody is ranked",
    re.IGNORECASE,
)
PERSONS = {
    "practitioners": ("practitioner_id", "supervisor_id", "trainer_id"),
    "plans": ("plan_id",),
    "plan_actions": ("plan_id", "plan_action_id", "goal_id"),
    "fidelity_responses": ("observation_id", "rater_id", "practitioner_id"),
    "driver_responses": ("respondent_id",),
}
PLACES = {
    "sites": ("site_id", "region_id"),
    "implementation_teams": ("team_id",),
}
LEAST_OF_AN_ID = 3
"""Characters of an id below which it could as well be a word or a number of something."""


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.unseen += tag in UNSEEN
        self.parts += [f" {value} " for name, value in attrs if name in SPOKEN and value]
        self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self.unseen -= tag in UNSEEN
        self.parts.append(" ")

    def handle_data(self, data: str) -> None:
        if not self.unseen:
            self.parts.append(data)


def text_of(path: Path) -> str:
    """Everything that a file says to a reader, in one line."""
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as book:
            names = [name for name in book.namelist() if name.endswith(".xml")]
            return text_of_markup(" ".join(book.read(name).decode("utf-8") for name in names))
    said = path.read_text(encoding="utf-8")
    return text_of_markup(said) if path.suffix in (".html", ".svg") else " ".join(said.split())


def text_of_markup(markup: str) -> str:
    """Text of a page or a part of one."""
    reader = _Text()
    reader.feed(markup)
    return " ".join("".join(reader.parts).split())


def words_against_the_house(text: str) -> list[str]:
    """Each claim of a cause and each rank, with the words about it."""
    plain = MEANT.sub(lambda found: "_" * len(found[0]), text)
    return [
        text[max(0, found.start() - 50) : found.end() + 30]
        for words in (CAUSES, RANKS)
        for found in words.finditer(plain)
    ]


def persons_of(accepted: Path) -> set[str]:
    """Ids of practitioners, supervisors, raters, respondents, plans and what belongs to them."""
    found = _ids(accepted, PERSONS) - _ids(accepted, PLACES)
    return {one for one in found if len(one) >= LEAST_OF_AN_ID and not _is_a_number(one)}


def _ids(accepted: Path, of: dict[str, tuple[str, ...]]) -> set[str]:
    found: set[str] = set()
    for table, names in of.items():
        path = accepted / f"{table}.parquet"
        columns = pd.read_parquet(path) if path.is_file() else pd.DataFrame()
        for name in set(names) & set(columns.columns):
            found |= set(columns[name].dropna().astype("str"))
    return found


def _is_a_number(one: str) -> bool:
    """Whether it may stand on a page as a number: those with a leading zero may not."""
    return one.isdigit() and not one.startswith("0")


def ids_in(text: str, ids: set[str]) -> list[str]:
    """Which of these ids a text has as words of their own."""
    return sorted(ids & set(re.findall(r"(?<![\w.,:-])\w[\w-]*(?![\w-])", text)))


def pages_of(version: Path) -> list[Path]:
    """Every file of a published version that is made for readers."""
    kinds = ("*.html", "sites/*.html", "*.xlsx", "sites/*.xlsx", "summary.txt")
    return sorted(path for kind in kinds for path in version.glob(kind))

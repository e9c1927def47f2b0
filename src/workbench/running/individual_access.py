"""Who may see one person's page, where it is kept, and the record of every view and refusal."""

from __future__ import annotations

import hmac
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.errors import WorkbenchError
from workbench.reporting.printed import clean
from workbench.running.durable import write_durably
from workbench.running.ledger import note
from workbench.settings import Study

RUN = "individual view"
SHOWN, REFUSED = "shown", "refused"
KEY = "record.key"
MOST_LETTERS = 200
HOW_TO_ALLOW = (
    "This study does not show single persons. Agree with staff on the use of such pages, then set "
    "'individual_view: true' under 'privacy' in workbench.yml."
)


class ViewRefused(WorkbenchError):
    """A person's page that may not be made.

    Parameters
    ----------
    rule
        Short name of the rule that forbids it, for the ledger.
    message
        What is wrong, and what to do.
    """

    def __init__(self, rule: str, message: str) -> None:
        self.rule = rule
        super().__init__(message)


@dataclass(frozen=True)
class ViewAsked:
    """Who asks for whose page, and why.

    Attributes
    ----------
    practitioner
        Code of the person.
    coach
        Code of the coach; empty if the person asks.
    purpose
        What it is for, in words.
    """

    practitioner: str
    coach: str
    purpose: str

    @property
    def for_whom(self) -> str:
        """Who will read the page."""
        return "coach" if self.coach else "self"


def require_asked_well(study: Study, asked: ViewAsked) -> None:
    """Refuse where the study doesn't allow the page, or the purpose can't be kept.

    Raises
    ------
    ViewRefused
        Saying what to do.
    """
    if not study.settings.privacy.individual_view:
        raise ViewRefused("settings", HOW_TO_ALLOW)
    if not asked.practitioner.strip():
        raise ViewRefused("person", "Name the person with --practitioner.")
    if not any(sign.isalpha() for sign in asked.purpose):
        raise ViewRefused("purpose", "Say what the page is for with --purpose; it is kept.")
    if len(asked.purpose) > MOST_LETTERS or asked.purpose != clean(asked.purpose):
        raise ViewRefused("purpose", f"Say the purpose in one line of {MOST_LETTERS} letters.")
    if _names_someone(asked):
        raise ViewRefused(
            "purpose", "Say the purpose without codes of persons: the record of views keeps it."
        )


def require_coach(asked: ViewAsked, practitioners: pd.DataFrame) -> None:
    """Refuse a coach who is not the person's supervisor, and a person who isn't known.

    Both in the same words, so that trying codes tells nothing.

    Raises
    ------
    ViewRefused
        Saying what to do.
    """
    rows = practitioners[practitioners["practitioner_id"] == asked.practitioner]
    if asked.coach and asked.coach == asked.practitioner:
        raise ViewRefused("coach", "Nobody is their own coach. The person uses --self.")
    if not asked.coach:
        if rows.empty:
            raise ViewRefused("person", "The quarter's table practitioners has no such person.")
        return
    coaches = rows.get("supervisor_id", pd.Series(dtype="str"))
    if not (coaches == asked.coach).any():
        raise ViewRefused(
            "coach",
            "The quarter's table practitioners does not name this coach as the supervisor of this "
            "person. Only the person's own coach and the person may see the page.",
        )


def note_view(study: Study, asked: ViewAsked, event: str, **facts: Any) -> None:
    """Add a view or a refusal to the ledger: who is meant is kept as a code, never as it is."""
    key = _key(study)
    kept = "" if _names_someone(asked) else clean(asked.purpose)[:MOST_LETTERS]
    about = {"person": _code(key, asked.practitioner), "seen_by": asked.for_whom}
    if asked.coach:
        about["coach"] = _code(key, asked.coach)
    note(study, RUN, event, **about, purpose=kept, **facts)


def code_of(study: Study, identifier: str) -> str:
    """Code under which the ledger keeps a person; it takes the study's key to make it."""
    return _code(_key(study), identifier)


def private_page(study: Study, quarter: str, asked: ViewAsked, folder: Path | None) -> Path:
    """Where a person's page goes; its name is made from the code, and tells nobody who it is.

    Raises
    ------
    ViewRefused
        If the folder lies among the reports, where others read.
    """
    place = (folder or study.private).resolve()
    if place.is_relative_to(study.reports) and not place.is_relative_to(study.private):
        raise ViewRefused("folder", f"{place} lies among the reports, which others read.")
    return place / f"individual-{quarter}-{code_of(study, asked.practitioner)[:12]}.html"


def write_privately(path: Path, text: str) -> None:
    """Write a file that only its owner may open."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_durably(path, text, mode=0o600)


def _names_someone(asked: ViewAsked) -> bool:
    codes = [re.escape(code) for code in (asked.practitioner, asked.coach) if code.strip()]
    return any(re.search(rf"(?<![^\W_]){code}(?![^\W_])", asked.purpose, re.I) for code in codes)


def _key(study: Study) -> bytes:
    """Read the study's key for codes in the ledger; it is made when it is first wanted."""
    path = study.private / KEY
    if not path.is_file():
        write_privately(path, secrets.token_hex(32))
    return bytes.fromhex(path.read_text(encoding="ascii").strip())


def _code(key: bytes, identifier: str) -> str:
    return hmac.new(key, identifier.encode(), "sha256").hexdigest()[:32]

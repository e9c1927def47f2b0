"""The language of a report: its sentences in English, and one catalogue for each other language.

English is what the code says itself. Every sentence of a report passes through ``say``, which
looks it up in the catalogue of the language in use: a PO file, as translators' tools write them,
``reports/words/es.po`` for Spanish. What a catalogue doesn't hold stays in English.
"""

from __future__ import annotations

import gettext
from functools import cache
from io import BytesIO
from pathlib import Path

from workbench.errors import SettingsError
from workbench.resources import resource_file

ENGLISH = "en"
WORDS = "reports/words"


class _InUse:
    """The language in use; one at a time, since a process makes the report of one study."""

    name = ENGLISH
    catalogue: gettext.NullTranslations = gettext.NullTranslations()


def use(name: str, study_folder: Path | None = None) -> None:
    """Say everything from here on in a language.

    Parameters
    ----------
    name
        ``en``, or the name of a catalogue, such as ``es``.
    study_folder
        Study whose own catalogue stands before ours, or None.

    Raises
    ------
    SettingsError
        If there is no such catalogue, or it can't be read.
    """
    english = gettext.NullTranslations()
    path = None if name == ENGLISH else resource_file(f"{WORDS}/{name}.po", study_folder)
    _InUse.catalogue = _catalogue(path, path.stat().st_mtime_ns) if path else english
    _InUse.name = name


def in_use() -> str:
    """Name of the language in use: ``en``."""
    return _InUse.name


def mark(text: str) -> str:
    """Mark a sentence for translation where it is kept; it is said later, by ``say``."""
    return text


def say(text: str, **values: object) -> str:
    """Say a sentence in the language in use.

    Parameters
    ----------
    text
        The sentence in English, with a name in braces for each value: ``"{n} of {all} plans"``. A
        text without values may hold braces, and is said as it stands.
    values
        What stands in the place of each name. They are not translated.

    Examples
    --------
    >>> say("Practice {moves} by {size} points.", moves="fell", size=3)
    'Practice fell by 3 points.'
    """
    said = _InUse.catalogue.gettext(text) if text else text
    return said.format(**values) if values else said


def say_in(context: str, text: str, **values: object) -> str:
    """Say a text that another language says differently by what it is about.

    >>> say_in("of an action", "open")
    'open'
    """
    said = _InUse.catalogue.pgettext(context, text)
    return said.format(**values) if values else said


def noun(count: int, one: str, many: str) -> str:
    """Choose a noun's form for a count.

    >>> noun(1, "plan", "plans"), noun(0, "plan", "plans")
    ('plan', 'plans')
    """
    return _InUse.catalogue.ngettext(one, many, count)


@cache
def _catalogue(path: Path, changed: int) -> gettext.GNUTranslations:
    """Read a catalogue; again only when it has ``changed``."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import PoFileError, read_po

    compiled = BytesIO()
    try:
        with path.open("rb") as file:
            write_mo(compiled, read_po(file, abort_invalid=True))
    except (PoFileError, LookupError, ValueError) as error:
        raise SettingsError(f"{path.name} is not a catalogue of words: {error}") from error
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)

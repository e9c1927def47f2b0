"""Keyed pseudonyms: one code for one person, which nobody without the key can make or undo.

A plain hash of a staff number of seven digits is undone in a tenth of a second by trying all of
them. A keyed one (HMAC-SHA-256, RFC 2104) can be tried only by who holds the key, so the key is
kept apart from the data: never in the study, never under version control. Pseudonymised data are
still personal data.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
import stat
import sys
from collections.abc import Iterable
from pathlib import Path

from workbench.data.identifiers import clean
from workbench.errors import WorkbenchError

KEY_VARIABLE = "WORKBENCH_PSEUDONYM_KEY"
"""Environment variable that may name the file of the key."""
LETTERS = 13
"""Base32 letters of a pseudonym: 65 bits."""
FEWEST_BYTES = 32
FEWEST_DIFFERENT_BYTES = 10
_VERSION_CONTROL = (".git", ".hg", ".svn", ".bzr", ".jj")


class KeyRefused(WorkbenchError):
    """A key that can't be used as it is; the message says why and what to do."""


class Pseudonyms:
    """Makes pseudonyms with one key for one purpose, and remembers what it made.

    Parameters
    ----------
    secret
        What the file of the key holds.
    purpose
        What the pseudonyms are for. Another purpose gives other pseudonyms from the same key, so
        that files handed out for two purposes can't be joined.

    >>> codes = Pseudonyms(b"0123456789abcdef0123456789abcdef", "an example")
    >>> codes.of("staff", "007") == codes.of("staff", "007"), len(codes.of("staff", "007"))
    (True, 15)
    """

    def __init__(self, secret: bytes, purpose: str) -> None:
        if not purpose.strip():
            raise KeyRefused("Say what the pseudonyms are for: each purpose has its own.")
        self.purpose = purpose.strip()
        self._key = hmac.digest(secret, b"purpose\0" + self.purpose.encode(), "sha256")
        self._made: dict[tuple[str, str], str] = {}
        self._owner: dict[str, tuple[str, str]] = {}

    @property
    def key_id(self) -> str:
        """Short name of key and purpose, from which neither can be found."""
        return hashlib.sha256(b"key id\0" + self._key).hexdigest()[:12]

    def of(self, kind: str, identifier: str) -> str:
        """Pseudonym of one identifier.

        Parameters
        ----------
        kind
            What it names, such as ``staff``: the staff 007 is not the plan 007.
        identifier
            As it stands in the data; signs that can't be seen make no difference.

        Raises
        ------
        KeyRefused
            If two identifiers get the same pseudonym.
        """
        one = (kind, clean(identifier))
        if one not in self._made:
            message = f"{one[0]}\0{one[1]}".encode()
            digest = hmac.digest(self._key, message, "sha256")
            # The letter and the stroke in front keep a spreadsheet from reading it as a number.
            code = f"{kind[0].lower()}-{base64.b32encode(digest).decode()[:LETTERS]}"
            if self._owner.setdefault(code, one) != one:
                raise KeyRefused("Two identifiers got the same pseudonym. Make a new key.")
            self._made[one] = code
        return self._made[one]

    def crosswalk(self) -> list[tuple[str, str, str]]:
        """Kind, identifier and pseudonym of all that were made, sorted."""
        return sorted((*one, code) for one, code in self._made.items())


def key_file(option: Path | None) -> Path:
    """File of the key: the one given, or the one that the environment names.

    Raises
    ------
    KeyRefused
        If there is neither.
    """
    named = option or (Path(os.environ[KEY_VARIABLE]) if os.environ.get(KEY_VARIABLE) else None)
    if named is None:
        raise KeyRefused(
            f"There is no key. Name its file with --key or in {KEY_VARIABLE}; "
            "'workbench new-key FILE' makes one."
        )
    return named


def read_key(path: Path, away_from: Iterable[Path]) -> bytes:
    """Read a key, if it is kept as a key should be.

    Parameters
    ----------
    path
        Its file.
    away_from
        Folders in which it must not lie, such as the study's.

    Raises
    ------
    KeyRefused
        If the file is missing, can be read by others, lies in one of the folders or under version
        control, or holds no key.
    """
    place = path.resolve()
    if not place.is_file():
        raise KeyRefused(f"There is no key file {path}. 'workbench new-key FILE' makes one.")
    _refuse_place(place, away_from)
    if sys.platform != "win32" and stat.S_IMODE(place.stat().st_mode) & 0o077:
        raise KeyRefused(f"Others on this machine can read {path}. Run: chmod 600 {path}")
    secret = place.read_bytes().strip()
    if len(secret) < FEWEST_BYTES or len(set(secret)) < FEWEST_DIFFERENT_BYTES:
        raise KeyRefused(f"{path} holds no key: it is too short, or too plain, to keep a secret.")
    return secret


def new_key(path: Path, away_from: Iterable[Path] = ()) -> None:
    """Make a key that only its owner can read; a file that is there stays.

    Raises
    ------
    KeyRefused
        If the file is there, or the place is one where no key should lie.
    """
    _refuse_place(path.resolve(), away_from)
    write_private(path, secrets.token_hex(32) + "\n")


def write_private(path: Path, text: str) -> None:
    """Write a new file that only its owner can read.

    Raises
    ------
    KeyRefused
        If there is a file of this name.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise KeyRefused(f"{path} is there already, and is not written over.") from None
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
        file.write(text)


def _refuse_place(place: Path, away_from: Iterable[Path]) -> None:
    for folder in away_from:
        if place.is_relative_to(folder.resolve()):
            raise KeyRefused(
                f"The key lies in {folder}, beside the data. Keep it in another place, which is "
                "not backed up with them."
            )
    for folder in place.parents:
        if any((folder / name).exists() for name in _VERSION_CONTROL):
            raise KeyRefused(f"The key lies under version control ({folder}). Keep it elsewhere.")

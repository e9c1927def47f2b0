"""Writing so that a crash or a power cut leaves the old file or the new one, whole."""

from __future__ import annotations

import os
from pathlib import Path


def write_durably(path: Path, text: str, mode: int = 0o666) -> None:
    """Write a text file beside its place, bring it to the disk, and rename it there.

    Parameters
    ----------
    path
        Where the file goes.
    text
        What it holds.
    mode
        Who may open it, before the umask; 0o600 is its owner alone.
    """
    # One name, so that what a killed process left is written over by whoever does it again.
    beside = path.with_name(f".{path.name}.part")
    beside.unlink(missing_ok=True)
    try:
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Bring a folder's list of names to the disk, where the system can."""
    if os.name == "nt":
        return  # Windows has no handle of a folder to bring to the disk
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_tree(folder: Path) -> None:
    """Bring every file under a folder, and every list of names, to the disk."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb+") as file:
                os.fsync(file.fileno())
        elif path.is_dir():
            sync_folder(path)
    sync_folder(folder)

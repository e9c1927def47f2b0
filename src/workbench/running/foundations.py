"""What a run rests on, as hashes: the files received, the study's settings, the code.

Two runs that rest on the same give the same numbers, so that nothing need be run again, and a run
that was broken off may only go on if all is as it was.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from workbench.resources import resource_files, resource_folder
from workbench.running.staged_run import hash_of
from workbench.settings import SETTINGS_FILE, Study
from workbench.versions import versions

TOLD = {
    "inputs": "what was received",
    "settings": "the study's settings, rules, instruments or sources",
    "notebooks": "the study's notebooks",
    "code": "the workbench itself",
    "packages": "a package that it rests on",
}
"""Parts of a foundation, in words."""
OF_STUDY = ("data/schemas", "data/corrections", "expectations", "reports/templates")
OF_WORKBENCH = ("data/schemas", "expectations", "reports/templates", "notebooks")


def foundations(study: Study, data_folder: str = "") -> dict[str, str]:
    """Hash of each part that a run rests on, by the names in ``TOLD``.

    Parameters
    ----------
    study
        The study.
    data_folder
        Folder of what was received; the study's ``data/raw`` if empty.
    """
    received = study.folder / data_folder if data_folder else study.raw
    own = [study.folder / SETTINGS_FILE, *_under(study.folder, OF_STUDY)]
    notebooks = resource_files("notebooks", "0*.ipynb", study.folder)
    return {
        "inputs": _hash(received, _files(received)),
        "settings": _hash(study.folder, own),
        "notebooks": _hash(None, notebooks),
        "code": code_hash(),
        "packages": hashlib.sha256(repr(sorted(versions().items())).encode()).hexdigest(),
    }


def what_differs(then: dict[str, str], now: dict[str, str]) -> list[str]:
    """Parts that are not the same, in words."""
    return [words for part, words in TOLD.items() if then.get(part) != now.get(part)]


@cache
def code_hash() -> str:
    """Hash of the workbench itself: its modules, and the files that it comes with."""
    package = Path(__file__).parents[1]
    files = [path for path in _files(package) if path.suffix == ".py"]
    home = resource_folder()
    return _hash(package, files) + _hash(home, _under(home, OF_WORKBENCH))


def _under(folder: Path, names: Iterable[str]) -> list[Path]:
    return [path for name in names for path in _files(folder / name)]


def _files(folder: Path) -> list[Path]:
    """Files under a folder, in order; hidden ones, such as an editor's, are left out."""
    if not folder.is_dir():
        return []
    inner = ((path, path.relative_to(folder).parts) for path in folder.rglob("*"))
    return sorted(
        path
        for path, parts in inner
        if path.is_file() and not any(part.startswith((".", "__pycache__")) for part in parts)
    )


def _hash(base: Path | None, files: Iterable[Path]) -> str:
    """One hash of many files and their names from a base; from their own folder if None."""
    whole = hashlib.sha256()
    for path in files:
        name = path.name if base is None else path.relative_to(base).as_posix()
        whole.update(f"{name}\0{hash_of(path)}\n".encode())
    return whole.hexdigest()

"""The manifest: what a published quarter was made from, and what it holds.

It is written last. A folder of results without it is not a published quarter.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from workbench.versions import versions

MANIFEST = "manifest.json"


def hash_files(folder: Path) -> dict[str, str]:
    """SHA-256 of every file under a folder, by its path from there."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != MANIFEST
    }


def write_manifest(folder: Path, content: dict[str, Any]) -> None:
    """Write the manifest of a results folder, with the hash of every other file in it."""
    full = {**content, "versions": versions(), "outputs": hash_files(folder)}
    text = json.dumps(full, indent=2, ensure_ascii=False, sort_keys=True)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> dict[str, Any]:
    """Manifest of a published quarter."""
    return dict(json.loads((folder / MANIFEST).read_text(encoding="utf-8")))

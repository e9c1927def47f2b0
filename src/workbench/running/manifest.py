"""The manifest: what a published version was made from, and what it holds.

It is written last. A folder of results without it is not a published version. It says nothing of
when or where a run was made, so that the same run made twice gives the same manifest; the ledger
has those.
"""

from __future__ import annotations

import importlib.metadata
import json
from pathlib import Path
from typing import Any

from workbench.language import mark
from workbench.results import Results
from workbench.running.foundations import what_differs
from workbench.running.staged_run import Plan, hash_of
from workbench.settings import MANIFEST
from workbench.versions import versions

NOTEBOOKS = "notebooks/"
FIRST_VERSION = mark("First version.")


def hash_files(folder: Path) -> dict[str, str]:
    """SHA-256 of every file under a folder, by its path from there."""
    return {
        path.relative_to(folder).as_posix(): hash_of(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != MANIFEST
    }


def describe(results: Results, plan: Plan, target: Path, before: Path | None) -> dict[str, Any]:
    """Say what a version was made from, and what is other than in the version before.

    Parameters
    ----------
    results
        Results of the run.
    plan
        What it was asked to do.
    target
        Folder that the version will have.
    before
        Folder of the version before; None if it is the first.
    """
    about = {
        **results.about,
        "version": target.name,
        "reason": plan.reason or FIRST_VERSION,
        "parameters": {
            "quarter": plan.quarter,
            "as_of": plan.as_of,
            "data_folder": plan.data_folder,
            "require_all": plan.require_all,
        },
        "foundations": plan.foundations,
        "cohort": {"sites": list(results.table("sites")["site_id"])},
        "row_accounting": results.table("row_accounting").to_dict("records"),
        "environment": _environment(),
    }
    if before is None:
        return about
    then = read_manifest(before)
    changed = what_differs(then["foundations"], plan.foundations)
    if not plan.reason:
        about["reason"] = f"Changed since {before.name}: {'; '.join(changed) or 'nothing'}."
    about["before"] = {
        "version": before.name,
        "manifest_sha256": hash_of(before / MANIFEST),
        "changed": changed,
        "files": _differences(then["outputs"], hash_files(results.folder)),
    }
    return about


def write_manifest(folder: Path, content: dict[str, Any]) -> None:
    """Write the manifest of a results folder, with the hash of every other file in it."""
    full = {**content, "versions": versions(), "outputs": hash_files(folder)}
    text = json.dumps(full, indent=2, ensure_ascii=False, sort_keys=True)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> dict[str, Any]:
    """Manifest of a published version."""
    return dict(json.loads((folder / MANIFEST).read_text(encoding="utf-8")))


def _differences(then: dict[str, str], now: dict[str, str]) -> dict[str, list[str]]:
    """Files that came, went or are others than they were; executed notebooks are left out."""
    both = {name for name in {*then, *now} if not name.startswith(NOTEBOOKS)}
    return {
        "added": sorted(both - set(then)),
        "removed": sorted(both - set(now)),
        "changed": sorted(name for name in both & set(then) & set(now) if then[name] != now[name]),
    }


def _environment() -> dict[str, str]:
    """Every package that is installed, with its version."""
    found = {
        one.metadata["Name"].lower(): one.version for one in importlib.metadata.distributions()
    }
    return dict(sorted(found.items()))

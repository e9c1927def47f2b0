"""Publishing a quarter: one rename puts a whole version beside those before it.

A version is never written over. The rename is the moment of publication: before it readers see the
versions that were there, after it one more. What follows it, the page that leads to the newest
version and the line in the ledger, can be made again at any time.
"""

from __future__ import annotations

import json
from pathlib import Path

from workbench.reporting.version_list import PublishedVersion, render_version_list
from workbench.running.durable import sync_folder, sync_tree, write_durably
from workbench.running.ledger import note, read_ledger
from workbench.running.manifest import read_manifest
from workbench.running.staged_run import StagedRun, hash_of
from workbench.settings import MANIFEST, Study

LIST_PAGE = "index.html"
GOING_OUT = "publishing.json"


def next_version(study: Study, quarter: str) -> Path:
    """Folder that the next published version of a quarter gets."""
    versions = study.versions_of(quarter)
    number = int(versions[-1].name.removeprefix("v")) + 1 if versions else 1
    return study.reports / quarter / f"v{number}"


def rename_in_notebooks(results: Path, old: Path, new: Path) -> None:
    """Let the executed notebooks of some results name another folder, so that they run again."""
    before, after = (json.dumps(str(folder))[1:-1] for folder in (old, new))
    for notebook in (results / "notebooks").glob("*.ipynb"):
        text = notebook.read_text(encoding="utf-8")
        if before in text:
            notebook.write_text(text.replace(before, after), encoding="utf-8")


def publish(study: Study, staged: StagedRun, quarter: str, target: Path) -> None:
    """Put finished results, manifest and all, in their place.

    Parameters
    ----------
    study
        The study.
    staged
        The run; its results hold their manifest.
    quarter
        Label of the quarter.
    target
        From `next_version`.
    """
    sync_tree(staged.results)
    going_out = {
        "quarter": quarter,
        "version": target.name,
        "manifest_sha256": hash_of(staged.results / MANIFEST),
    }
    write_durably(staged.folder / GOING_OUT, json.dumps(going_out, sort_keys=True))
    target.parent.mkdir(parents=True, exist_ok=True)
    staged.results.rename(target)
    sync_folder(target.parent)
    finish_publication(study, staged)


def finish_publication(study: Study, staged: StagedRun) -> bool:
    """Do what follows the rename, where it was done; whatever was done of it already stays.

    Returns
    -------
    bool
        Whether the run is published.
    """
    path = staged.folder / GOING_OUT
    if not path.is_file() or staged.results.is_dir():
        return False
    told = json.loads(path.read_text(encoding="utf-8"))
    manifest = study.reports / told["quarter"] / told["version"] / MANIFEST
    if not manifest.is_file() or hash_of(manifest) != told["manifest_sha256"]:
        return False
    write_version_list(study, told["quarter"])
    events = {(line["run"], line["event"]) for line in read_ledger(study)}
    if (staged.name, "published") not in events:
        note(study, staged.name, "published", **told)
    staged.remove()
    return True


def write_version_list(study: Study, quarter: str) -> Path:
    """Write the page of a quarter's versions, which leads to the newest."""
    versions = []
    for folder in reversed(study.versions_of(quarter)):
        manifest = read_manifest(folder)
        versions.append(
            PublishedVersion(
                folder.name,
                manifest["parameters"]["as_of"],
                manifest["reason"],
                len(manifest["reports"]),
                len(manifest["sites_missing"]),
            )
        )
    page = render_version_list(study.settings.network, quarter, tuple(versions), study.folder)
    path = study.reports / quarter / LIST_PAGE
    write_durably(path, page)
    return path

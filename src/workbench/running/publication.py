"""Publishing a quarter by rename, so that a reader sees the old one or the new one whole."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from workbench.running.manifest import MANIFEST, read_manifest
from workbench.settings import Study

STAGING = ".staging"
REFUSED = "refused"


def name_published_folder(staging: Path, published: Path) -> None:
    """Let the executed notebooks name the folder where they will be, so that they run again."""
    old, new = (json.dumps(str(folder))[1:-1] for folder in (staging, published))
    for notebook in (staging / "notebooks").glob("*.ipynb"):
        text = notebook.read_text(encoding="utf-8")
        notebook.write_text(text.replace(old, new), encoding="utf-8")


def reported_before(study: Study, quarter: str) -> set[str]:
    """Tell which sites have a report in the quarter as it is published now."""
    folder = study.reports / quarter
    return set(read_manifest(folder)["reports"]) if (folder / MANIFEST).is_file() else set()


def publish(study: Study, staging: Path, quarter: str) -> None:
    """Put the new quarter in the place of the old one by rename."""
    published = study.reports / quarter
    old = staging.with_name(f"{staging.name}-old")
    if published.exists():
        published.replace(old)
    staging.replace(published)
    shutil.rmtree(old, ignore_errors=True)
    shutil.rmtree(study.reports / REFUSED, ignore_errors=True)

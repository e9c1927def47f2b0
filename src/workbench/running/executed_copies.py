"""Executed copies of notebooks: the same bytes from the same inputs, whole or not there at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat

from workbench.running.durable import write_durably

INJECTED = "injected-parameters"
"""Tag of the cell that Papermill puts in, and its id in an executed copy."""
_OF_THE_RUNNER = ("papermill", "execution")


def reproducible(executed: Any, source: Any) -> Any:
    """Take from an executed notebook whatever differs between two runs of the same inputs.

    Times, durations, random ids, environment variables, paths and versions go. The parameters stay
    in the injected cell and in the metadata, and so does every output.

    Parameters
    ----------
    executed
        Notebook as it came back; it is changed.
    source
        Notebook as it was written.
    """
    kept = {cell["id"] for cell in source.cells if "id" in cell}
    for place, cell in enumerate(executed.cells):
        for name in _OF_THE_RUNNER:
            cell.metadata.pop(name, None)
        if cell.get("id") not in kept:
            injected = INJECTED in cell.metadata.get("tags", [])
            cell["id"] = INJECTED if injected else f"cell-{place}"
        if not cell.metadata.get("tags", True):
            del cell.metadata["tags"]
    about = executed.metadata.pop("papermill", {})
    executed.metadata["papermill"] = {"parameters": dict(about.get("parameters", {}))}
    # Python's own version is among what the kernel says of its language.
    executed.metadata["language_info"] = source.metadata.get("language_info", {"name": "python"})
    return executed


def write_copy(executed: Any, path: Path) -> None:
    """Write a notebook so that its name never holds half of it, whatever happens meanwhile."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_durably(path, nbformat.writes(executed) + "\n")

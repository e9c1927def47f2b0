"""The cells of the start page and of recipes, run here without a kernel."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import nbformat

from workbench.settings import Study

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"


def run_cells(notebook: str, study: Study, **parameters: object) -> list[Any]:
    """Run a notebook's cells, such as ``explore/recut_by_cohort``, and give what they show.

    The last of the list is the dictionary of its variables.
    """
    path = NOTEBOOKS / f"{notebook}.ipynb"
    shown: list[Any] = []
    names: dict[str, Any] = {"display": shown.append}
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type != "code":
            continue
        _run(cell.source, f"{notebook}, {cell.id}", names)
        if "parameters" in cell.metadata.get("tags", []):
            names |= {"study_folder": str(study.folder), **parameters}
    return [*shown, names]


def _run(source: str, where: str, names: dict[str, Any]) -> None:
    """Run a cell; what its last line gives is displayed, as a notebook does."""
    lines = ast.parse(source, where).body
    last = lines.pop() if lines and isinstance(lines[-1], ast.Expr) else None
    exec(compile(ast.Module(lines, []), where, "exec"), names)
    if last is None:
        return
    given = eval(compile(ast.Expression(last.value), where, "eval"), names)
    if given is not None:
        names["display"](given)

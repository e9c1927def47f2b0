"""Parameters of notebooks: one typed object, checked against what each notebook declares.

Papermill only warns of a parameter that a notebook doesn't have and takes any type; a misspelt
name would run with the default. Here both are refused before a kernel starts.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from workbench.errors import ParameterError

_TYPES = {"str": str, "int": int, "float": float, "bool": bool}


@dataclass(frozen=True)
class NotebookParameters:
    """What a run tells its notebooks.

    Attributes
    ----------
    study_folder
        Folder of the study.
    results_folder
        Folder of the run's results.
    quarter
        Label such as ``2026Q3``, or ``latest``.
    as_of
        Day of the run, year-month-day.
    data_folder
        Folder of what was received; the study's own if empty.
    site_id
        Site of a site's report; empty for the network.
    """

    study_folder: str
    results_folder: str
    quarter: str = "latest"
    as_of: str = ""
    data_folder: str = ""
    site_id: str = ""

    def for_notebook(self, declared: dict[str, type]) -> dict[str, Any]:
        """Those that a notebook declares."""
        mine = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in mine.items() if name in declared}


def code_of(notebook: Path) -> list[str]:
    """Code cells of a notebook, without what they put out."""
    import nbformat

    cells = nbformat.read(notebook, as_version=4).cells
    return [cell.source for cell in cells if cell.cell_type == "code"]


def declared_parameters(notebook: Path) -> dict[str, type]:
    """Names and types in a notebook's parameters cell.

    Raises
    ------
    ParameterError
        Unless there is exactly one cell tagged ``parameters`` whose every line is
        ``name: type = value`` with type str, int, float or bool.
    """
    import nbformat

    cells = [
        cell
        for cell in nbformat.read(notebook, as_version=4).cells
        if "parameters" in cell.metadata.get("tags", [])
    ]
    if len(cells) != 1:
        raise ParameterError(
            f"{notebook.name} has {len(cells)} cells tagged 'parameters'; it needs exactly one."
        )
    declared = {}
    for line in ast.parse(cells[0].source).body:
        if not (isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name)):
            raise ParameterError(
                f"{notebook.name}, parameters cell, line {line.lineno}: "
                "write 'name: type = value' and nothing else."
            )
        kind = ast.unparse(line.annotation)
        if kind not in _TYPES or not isinstance(line.value, ast.Constant):
            raise ParameterError(
                f"{notebook.name}: the parameter '{line.target.id}' should be a str, int, float "
                "or bool with a plain value."
            )
        declared[line.target.id] = _TYPES[kind]
    return declared


def check_parameters(notebook: Path, given: dict[str, Any]) -> dict[str, Any]:
    """Give the parameters back if the notebook declares each with the type that it has.

    Raises
    ------
    ParameterError
        Naming every parameter that is unknown or of another type.
    """
    declared = declared_parameters(notebook)
    wrong = []
    for name, value in given.items():
        if name not in declared:
            known = ", ".join(declared)
            wrong.append(f"'{name}' is no parameter of {notebook.name}; it has {known}.")
        elif type(value) is not declared[name]:
            wrong.append(
                f"'{name}' should be {declared[name].__name__}, not {type(value).__name__}."
            )
    if wrong:
        raise ParameterError(" ".join(wrong))
    return given

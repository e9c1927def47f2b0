"""Parameters of notebooks are refused before a kernel starts."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from workbench.errors import ParameterError
from workbench.running.parameters import (
    NotebookParameters,
    check_parameters,
    declared_parameters,
)


def notebook(folder: Path, *parameter_cells: str) -> Path:
    cells = [nbformat.v4.new_code_cell(source) for source in parameter_cells]
    for cell in cells:
        cell.metadata["tags"] = ["parameters"]
    path = folder / "one.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


def test_declared_names_and_types(tmp_path: Path) -> None:
    path = notebook(tmp_path, '# A comment\nstudy_folder: str = ""\nshare: float = 0.5')
    assert declared_parameters(path) == {"study_folder": str, "share": float}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"study_foldr": "x"}, "'study_foldr' is no parameter of one.ipynb; it has study_folder"),
        ({"study_folder": 7}, "'study_folder' should be str, not int"),
        ({"count": True}, "'count' should be int, not bool"),
        ({"study_folder": "x", "a\nimport os": "y"}, "is no parameter"),
    ],
)
def test_unknown_and_ill_typed_parameters_are_refused(
    tmp_path: Path, given: dict[str, object], said: str
) -> None:
    path = notebook(tmp_path, 'study_folder: str = ""\ncount: int = 1')
    with pytest.raises(ParameterError, match=said):
        check_parameters(path, given)


@pytest.mark.parametrize(
    "cells",
    [(), ('a: str = ""', 'b: str = ""'), ("a = 1",), ("a: str = str(1)",), ("a: list = 1",)],
    ids=["none", "two cells", "no type", "not a plain value", "other type"],
)
def test_a_parameters_cell_must_be_plain(tmp_path: Path, cells: tuple[str, ...]) -> None:
    with pytest.raises(ParameterError, match=r"one\.ipynb"):
        declared_parameters(notebook(tmp_path, *cells))


def test_a_notebook_gets_only_what_it_declares() -> None:
    parameters = NotebookParameters(study_folder="s", results_folder="r", site_id="007")
    assert parameters.for_notebook({"study_folder": str, "site_id": str}) == {
        "study_folder": "s",
        "site_id": "007",
    }

"""Shipped notebooks are thin and stripped; their executed references are fresh and clean."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from workbench.running.parameters import declared_parameters

ROOT = Path(__file__).parents[1]
SHIPPED = sorted(
    path for folder in ("", "explore") for path in (ROOT / "notebooks" / folder).glob("*.ipynb")
)
REFERENCES = sorted((ROOT / "tests" / "notebooks").glob("*.ipynb"))
MOST_CODE_CELLS, MOST_LINES = 12, 10
FORBIDDEN = (ast.FunctionDef, ast.ClassDef, ast.Try, ast.For, ast.While, ast.With, ast.Lambda)
FILE_ACCESS = {
    "open",
    "read_csv",
    "read_parquet",
    "to_csv",
    "to_parquet",
    "read_text",
    "write_text",
}
MAGIC = re.compile(r"^\s*[%!]", re.MULTILINE)


def code_cells(path: Path) -> list[nbformat.NotebookNode]:
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_notebook_is_thin(path: Path) -> None:
    cells = code_cells(path)
    # The parameters cell and the imports cell are there in any notebook.
    assert len(cells) <= MOST_CODE_CELLS + 2
    for cell in cells:
        assert len(cell.source.splitlines()) <= MOST_LINES, cell.source
        assert not MAGIC.search(cell.source), cell.source
        for node in ast.walk(ast.parse(cell.source)):
            assert not isinstance(node, FORBIDDEN), cell.source
            name = getattr(getattr(node, "func", None), "attr", None) or getattr(
                getattr(node, "func", None), "id", None
            )
            assert name not in FILE_ACCESS, cell.source


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_imports_stand_in_one_cell(path: Path) -> None:
    importing = [
        cell
        for cell in code_cells(path)
        if any(
            isinstance(node, ast.Import | ast.ImportFrom) for node in ast.parse(cell.source).body
        )
    ]
    assert len(importing) == 1


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_notebook_is_stripped_and_has_parameters(path: Path) -> None:
    assert "study_folder" in declared_parameters(path)
    for cell in code_cells(path):
        assert cell.execution_count is None
        assert cell.outputs == []


def test_great_expectations_is_loaded_by_the_first_notebook_only() -> None:
    """It takes seconds to import, so the other notebooks must not load it by way of ours."""
    for path in SHIPPED:
        importing = next(
            cell.source for cell in code_cells(path) if cell.source.startswith("from workbench")
        )
        program = f"{importing}\nimport sys\nprint('great_expectations' in sys.modules)"
        outcome = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True
        )
        # The first notebook loads it when it checks, not when it imports.
        assert outcome.stdout.strip() == "False", path.stem
        checks = any("receive(" in cell.source for cell in code_cells(path))
        assert checks == path.stem.startswith("01_")


@pytest.mark.parametrize("path", REFERENCES, ids=lambda path: path.stem)
def test_reference_ran_clean(path: Path) -> None:
    for cell in code_cells(path):
        assert cell.execution_count is not None, cell.source
        for output in cell.outputs:
            assert output.output_type != "error"
            assert output.get("name") != "stderr", output
            text = str(output.get("text", "")) + str(output.get("data", {}).get("text/plain", ""))
            assert "Warning" not in text


@pytest.mark.parametrize("path", REFERENCES, ids=lambda path: path.stem)
def test_reference_is_of_the_shipped_notebook(path: Path) -> None:
    shipped = next(one for one in SHIPPED if path.stem.startswith(one.stem))
    executed = [
        cell.source
        for cell in code_cells(path)
        if "injected-parameters" not in cell.metadata.get("tags", [])
    ]
    assert executed == [cell.source for cell in code_cells(shipped)], "run: make references"


def test_one_changed_digit_fails_the_regression_test(tmp_path: Path) -> None:
    """The regression test compares: a stripped or lax reference would pass whatever is printed."""
    book = nbformat.read(ROOT / "tests" / "notebooks" / "01_data_quality.ipynb", as_version=4)
    table = next(
        output
        for cell in book.cells
        for output in cell.get("outputs", [])
        if "accepted" in output.get("data", {}).get("text/plain", "")
    )
    text = table["data"]["text/plain"]
    assert "57347" in text
    table["data"]["text/plain"] = text.replace("57347", "57348")
    changed = ROOT / "tests" / "notebooks" / "changed_digit.ipynb"
    try:
        nbformat.write(book, changed)
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-o",
            "addopts=",
            "-o",
            "filterwarnings=",
            "-q",
            "-p",
            "no:cacheprovider",
            "--nbval",
            "--nbval-current-env",
            str(changed),
        ]
        outcome = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    finally:
        changed.unlink(missing_ok=True)
    assert outcome.returncode == 1, outcome.stdout
    assert "1 failed" in outcome.stdout, outcome.stdout

"""The house keeps its layers, each outside package its home, and the project its promises."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "workbench"
MODULES = {
    path.relative_to(PACKAGE).with_suffix("").as_posix(): path for path in PACKAGE.rglob("*.py")
}
MOST_LINES = 320

ENTRANCES = {"__main__", "__init__"}
GROUND = {name for name in MODULES if "/" not in name and name not in ENTRANCES}
MAY_IMPORT = {
    "ground": {"ground"},
    "data": {"data", "ground"},
    "models": {"models", "ground"},
    "analysis": {"analysis", "models", "ground"},
    "reporting": {"reporting", "ground"},
    "running": {"running", "reporting", "ground"},
    "cli": {"cli", "running", "reporting", "analysis", "models", "data", "ground"},
    # What people call by hand joins the layers as a notebook does, and nothing rests on it.
    "by_hand": {"by_hand", "reporting", "analysis", "models", "data", "ground"},
    "__main__": {"cli"},
    # The package itself names its dozen public names, and imports none until it is used.
    "__init__": {"by_hand", "data", "ground"},
}
# Analyses answer one question each. They share helpers that answer none, and a question's
# findings or its parts stand beside it under its name.
SHARED_BY_ANALYSES = {
    "analysis/bends",
    "analysis/direction",
    "analysis/driver_units",
    "analysis/growth_design",
    "analysis/growth_fit",
    "analysis/lagged_fidelity",
    "analysis/mechanism_test",
}

HOMES = {
    "great_expectations": {"data/suites"},
    "papermill": {"running/runs"},
    "statsmodels": {"models/statsmodels_engine"},
    "python_calamine": {"data/readers_workbook"},
    "xlsxwriter": {"data/set_aside"},
    "pyarrow": {"data/readers_parquet", "kept_frames"},
    "sqlalchemy": {"data/readers_sql"},
    "redcap": {"data/redcap_api"},
    "babel": {"language"},
    "filelock": {"running/lock"},
    "distributed": {"running/dask_cluster"},
    "yaml": {"yaml_files"},
}
HOME_PREFIXES = {
    "matplotlib": "reporting/figures",
    "seaborn": "reporting/figures",
    "formulaic": "models/",
    "xlsxwriter": "reporting/",
    "jupyter_client": "running/",
    "typer": "cli/",
    "nbformat": "running/",
}
NEVER_AT_START = {
    "great_expectations", "statsmodels", "matplotlib", "seaborn", "papermill", "scipy",
    "distributed",
}  # fmt: skip

CONDA_NAMES = {"jupyter-server": "jupyter_server", "matplotlib": "matplotlib-base"}


def imported(path, at_start_only=False):
    """Full names of the modules that a module imports, anywhere or when it is itself imported."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = tree.body if at_start_only else ast.walk(tree)
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def own_imports(name, at_start_only=False):
    """Modules of ours that a module imports, by their path in the package."""
    for full in imported(MODULES[name], at_start_only):
        inner = full.removeprefix("workbench.").replace(".", "/")
        if full.startswith("workbench.") and inner in MODULES:
            yield inner


def outside_imports(name):
    return {full.split(".")[0] for full in imported(MODULES[name])} - {"workbench"}


def layer(name):
    if "/" in name:
        return name.split("/")[0]
    return "ground" if name in GROUND else name


def question(name):
    """The question that an analysis is about: the shortest module whose name begins its own."""
    bases = [other for other in MODULES if name == other or name.startswith(f"{other}_")]
    return min(bases, key=len)


# --- layers ---


def test_the_imports_are_really_seen():
    edges = {(name, other) for name in MODULES for other in own_imports(name)}
    assert ("data/quality", "data/suites") in edges
    assert ("analysis/fidelity", "models/mixed") in edges
    assert len(edges) > 100
    assert {layer(name) for name in MODULES} <= set(MAY_IMPORT)
    assert not list(own_imports("__init__", at_start_only=True))


@pytest.mark.parametrize("name", sorted(MODULES))
def test_arrows_point_from_the_command_line_to_the_ground(name):
    wrong = {other for other in own_imports(name) if layer(other) not in MAY_IMPORT[layer(name)]}
    assert not wrong


@pytest.mark.parametrize("name", sorted(one for one in MODULES if layer(one) == "analysis"))
def test_no_analysis_imports_that_of_another_question(name):
    wrong = {
        other
        for other in own_imports(name)
        if layer(other) == "analysis"
        and other not in SHARED_BY_ANALYSES
        and question(other) != question(name)
    }
    assert not wrong


def test_modules_do_not_import_one_another_in_a_ring():
    left = {name: set(own_imports(name, at_start_only=True)) - {name} for name in MODULES}
    while free := [name for name, others in left.items() if not others & set(left)]:
        for name in free:
            del left[name]
    assert not left


# --- outside packages ---


@pytest.mark.parametrize("package", sorted({*HOMES, *HOME_PREFIXES}))
def test_each_outside_package_has_its_home(package):
    users = {name for name in MODULES if package in outside_imports(name)}
    away = {
        name
        for name in users - HOMES.get(package, set())
        if not name.startswith(HOME_PREFIXES.get(package, "nowhere"))
    }
    assert not away
    assert users, "the package is used, or it is no dependency"


@pytest.mark.parametrize("module", ["workbench", "workbench.cli"])
def test_starting_is_light(module):
    program = (
        f"import sys, {module}; print(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    loaded = set(ran.stdout.split())
    assert "workbench" in loaded
    assert not loaded & NEVER_AT_START
    assert not loaded & {"pandas", "numpy", "pyarrow", "nbformat"}


@pytest.mark.parametrize("module", ["data.intake", "analysis.fidelity_findings", "results"])
def test_checking_and_drawing_are_loaded_only_where_they_are_done(module):
    program = (
        f"import sys, workbench.{module}; "
        "print(*sorted({name.split('.')[0] for name in sys.modules}))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    heavy = {"great_expectations", "statsmodels", "matplotlib", "seaborn", "papermill"}
    assert not set(ran.stdout.split()) & heavy


# --- modules ---


@pytest.mark.parametrize("name", sorted(MODULES))
def test_a_module_says_what_it_is_and_stays_short(name):
    text = MODULES[name].read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(text))
    assert len(text.splitlines()) < MOST_LINES


# --- the project ---


def requirement(text):
    """Name and version of a requirement, however it is spaced."""
    name, version = re.fullmatch(r"([A-Za-z0-9_.-]+)\s*(.*)", text.strip()).groups()
    return name.lower(), version.replace(" ", "")


def test_both_environments_hold_the_same_dependencies():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    declared = dict(
        requirement(one) for group in (project["dependencies"], *extras) for one in group
    )
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert environment["channels"] == ["conda-forge"]
    *conda, with_pip = environment["dependencies"]
    held = dict(requirement(one) for one in conda)
    from_pip = dict(requirement(one) for one in with_pip["pip"] if not one.startswith("-"))
    assert held.pop("python") == project["requires-python"]
    held.pop("pip")
    pip_names = {CONDA_NAMES.get(name, name): version for name, version in declared.items()}
    assert {**held, **from_pip} == pip_names
    assert not set(held) & set(from_pip)


def tracked_files():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("this is no clone")
    return [ROOT / name for name in listed.stdout.split("\0") if name]


# Written in pieces, so that this file does not hold what it forbids.
PACKAGE_INDEXES = (
    "pypi" + ".org",
    "python" + "hosted.org",
    "anaconda" + ".org",
    "registry.npm" + "js",
    "debian" + ".org",
)
MACHINE_PATH = re.compile(r"(?:^|[^A-Za-z0-9_.])/(?:" + "wo" + "rk|ro" + "ot|ho" + "me)/", re.M)


def test_no_file_names_a_package_index_or_a_path_of_a_machine():
    found = []
    for path in tracked_files():
        if not path.is_file():
            continue
        content = path.read_bytes()
        if b"\0" in content:
            continue
        text = content.decode("utf-8")
        found += [f"{path.name}: {host}" for host in PACKAGE_INDEXES if host in text]
        found += [f"{path.name}: {one.group()}" for one in MACHINE_PATH.finditer(text)]
    assert found == []


def test_what_is_received_and_what_is_made_are_not_in_git():
    names = {path.relative_to(ROOT).as_posix() for path in tracked_files()}
    assert not [name for name in names if name.startswith("data/raw/")]
    reports = {name for name in names if name.startswith("reports/")}
    ours = ("reports/templates/", "reports/words/")
    assert all(name.startswith(ours) for name in reports - {"reports/.gitkeep"})

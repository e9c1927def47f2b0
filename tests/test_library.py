"""The dozen names for work by hand: light to import, documented, and each example runs."""

from __future__ import annotations

import ast
import datetime as dt
import doctest
import importlib
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import workbench as wb
from workbench import terms
from workbench.analysis.fidelity import fidelity_over_time
from workbench.analysis.raters import rater_drift
from workbench.by_hand.answers import Answer
from workbench.data import panels, scoring
from workbench.data.instruments import load_instruments
from workbench.errors import ParameterError
from workbench.findings import Finding
from workbench.settings import Privacy, Thresholds

PACKAGE = Path(wb.__file__).parent
PUBLIC = [name for name in dir(wb) if not name.startswith("_")]
MOST_NAMES = 12
OPTIONS = doctest.NORMALIZE_WHITESPACE
WITH_EXAMPLES = sorted(
    path.relative_to(PACKAGE).with_suffix("").as_posix()
    for path in PACKAGE.rglob("*.py")
    if ">>>" in path.read_text(encoding="utf-8")
)

# Great Expectations imports a module of the standard library that is deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def imported(module):
    """A module by its path in the package."""
    name = "workbench." + module.replace("/", ".")
    return importlib.import_module(name.removesuffix(".__init__"))


@pytest.fixture(scope="module")
def tables():
    return wb.simulated_tables(sites=5, quarters=8)


@pytest.fixture(scope="module")
def growth(tables):
    return wb.fidelity_growth(wb.observation_panel(tables))


# --- the names ---


def test_tab_completion_lists_exactly_the_public_names():
    assert sorted(wb.__all__) == PUBLIC
    assert len(PUBLIC) <= MOST_NAMES
    namespace: dict[str, object] = {}
    exec("from workbench import *", namespace)
    assert set(PUBLIC) <= set(namespace)


def test_no_public_name_is_that_of_a_module():
    modules = {path.stem for path in PACKAGE.iterdir()}
    assert not set(PUBLIC) & modules


def test_type_checkers_see_the_same_names_from_the_same_places():
    tree = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8"))
    seen = {
        alias.asname: node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert seen == wb._HOMES


def test_an_unknown_name_is_an_error_that_names_the_known_ones():
    with pytest.raises(AttributeError, match="fidelity_growth"):
        _ = wb.fidelity_grwoth


def test_importing_loads_nothing_until_a_name_is_used():
    program = (
        "import sys, workbench; "
        "print(*[name for name in sys.modules if name.startswith('workbench')])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ran.stdout.split() == ["workbench"]


@pytest.mark.parametrize("name", PUBLIC)
def test_each_public_name_is_documented_in_full(name):
    text = inspect.getdoc(getattr(wb, name))
    parts = ["Returns\n-------", "Examples\n--------", ">>> "]
    if inspect.signature(getattr(wb, name)).parameters:
        parts.append("Parameters\n----------")
        for parameter in inspect.signature(getattr(wb, name)).parameters:
            assert re.search(rf"^{parameter}\b", text, re.M), parameter
    assert [part for part in parts if part not in text] == []


def test_everything_public_by_hand_says_what_it_is():
    undocumented = []
    for path in (PACKAGE / "by_hand").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            kinds = (ast.FunctionDef, ast.ClassDef, ast.Module)
            if isinstance(node, kinds) and not ast.get_docstring(node):
                undocumented.append((path.name, getattr(node, "name", "module")))
    assert [one for one in undocumented if not one[1].startswith("_")] == []


@pytest.mark.parametrize("module", WITH_EXAMPLES)
def test_the_examples_in_docstrings_run(module):
    ran = doctest.testmod(imported(module), extraglobs={"dt": dt}, optionflags=OPTIONS)
    assert ran.attempted > 0
    assert ran.failed == 0


# --- what they answer ---


def test_growth_by_hand_is_that_of_the_notebook(tables, growth):
    definitions, thresholds = load_instruments(), Thresholds()
    panel = wb.observation_panel(tables)
    valued = scoring.value_responses(tables["fidelity_responses"], definitions)
    parts = panels.component_panel(scoring.score_components(valued, definitions), panel)
    items = valued[["observation_id", "item_id", "number"]].rename(columns={"number": "value"})
    seen, label = panel.by_observation, str(panel.quarter)
    ruler = rater_drift(seen, panel.masters, thresholds, item_values=items, now=panel.now)
    notebook = fidelity_over_time(seen, parts, label, panel.now, thresholds, ruler=ruler.ruler)
    pd.testing.assert_frame_equal(growth.table, notebook.trajectories)
    pd.testing.assert_frame_equal(growth.tables["growth_terms"], notebook.fit.tidy())
    assert growth.table["slope"].notna().any()


def test_a_summary_tells_nothing_about_few_people():
    tables = wb.simulated_tables(sites=2, quarters=4)
    few = list(tables["practitioners"]["practitioner_id"][:3])
    responses = tables["fidelity_responses"]
    kept = responses[responses["practitioner_id"].isin(few)]
    growth = wb.fidelity_growth(wb.observation_panel({**tables, "fidelity_responses": kept}))
    network = growth.table.iloc[0]
    assert network["n_practitioners"] == len(few)
    assert "Not shown" in growth.summary()
    assert "points a quarter" not in growth.summary()


def test_a_summary_names_the_question_of_what_cant_be_said(tables):
    small = Finding("a.b", "How high?", "It is 7.", estimate=7.0, n=3, n_practitioners=3)
    answer = Answer("What is it?", {}, "", (small,), None, Privacy())
    text = answer.summary()
    assert "7" not in text.replace("fewer than 5", "")
    assert "How high? Not shown" in text
    assert wb.findings_table(answer)["statement"].to_list() == ["It is 7."]


def test_a_table_that_is_missing_gives_a_reason_and_not_an_error(tables):
    core = {name: tables[name] for name in ("sites", "practitioners", "fidelity_responses")}
    for name in ("support_ledger", "driver_readiness", "driver_ties", "follow_through"):
        answer = getattr(wb, name)(core)
        found = wb.findings_table(answer, "")
        assert answer.table is not None
        assert set(found["status"]) <= {terms.NOT_ESTIMABLE}, name


def test_no_latest_quarter_without_observations(tables):
    with pytest.raises(ParameterError, match="fidelity_responses"):
        wb.support_ledger({"practitioners": tables["practitioners"]})

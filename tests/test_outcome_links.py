"""Links of outcomes to fidelity: lme4's numbers, planted truth, and little or nothing."""

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workbench import terms
from workbench.analysis.outcome_links import COLUMNS, MOST_MEASURES, outcome_links
from workbench.models.multiple_tests import holm


def shared():
    path = Path(__file__).parent / "reference" / "links_data.py"
    spec = importlib.util.spec_from_file_location("links_data", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


DATA = shared()
REFERENCE, reference_frame = DATA.REFERENCE, DATA.reference_frame
reference_observations = DATA.reference_observations
CLOSE, CLOSE_INTERVAL = 1e-4, 2e-3
LAST = "9999Q4"
NOTHING = pd.DataFrame()


def measured():
    frame = reference_frame("measure")
    return pd.DataFrame(
        {
            "subject": "practitioner",
            "subject_id": frame["practitioner_id"],
            "measure": "days at home",
            "value": frame["value"],
            "quarter": frame["quarter"],
        }
    )


@pytest.fixture(scope="module")
def planted():
    made = DATA.network("within", 9, sites=12)
    return outcome_links(made["outcomes"], made["by_observation"], made["by_plan"], LAST)


def test_the_numbers_are_lme4s():
    result = outcome_links(measured(), reference_observations(), NOTHING, LAST)
    found, theirs = result.outcome_links.iloc[0], REFERENCE["value"]
    for place, name in enumerate(("within", "between")):
        assert found[name] == pytest.approx(theirs["estimate"][place], rel=CLOSE)
        ends = (theirs["low"][place], theirs["high"][place])
        reach = CLOSE_INTERVAL * (ends[1] - ends[0])
        assert (found[f"{name}_low"], found[f"{name}_high"]) == pytest.approx(ends, abs=reach)
    assert result.models["days at home", "practitioner"].endswith(
        "quarter + (1 + course + fidelity_within | practitioner_id) + (1 | site_id)"
    )


def test_what_was_planted_is_found(planted):
    table = planted.outcome_links.set_index("subject")
    assert list(planted.outcome_links.columns) == COLUMNS
    assert (table["within_low"] < 4.0).all()
    assert (table["within_high"] > 4.0).all()
    assert table.loc[["practitioner", "plan"], "shown"].all()
    assert table["p_adjusted"].tolist() == pytest.approx(holm(table["p_value"]).tolist())
    assert (table["lag"] == 1).all()
    assert table["n_plans"].notna().tolist() == (table.index == "plan").tolist()


def test_no_row_is_about_a_plan(planted):
    (table,) = planted.tables().values()
    assert not {"plan_id", "subject_id", "practitioner_id"} & set(table.columns)


def test_the_finding_says_what_it_rests_on(planted):
    (found,) = planted.findings()
    assert found.id == "outcomes.fidelity"
    assert "association" in found.statement
    assert "in the quarter before" in found.statement
    assert found.n_plans > 100
    assert found.n_practitioners > 100
    assert found.conf_low < found.estimate < found.conf_high


def test_a_straight_tie_is_recovered_whole():
    """Values that are 3 for 10 points of the quarter before and a hair of chance."""
    draw = np.random.default_rng(5)
    seen = reference_observations()
    cells = seen.groupby(["practitioner_id", "site_id", "quarter"])["fidelity"].mean()
    frame = cells.reset_index().sort_values("quarter")
    frame["before"] = frame.groupby("practitioner_id")["fidelity"].shift()
    frame = frame.dropna()
    outcomes = pd.DataFrame(
        {
            "subject": "practitioner",
            "subject_id": frame["practitioner_id"],
            "measure": "m",
            "value": 0.3 * frame["before"] + 0.05 * draw.standard_normal(len(frame)),
            "quarter": frame["quarter"],
        }
    )
    found = outcome_links(outcomes, seen, NOTHING, LAST).outcome_links.iloc[0]
    assert found["within"] == pytest.approx(3.0, abs=0.02)
    assert found["between"] == pytest.approx(3.0, abs=0.05)


def test_more_measures_than_are_looked_at_are_named():
    many = pd.concat(
        [measured().assign(measure=f"m{n:02d}") for n in range(MOST_MEASURES + 1)]
    )  # fmt: skip
    few = many[many["quarter"] > "2025Q3"]
    table = outcome_links(few, reference_observations(), NOTHING, LAST).outcome_links
    last = table.iloc[-1]
    assert "8 measures" in last["reason"]
    assert table["p_value"].notna().sum() <= MOST_MEASURES


@pytest.mark.parametrize("empty", range(3))
def test_missing_tables_are_no_error(empty):
    frames = [measured().assign(subject="plan"), reference_observations(), NOTHING]
    frames[empty] = NOTHING
    result = outcome_links(*frames, LAST)
    assert list(result.outcome_links.columns) == COLUMNS
    (found,) = result.findings()
    assert found.status == terms.NOT_ESTIMABLE
    assert found.reason.endswith(".")


def test_too_few_and_what_never_differs_have_reasons():
    outcomes = measured()
    sites = outcomes.assign(subject="site", subject_id="S" + outcomes["subject_id"].str[-1])
    flat = outcomes.assign(measure="always", value=1.0)
    table = outcome_links(
        pd.concat([sites.assign(subject_id="S01"), flat]), reference_observations(), NOTHING, LAST
    ).outcome_links.set_index("measure")
    assert "8 are needed" in table.loc["days at home", "reason"]
    assert "never differs" in table.loc["always", "reason"]

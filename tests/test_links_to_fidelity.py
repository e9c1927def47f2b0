"""Links of plans to fidelity: the numbers of lme4, closed forms and planted truth."""

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workbench import terms
from workbench.analysis.lagged_fidelity import STEP, by_practitioner, link, reliability
from workbench.analysis.lagged_fidelity_reliability import Reliability
from workbench.analysis.links_to_fidelity import COLUMNS, links_to_fidelity
from workbench.analysis.links_to_fidelity_rows import DONE, OWNERSHIP, done_rows, ownership_rows
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
CLOSE, CLOSE_INTERVAL = 1e-4, 1e-3
ITEMS, ITEMS_INTERVAL = 2e-3, 1e-2
"""lme4's standard errors of counts come from coarse differences."""
LAST = "9999Q4"
NOTHING = pd.DataFrame()


def in_r():
    actions = reference_frame("actions")
    first = pd.PeriodIndex(actions["quarter"], freq="Q").start_time
    last = first.max() + pd.Timedelta(days=60)
    actions = actions.assign(
        agreed_on=first,
        event=np.where(actions["done"] == 1, "done", "open"),
        days=np.where(actions["done"] == 1, 10, (last - first).days),
    )
    ratings = reference_frame("ratings").assign(respondent_role="person")
    return links_to_fidelity(actions, ratings, reference_observations(), NOTHING, LAST)


def row(result, outcome, component=""):
    table = result.links
    return table[(table["outcome"] == outcome) & (table["component"] == component)].iloc[0]


def finding(result, name):
    return {one.id: one for one in result.findings()}[name]


@pytest.fixture(scope="module")
def reference():
    return in_r()


@pytest.fixture(scope="module")
def planted():
    made = DATA.network("within", 7, sites=6)
    some = made["components"][made["components"]["component"] == "preparation"]
    frames = (made[name] for name in ("by_action", "rated", "by_observation"))
    return links_to_fidelity(*frames, some, LAST)


# --- lme4 ---


def test_ownership_is_as_in_lme4(reference):
    found, theirs = row(reference, OWNERSHIP), REFERENCE["ownership"]
    for place, name in enumerate(("within", "between")):
        assert found[name] == pytest.approx(theirs["estimate"][place], rel=CLOSE)
        ends = (theirs["low"][place], theirs["high"][place])
        reach = CLOSE_INTERVAL * (ends[1] - ends[0])
        assert (found[f"{name}_low"], found[f"{name}_high"]) == pytest.approx(ends, abs=reach)


def test_follow_through_is_as_in_lme4(reference):
    found, theirs = row(reference, DONE), REFERENCE["done"]
    for place, name in enumerate(("within", "between")):
        assert np.log(found[name]) == pytest.approx(theirs["estimate"][place], rel=ITEMS)
        ends = (theirs["low"][place], theirs["high"][place])
        reach = ITEMS_INTERVAL * (ends[1] - ends[0])
        ours = np.log([found[f"{name}_low"], found[f"{name}_high"]])
        assert tuple(ours) == pytest.approx(ends, abs=reach)


def test_the_models_are_those_of_the_script(reference):
    assert reference.models[OWNERSHIP, ""].endswith(
        "quarter + months + (1 + course | plan_id) + (1 | practitioner_id) + (1 | site_id)"
    )
    assert reference.models[DONE, ""].endswith(
        "quarter + (1 | plan_id) + (1 | practitioner_id) + (1 | site_id)"
    )


# --- rows ---


def actions(*rows):
    columns = ["agreed_on", "days", "event"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(
        agreed_on=pd.to_datetime(frame["agreed_on"]),
        plan_id="L1",
        practitioner_id="P1",
        site_id="S1",
        quarter="2026Q1",
    )


def test_only_actions_that_could_be_followed_count():
    made = done_rows(
        actions(
            ("2026-01-01", 89, "open"),
            ("2026-01-01", 30, "done"),
            ("2026-01-01", 31, "done"),
            ("2026-01-01", 12, "plan closed"),
            ("2026-01-01", 40, "plan closed"),
            ("2026-03-20", 11, "open"),
            ("2026-03-20", 3, "done"),
        ),
        "2026Q1",
    )
    assert made.frame["done"].tolist() == [0, 1, 0, 0]
    assert made.closed_first == 1


def test_ownership_is_that_of_the_person_up_to_the_quarter():
    rated = pd.DataFrame(
        {
            "plan_id": "L1",
            "practitioner_id": "P1",
            "site_id": "S1",
            "quarter": ["2026Q1", "2026Q1", "2026Q2"],
            "months": 1.0,
            "respondent_role": ["person", "professional", "person"],
            "ownership": [40.0, 80.0, 50.0],
        }
    )
    assert ownership_rows(rated, "2026Q1").frame["ownership"].tolist() == [40.0]


def observations(rows):
    frame = pd.DataFrame(rows, columns=["practitioner_id", "quarter", "rater_role", "fidelity"])
    number = frame["quarter"].str[-1].astype(float)
    return frame.assign(site_id="S1", quarters=number, weight=1.0)


def test_fidelity_is_lagged_and_split():
    seen = observations(
        [
            ("P1", "2026Q1", "independent", 60.0),
            ("P1", "2026Q1", "independent", 70.0),
            ("P1", "2026Q2", "independent", 85.0),
            ("P2", "2026Q1", "independent", 50.0),
            ("P2", "2026Q3", "independent", 99.0),
        ]
    )
    rows = pd.DataFrame(
        {
            "practitioner_id": ["P1", "P1", "P2", "P2"],
            "quarter": ["2026Q2", "2026Q3", "2026Q2", "2026Q3"],
        }
    )
    linked = link(rows, by_practitioner(seen, "2026Q4"), "practitioner_id")
    assert linked.left_out == 1
    assert linked.frame["fidelity_within"].tolist() == pytest.approx([-1.0, 1.0, 0.0])
    middle = (75 + 75 + 50) / 3
    expected = [(value - middle) / STEP for value in (75, 75, 50)]
    assert linked.frame["fidelity_between"].tolist() == pytest.approx(expected)
    assert by_practitioner(seen, "2026Q1")["number"].nunique() == 1


def test_what_a_role_adds_is_taken_off():
    draw = np.random.default_rng(3)
    rows = []
    for person in range(30):
        for quarter in range(1, 5):
            truth = 60 + person + quarter * (person % 3)
            role = "supervisor" if draw.random() < 0.5 else "independent"
            rows.append((f"P{person}", f"2026Q{quarter}", role, truth + 7 * (role == "supervisor")))
    cells = by_practitioner(observations(rows), "2026Q4")
    truth = [60 + int(p[1:]) + (n % 4 or 4) * (int(p[1:]) % 3)
             for p, n in zip(cells["practitioner_id"], cells["number"], strict=True)]  # fmt: skip
    assert np.abs(cells["fidelity"] - truth).max() < 1.0


def test_reliability_is_the_share_that_is_no_chance():
    draw = np.random.default_rng(11)
    rows = []
    for person in range(300):
        level = 6 * draw.standard_normal()
        for quarter in range(1, 5):
            cell = 70 + level + 4 * draw.standard_normal()
            rows += [
                (f"P{person}", f"2026Q{quarter}", "independent", cell + 4 * draw.standard_normal())
                for _ in range(2)
            ]
    found = reliability(by_practitioner(observations(rows), "2026Q4"))
    assert found.within == pytest.approx(16 / (16 + 8), abs=0.05)
    assert found.between == pytest.approx(36 / (36 + 24 / 4), abs=0.05)


def test_reliability_that_is_not_known_is_said():
    assert "not known" in Reliability().said()
    assert "44%" in Reliability(0.44, 0.9).said()


# --- planted ---


def test_what_was_planted_is_found(planted):
    for outcome, truth in ((DONE, np.exp(0.5)), (OWNERSHIP, 4.0)):
        found = row(planted, outcome)
        assert found["within_low"] < truth < found["within_high"]
        assert found["shown"]


def test_looks_are_counted_together(planted):
    table = planted.links
    assert list(table.columns) == COLUMNS
    assert len(table) == 4
    assert table["p_adjusted"].tolist() == pytest.approx(holm(table["p_value"]).tolist())


def test_no_row_is_about_a_plan(planted):
    for table in planted.tables().values():
        assert "plan_id" not in table.columns
        assert "practitioner_id" not in table.columns
        assert (table["n_plans"] > 100).all()


def test_findings_say_what_they_rest_on(planted):
    done = finding(planted, "plans.fidelity")
    assert done.estimate == row(planted, DONE)["within"]
    assert "times the odds" in done.statement
    assert "association" in done.statement
    assert "more than chance" in done.statement
    assert done.n_plans > 100
    assert done.n_practitioners > 50
    assert done.action_prompt
    owned = finding(planted, "plans.ownership_fidelity")
    assert owned.conf_low < owned.estimate < owned.conf_high
    assert "preparation" in owned.statement


# --- little or nothing ---


@pytest.mark.parametrize("empty", range(4))
def test_missing_tables_are_no_error(empty):
    frames = [reference_frame("actions").assign(agreed_on=pd.Timestamp("2025-01-01"), days=40),
              reference_frame("ratings").assign(respondent_role="person"),
              reference_observations().head(40), NOTHING]  # fmt: skip
    frames[0]["event"] = "open"
    frames[empty] = NOTHING
    result = links_to_fidelity(*frames, LAST)
    assert list(result.links.columns) == COLUMNS
    assert [one.id for one in result.findings()] == ["plans.fidelity", "plans.ownership_fidelity"]
    for one in result.findings():
        assert one.status == terms.NOT_ESTIMABLE
        assert one.reason.endswith(".")
    assert not result.links["shown"].any()


def test_few_practitioners_are_no_answer():
    frames = [frame[frame["practitioner"] <= 12] for frame in
              (reference_frame("ratings").assign(respondent_role="person"),
               reference_observations())]  # fmt: skip
    result = links_to_fidelity(NOTHING, *frames, NOTHING, LAST)
    found = row(result, OWNERSHIP)
    assert "12 practitioners have" in found["reason"]
    assert pd.isna(found["within"])

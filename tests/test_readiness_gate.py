"""The gate before delivery, and how long sites stay in their stages, by hand."""

import numpy as np
import pandas as pd
import pytest

from workbench import terms
from workbench.analysis.readiness_gate import drivers_gate
from workbench.analysis.readiness_gate_findings import NOT_ASSESSED
from workbench.analysis.readiness_stages import COLUMNS, stages
from workbench.quarters import Quarter

EXACT = 1e-9
LEVELS = {terms.IN_PLACE: 80.0, terms.PARTLY_IN_PLACE: 50.0}
SITES = pd.DataFrame(
    {
        "site_id": ["A", "B", "C"],
        "site_name": ["Alder", "Birch", "Cedar"],
        "opened_on": pd.to_datetime(["2025-01-01", "2026-01-01", None]),
    }
)
OBSERVED = pd.DataFrame(
    {
        "site_id": ["A", "A", "B"],
        "observed_on": pd.to_datetime(["2025-06-01", "2025-09-01", "2025-04-01"]),
    }
)


def assessed(site, day, **drivers):
    """Three respondents who say the same: each driver has two best practices."""
    quarter = f"{day[:4]}Q{(int(day[5:7]) + 2) // 3}"
    return [
        {
            "site_id": site,
            "assessed_on": pd.Timestamp(day),
            "assessed_quarter": quarter,
            "respondent_id": f"{site}{number}",
            "respondent_role": "practitioner",
            "driver": driver,
            "driver_title": driver.capitalize(),
            "best_practice": f"{driver}_{place}",
            "wording": f"The {place} of {driver}.",
            "weight": 1.0,
            "percent": float(percent),
            "answered": True,
        }
        for number in range(3)
        for driver, given in drivers.items()
        for place, percent in zip(("first", "second"), given, strict=True)
    ]


PANEL = pd.DataFrame(
    [
        *assessed("A", "2024-11-01", coaching=(0, 0), training=(0, 0)),
        *assessed("A", "2025-05-01", coaching=(100, 50), training=(100, 100)),
        *assessed("A", "2025-08-01", coaching=(100, 100), training=(100, 100)),
        *assessed("B", "2025-08-01", coaching=(100, 100), training=(0, 50)),
        *assessed("C", "2025-08-01", coaching=(100, 100), training=(100, 100)),
    ]
)


def gate(**chosen):
    return drivers_gate(PANEL, SITES, OBSERVED, LEVELS, **chosen)


def by_driver(found):
    return found.drivers_gate.set_index(["site_id", "driver"])


def test_the_last_assessment_before_the_first_observation_counts():
    table = by_driver(gate())
    coaching = table.loc[("A", "coaching")]
    assert coaching["delivery_began"] == pd.Timestamp("2025-06-01")
    assert coaching["assessed_on"] == pd.Timestamp("2025-05-01")
    assert coaching["status_before"] == terms.PARTLY_IN_PLACE
    assert coaching["score_before"] == pytest.approx(75, abs=EXACT)
    assert coaching["missing"] == "The second of coaching."
    assert coaching["n_respondents"] == 3
    assert table.loc[("A", "training"), "status_before"] == terms.IN_PLACE
    assert table.loc[("A", "training"), "missing"] == ""


def test_not_assessed_before_is_an_answer_of_its_own():
    row = by_driver(gate()).loc[("B", "training")]
    assert row["status_before"] == NOT_ASSESSED
    assert pd.isna(row["assessed_on"])
    assert row["n_respondents"] == 0
    finding = next(one for one in gate().findings() if one.site_id == "B")
    assert finding.status == terms.NOT_ESTIMABLE
    assert "1 April 2025" in finding.reason
    assert "not assessed before" in finding.reason


def test_the_day_may_be_the_one_that_the_sites_name():
    table = by_driver(gate(began_by="opened_on"))
    assert table.loc[("A", "coaching"), "status_before"] == terms.NOT_IN_PLACE  # by November 2024
    assert table.loc[("B", "training"), "status_before"] == terms.NOT_IN_PLACE
    said = gate(began_by="opened_on").findings()[0].statement
    assert "the day on which the sites say that they opened" in said


def test_a_site_that_does_not_deliver_yet_is_judged_by_its_latest_assessment():
    row = by_driver(gate()).loc[("C", "coaching")]
    assert pd.isna(row["delivery_began"])
    assert row["status_before"] == terms.IN_PLACE
    finding = next(one for one in gate().findings() if one.site_id == "C")
    assert "No day is known" in finding.statement


def test_sites_that_deliver_without_are_named_with_what_is_missing():
    network, *sites = gate().findings()
    assert network.id == "readiness.gate"
    assert network.estimate == 0
    assert (network.n, network.n_of) == (1, "sites assessed before")
    assert "the first fidelity observation" in network.statement
    assert "Delivering without: Alder (1 partly in place)." in network.statement
    assert "1 site not assessed before delivery." in network.statement
    assert "Partly in place: coaching." in sites[0].statement


def test_nothing_handed_in_says_so():
    found = drivers_gate(PANEL.iloc[:0], SITES, OBSERVED, LEVELS)
    assert found.drivers_gate.empty
    assert found.findings()[0].status == terms.NOT_ESTIMABLE
    alone = drivers_gate(PANEL, SITES[["site_id"]], OBSERVED, LEVELS, began_by="opened_on")
    assert alone.drivers_gate["delivery_began"].isna().all()
    assert set(alone.drivers_gate["site_name"]) == {"A", "B", "C"}


# --- stages ---

STAGED = pd.DataFrame(
    {
        "site_id": ["C", "A", "B", "D", "E", "F"],
        "stage": [
            "full implementation",
            "installation",
            "initial implementation",
            "installation",
            None,
            "exploration",
        ],
        "stage_since": pd.to_datetime(
            ["2016-04-01", "2025-01-01", "2025-04-01", None, "2025-01-01", "2026-05-01"]
        ),
    }
)


def test_months_run_to_the_end_of_the_quarter_and_too_many_is_stalled():
    table = stages(STAGED, Quarter(2026, 1)).stages.set_index("site_id")
    assert list(table.index) == list("ABCDEF")
    assert table.loc["A", "months_in_stage"] == pytest.approx(15, abs=0.1)
    assert table.loc["A", "expected_months"] == "6 to 12"
    assert table["stalled"].iloc[:3].tolist() == [True, False, False]
    assert table.loc["C", "expected_months"] == "12 or more"


def test_what_is_not_known_is_not_called_stalled():
    table = stages(STAGED, Quarter(2026, 1)).stages.set_index("site_id")
    assert table.loc[["D", "E", "F"], "stalled"].isna().all()
    assert table.loc["D", "reason"] == "the day on which the stage began is not recorded."
    assert table.loc["E", "reason"] == "the stage is not recorded."
    assert table.loc["F", "reason"] == "the stage began after the quarter."
    assert np.isnan(table.loc["F", "months_in_stage"])


def test_the_expected_range_may_be_set():
    longer = {"installation": (6, 18), "initial implementation": (3, 6)}
    table = stages(STAGED, Quarter(2026, 1), longer).stages.set_index("site_id")
    assert table.loc["A", "stalled"] is np.False_ or not table.loc["A", "stalled"]
    assert table.loc["B", "stalled"]
    assert table.loc["C", "reason"] == "no range is expected for this stage."


def test_the_finding_counts_stages_and_names_the_stalled():
    (finding,) = stages(STAGED, Quarter(2026, 1)).findings()
    assert finding.estimate == 1
    assert "2 in installation" in finding.statement
    assert "A (installation, 15 months, expected 6 to 12)" in finding.statement
    assert "For 3 sites it can't be said" in finding.statement
    assert finding.n_practitioners is None


def test_without_stages_there_is_nothing_to_say():
    found = stages(STAGED[["site_id"]], Quarter(2026, 1))
    assert list(found.stages.columns) == COLUMNS
    assert found.findings()[0].status == terms.NOT_ESTIMABLE


def test_sites_of_few_people_are_counted_and_not_named():
    whole = gate().findings()[0].statement
    assert "Delivering without: " in whole
    nobody = gate().findings({})[0].statement
    listed = whole.split("Delivering without: ")[1].split(".")[0].split("; ")
    assert f"Delivering without: {len(listed)} site" in nobody
    assert "with too few respondents to be named" in nobody
    assert all(each.split(" (")[0] not in nobody for each in listed)

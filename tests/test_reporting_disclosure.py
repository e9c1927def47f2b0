"""What may leave the workbench: nothing that rests on too few people, in number or in word."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from workbench import terms
from workbench.errors import RunFault
from workbench.findings import Finding, not_estimable
from workbench.reporting.disclosure import (
    ReleasedFindings,
    blank_rows,
    release,
    release_table,
)
from workbench.settings import Privacy

FEWEST = 5
PRIVACY = Privacy(fewest_practitioners=FEWEST)


def finding(n_practitioners, **changes):
    about = {
        "id": "fidelity.now",
        "question": "What does practice look like?",
        "statement": "Fidelity was 71% (66 to 76; 12 observations of 4 practitioners).",
        "estimate": 71.0,
        "conf_low": 66.0,
        "conf_high": 76.0,
        "unit": "percent of the maximum",
        "n": 12,
        "action_prompt": "Ask these four practitioners.",
        "best_practice": "Coaching is observed.",
    }
    return Finding(**{**about, "n_practitioners": n_practitioners, **changes})


def evidence(people):
    return pd.DataFrame(
        {
            "scope": "site",
            "site_id": [f"S{place}" for place in range(len(people))],
            "slope": -1.5,
            "n_observations": [3 * (count or 0) for count in people],
            "n_practitioners": people,
            "meets": True,
            "state": terms.DRIFTING,
            "reason": "only 2 practitioners",
        }
    )


@pytest.mark.parametrize("people", range(FEWEST))
def test_a_finding_about_too_few_people_loses_number_words_and_prompt(people):
    (released,) = release([finding(people)], PRIVACY)
    assert released.status == terms.SUPPRESSED
    assert (released.estimate, released.conf_low, released.conf_high) == (None, None, None)
    assert (released.n, released.n_practitioners) == (0, None)
    assert released.action_prompt == released.best_practice == ""
    printed = released.statement + released.reason
    assert not any(number in printed for number in ("71", "66", "76", "12", "4"))
    assert f"fewer than {FEWEST} practitioners" in released.reason


@pytest.mark.parametrize("people", [FEWEST, FEWEST + 1, 400, None])
def test_a_finding_about_enough_people_or_about_none_passes_unchanged(people):
    kept = finding(people)
    assert release([kept], PRIVACY).findings == (kept,)


@pytest.mark.parametrize("status", ["reported", "not estimable"])
def test_a_finding_about_too_few_plans_loses_number_and_words(status):
    few = replace(finding(40), n_plans=PRIVACY.fewest_plans - 1)
    if status == "not estimable":
        few = not_estimable("plans.faded", "?", "3 goals.", n_practitioners=40, n_plans=3)
    (released,) = release([few], PRIVACY)
    assert released.status == terms.SUPPRESSED
    assert f"fewer than {PRIVACY.fewest_plans} plans" in released.reason
    assert "3 goals" not in released.statement + released.reason
    enough = replace(finding(40), n_plans=PRIVACY.fewest_plans)
    assert release([enough], PRIVACY).findings == (enough,)


def test_the_rule_is_the_studys_own():
    strict = Privacy(fewest_practitioners=11)
    assert release([finding(10)], strict).withheld
    assert release([finding(11)], strict).reported


def test_unreleased_findings_cannot_pass_for_released_ones():
    with pytest.raises(RunFault, match=r"fidelity\.now"):
        ReleasedFindings((finding(FEWEST - 1),), PRIVACY)


def test_released_findings_are_told_apart_by_place_and_status():
    open_question = not_estimable("drift.kind", "Who drifts?", "no master codes.", site_id="S1")
    released = release([finding(9), finding(2, site_id="S1"), open_question], PRIVACY)
    assert [each.id for each in released.of_place().reported] == ["fidelity.now"]
    assert [each.status for each in released.of_place("S1").withheld] == [
        terms.SUPPRESSED,
        terms.NOT_ESTIMABLE,
    ]
    assert len(released) == 3


def test_a_row_about_too_few_people_keeps_its_names_and_nothing_else():
    released = release_table(evidence([4, 5, 9]), PRIVACY)
    assert released["suppressed"].tolist() == [True, False, False]
    hidden, shown = released.iloc[0], released.iloc[1]
    assert hidden[["scope", "site_id"]].tolist() == ["site", "S0"]
    assert hidden.drop(["scope", "site_id", "suppressed"]).isna().all()
    assert shown["slope"] == -1.5
    assert shown["state"] == terms.DRIFTING


def test_an_unknown_number_of_people_is_too_few():
    assert release_table(evidence([None, 7]), PRIVACY)["suppressed"].tolist() == [True, False]


def test_the_evidence_itself_is_not_changed():
    frame = evidence([2, 9])
    before = frame.copy()
    release_table(frame, PRIVACY)
    pd.testing.assert_frame_equal(frame, before)


def test_only_the_named_columns_are_blanked_when_they_are_named():
    released = release_table(evidence([2]), PRIVACY, hide=["slope"])
    assert np.isnan(released["slope"].iloc[0])
    assert released["n_practitioners"].iloc[0] == 2


def test_other_people_can_be_counted():
    frame = evidence([9]).rename(columns={"n_practitioners": "n_respondents"})
    assert not release_table(frame, PRIVACY, "n_respondents")["suppressed"].any()
    with pytest.raises(RunFault, match="n_practitioners"):
        release_table(frame, PRIVACY)


def test_a_table_without_rows_is_released_without_rows():
    assert release_table(pd.DataFrame(), PRIVACY).columns.tolist() == ["suppressed"]


def test_rows_blanked_for_one_reason_stay_blanked_for_the_next():
    once = release_table(evidence([2, 9, 9]), PRIVACY)
    complement = pd.Series([False, True, False])
    assert blank_rows(once, complement)["suppressed"].tolist() == [True, True, False]

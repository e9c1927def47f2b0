"""Kinds of drift set side by side: many looks allowed for, each verdict with its reason."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from workbench import terms
from workbench.analysis.drift_kinds import kinds_finding, kinds_of_drift
from workbench.analysis.mechanism_test import MechanismTest

EXACT = 1e-12


def evidence_for(mechanism, p_value, estimate=-1.0, **more):
    about = {"conf_low": -1.5, "conf_high": -0.5, "unit": "points a quarter", "n": 100}
    about |= {"in_its_direction": True, "n_practitioners": 60} | more
    return MechanismTest(mechanism, estimate, p_value=p_value, **about)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=7))
def test_adjusted_as_holm_wrote_it(chances):
    tests = [evidence_for(name, p) for name, p in zip(terms.MECHANISMS, chances, strict=False)]
    table = kinds_of_drift(tests)
    reject, adjusted, *_ = multipletests(chances, alpha=0.05, method="holm")
    assert table["p_adjusted"].to_numpy() == pytest.approx(adjusted, abs=EXACT)
    close = np.abs(adjusted - 0.05) < 1e-9
    assert ((table["verdict"] == "named").to_numpy()[~close] == reject[~close]).all()


def test_each_verdict_has_its_ground():
    tests = [
        evidence_for(terms.LEAVERS_DIFFER, 1e-5),
        MechanismTest(terms.RATER_DRIFT, reason="no anchor.", identifiable=False),
        MechanismTest(terms.BOOSTER_RECOVERY, reason="no boosters were handed in."),
        evidence_for(terms.GENERATION_EFFECT, 0.4),
        evidence_for(terms.COMPONENT_EROSION, 1e-9, in_its_direction=False),
    ]
    table = kinds_of_drift(tests).set_index("mechanism")
    assert table["verdict"].to_dict() == {
        terms.RATER_DRIFT: "not identifiable",
        terms.GENERATION_EFFECT: "not named",
        terms.BOOSTER_RECOVERY: "not tested",
        terms.COMPONENT_EROSION: "not named",
        terms.LEAVERS_DIFFER: "named",
    }
    assert list(table.index) == [one for one in terms.MECHANISMS if one in table.index]


def test_the_finding_says_what_was_seen_what_was_not_and_what_can_not_be_told():
    tests = [
        evidence_for(terms.LEAVERS_DIFFER, 1e-5, -5.0, unit="points"),
        MechanismTest(terms.RATER_DRIFT, reason="no anchor.", identifiable=False),
        evidence_for(terms.GENERATION_EFFECT, 0.4),
    ]
    found = kinds_finding(kinds_of_drift(tests))
    assert "Those who left stood lower" in found.statement
    assert "-5.0 points, 95% interval -1.5 to -0.5" in found.statement
    assert "Of 1 other kind looked for, none is beyond chance." in found.statement
    assert "can't tell rater drift apart" in found.statement
    assert found.n == 2


def test_nothing_named_is_said_as_that():
    quiet = kinds_finding(kinds_of_drift([evidence_for(one, 0.5) for one in terms.MECHANISMS]))
    assert "None of the 7 kinds" in quiet.statement
    nothing = kinds_finding(kinds_of_drift([MechanismTest(terms.NEW_NORMAL, reason="no data.")]))
    assert nothing.statement == "No kind of drift could be tested with these data."
    assert kinds_finding(kinds_of_drift([])).n == 0

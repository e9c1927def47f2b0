"""Raters against planted movements, hand-made pairs, R's lme4, and brute-force power."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workbench import terms
from workbench.analysis.raters import (
    FROM_GROWTH,
    FROM_PAIRS,
    MOVES,
    NOT_IDENTIFIABLE,
    STEADY,
    rater_drift,
)
from workbench.analysis.raters_agreement import ALPHA, ICC, KAPPA, TOTAL
from workbench.analysis.raters_findings import rater_findings
from workbench.analysis.raters_movement import (
    INDEPENDENT_CODES,
    MASTER_CODES,
    RATING_ORDER,
    movement_against_anchors,
)
from workbench.analysis.raters_needed import sessions_needed
from workbench.analysis.raters_pairs import by_session_and_rater, rating_times, with_anchors
from workbench.analysis.raters_severity import severity
from workbench.data import panels, scoring
from workbench.data.intake import receive
from workbench.models.intraclass import intraclass_long
from workbench.models.mixed import fit_mixed_model
from workbench.quarters import DAYS_IN_A_QUARTER, quarter_labels
from workbench.settings import Thresholds, open_study

ROOT = Path(__file__).parents[1]
VIDEO = ROOT / "examples" / "video_ratings"
EXPORT = ROOT.parent / "shared" / "data" / "gti_chile_video_ratings.csv"
REFERENCE = json.loads((ROOT / "tests" / "reference" / "rating_dates.json").read_text("utf-8"))

EXACT = 1e-9
R_RELATIVE = 2e-5  # both searches stop near the optimum, not at it
R_DF_RELATIVE = 2e-3  # degrees of freedom rest on second derivatives
PUBLISHED = {"slope": 0.020, "std_error": 0.010, "rater": 0.009, "residual": 0.029}
ROUNDING = 0.0005  # the published numbers have three decimals
POWER_TOLERANCE = 0.02  # over 3 Monte Carlo standard errors of a share from 4,000
SURE_ERRORS = 4.0  # standard errors within which a planted number must lie
ICC_TOLERANCE = 0.08
CAUSAL_WORDS = re.compile(
    r"\b(caus\w*|because|due to|thanks to|owing to|led to|leads? to|results? (in|from)|resulted|"
    r"impact\w*|effect of|effects? on|improv\w*|reduc\w*|drives|driven|boost\w*|prevent\w*)\b",
    re.IGNORECASE,
)
THRESHOLDS = Thresholds()
START = pd.Timestamp("2024-01-01")


def coded(
    seed=1,
    drift=0.0,
    slope=0.0,
    quarters=8,
    people=40,
    raters=8,
    share=0.5,
    rater_sd=1.5,
    slope_sd=0.0,
    roles=("independent",),
    anchor="master",
):
    """Sessions of a small network: everyone once a quarter, a share of sessions coded again.

    Returns ratings and codes by the anchor; ``drift`` and ``slope`` in points a quarter.
    """
    random = np.random.default_rng(seed)
    person, number = (part.ravel() for part in np.meshgrid(range(people), range(quarters)))
    days = number * DAYS_IN_A_QUARTER + random.integers(0, 80, len(person))
    time = days / DAYS_IN_A_QUARTER
    rater = random.integers(0, raters, len(person))
    site = person % 4
    truth = 70 + slope * time + 5 * random.standard_normal(people)[person]
    session = truth + 4 * random.standard_normal(len(person))
    level = rater_sd * random.standard_normal(raters)
    moves = drift + slope_sd * random.standard_normal(raters)
    role = np.array(roles)[rater % len(roles)]
    frame = pd.DataFrame(
        {
            "observation_id": [f"o{n}" for n in range(len(person))],
            "practitioner_id": [f"p{n:02d}" for n in person],
            "site_id": [f"s{n}" for n in site],
            "rater_id": [f"r{n:02d}" for n in rater],
            "rater_role": role,
            "observed_on": START + pd.to_timedelta(np.floor(days), unit="D"),
            "quarters": np.floor(days) / DAYS_IN_A_QUARTER,
            "weight": 1.0,
        }
    )
    frame["quarter"] = quarter_labels(frame["observed_on"])
    scores = session + level[rater] + moves[rater] * time + 3 * random.standard_normal(len(person))
    frame["fidelity"] = scores
    again = frame[random.random(len(frame)) < share]
    codes = again.assign(
        observation_id="m" + again["observation_id"],
        rater_id=[f"{anchor}{n % 3}" for n in range(len(again))],
        rater_role=anchor,
        fidelity=session[again.index] + 2 * random.standard_normal(len(again)),
    )
    return frame, codes.reset_index(drop=True)


def analysed(frame, masters, **options):
    return rater_drift(frame, masters, THRESHOLDS, **{"draws": 0, **options})


def only(findings, finding_id):
    (found,) = [one for one in findings if one.id == finding_id]
    return found


NOBODY = pd.DataFrame()


# --- sessions and anchors ---


@pytest.fixture
def three_sessions():
    """One session with two masters, one with a supervisor too, one that nobody coded again."""
    rows = [
        ("p1", "2025-01-10", "r1", "independent", 70.0),
        ("p1", "2025-01-10", "m1", "master", 74.0),
        ("p1", "2025-01-10", "m2", "master", 76.0),
        ("p2", "2025-05-10", "r1", "independent", 60.0),
        ("p2", "2025-05-10", "s1", "supervisor", 69.0),
        ("p3", "2025-05-10", "r2", "independent", 50.0),
    ]
    frame = pd.DataFrame(
        rows, columns=["practitioner_id", "observed_on", "rater_id", "rater_role", "fidelity"]
    )
    frame["observed_on"] = pd.to_datetime(frame["observed_on"])
    frame["observation_id"] = [f"o{n}" for n in range(len(frame))]
    frame["site_id"] = "A"
    frame["quarter"] = quarter_labels(frame["observed_on"])
    frame["quarters"] = (frame["observed_on"] - START).dt.days / DAYS_IN_A_QUARTER
    by_master = frame["rater_role"] == "master"
    return frame[~by_master], frame[by_master].drop(columns=["quarters", "quarter", "site_id"])


def paired(frame, masters):
    return with_anchors(by_session_and_rater(frame, masters))


def test_a_rating_is_set_against_the_mean_of_its_sessions_masters(three_sessions):
    pairs = paired(*three_sessions).set_index(["practitioner_id", "rater_id"])
    assert pairs["difference"].to_dict() == {("p1", "r1"): -5.0, ("p2", "s1"): 9.0}
    assert pairs["anchor_role"].to_list() == ["master", "independent"]


def test_an_independent_rater_anchors_supervisors_only_and_only_without_masters(three_sessions):
    frame, masters = three_sessions
    pairs = paired(frame, NOBODY)
    assert pairs[["rater_role", "anchor_role", "difference"]].to_numpy().tolist() == [
        ["supervisor", "independent", 9.0]
    ]
    code = masters.iloc[[0]].assign(
        practitioner_id="p2", observed_on=pd.Timestamp("2025-05-10"), fidelity=64.0
    )
    pairs = paired(frame, pd.concat([masters, code]))
    assert set(pairs["anchor_role"]) == {"master"}
    assert pairs.set_index("rater_id")["difference"]["s1"] == 5.0


def test_two_scores_of_one_rater_on_one_session_are_averaged(three_sessions):
    frame, masters = three_sessions
    twice = pd.concat([frame, frame.iloc[[0]].assign(observation_id="again", fidelity=80.0)])
    assert paired(twice, masters)["difference"].iloc[0] == 0.0


def test_ratings_not_scored_make_no_pair(three_sessions):
    frame, masters = three_sessions
    assert paired(frame, masters.assign(fidelity=np.nan))["anchor_role"].eq("independent").all()


def test_the_day_of_rating_counts_where_it_is_known(three_sessions):
    frame, _ = three_sessions
    late = frame["observed_on"] + pd.Timedelta(days=DAYS_IN_A_QUARTER)
    late.iloc[0] = pd.NaT
    times = rating_times(frame.assign(rated_on=late)) - frame["quarters"]
    assert times.to_list() == pytest.approx([0, 1, 1, 1], abs=EXACT)
    assert rating_times(frame).equals(frame["quarters"])


# --- severity ---


def test_severity_is_the_mean_difference_by_quarter_and_role():
    frame, masters = coded(roles=("independent", "supervisor"))
    pairs = paired(frame, masters)
    table = severity(pairs, ["rater_role", "anchor_role", "quarter"])
    means = pairs.groupby(["rater_role", "quarter"])["difference"].mean()
    got = table.set_index(["rater_role", "quarter"])
    assert got["difference"].to_dict() == pytest.approx(means.to_dict(), abs=EXACT)
    assert got["n_sessions"].sum() == pairs["session"].nunique()
    assert (got["conf_low"] < got["difference"]).all()


def test_lenient_supervisors_are_seen_against_the_masters():
    frame, masters = coded(seed=5, roles=("independent", "supervisor"), raters=16)
    frame["fidelity"] += np.where(frame["rater_role"] == "supervisor", 6.0, 0.0)
    result = analysed(frame, masters)
    findings = rater_findings(result, 1.0)
    supervisor = only(findings, "raters.severity.supervisor")
    assert supervisor.statement.startswith("Supervisors score higher than master codes")
    assert supervisor.conf_low < 6.0 < supervisor.conf_high
    assert only(findings, "raters.severity.independent").conf_low < 0.0


# --- movement against anchors ---


@pytest.mark.parametrize("drift", [-1.5, 0.0, 1.5])
@pytest.mark.parametrize("slope", [-2.0, 0.0])
def test_a_planted_movement_is_found_whatever_practice_does(drift, slope):
    result = analysed(*coded(seed=3, drift=drift, slope=slope))
    move = result.movement
    assert move.basis == MASTER_CODES
    assert move.unit == "points a quarter"
    assert abs(move.estimate - drift) < SURE_ERRORS * move.std_error
    assert move.std_error < 0.25
    assert result.verdict == (MOVES if drift else STEADY)
    test = result.test
    assert (test.mechanism, test.n_of) == (terms.RATER_DRIFT, "double-coded sessions")
    assert (test.p_value < 0.05) == bool(drift)
    assert test.n == result.paired["session"].nunique()
    shared = result.common_drift
    assert (shared.estimate, shared.std_error) == (move.estimate, move.std_error)
    assert shared.roles == ("independent",)
    assert result.needed.empty


def test_intervals_cover_the_movement_that_raters_share():
    """Also where each rater moves on its own: of 40 networks 38 are expected (SD 1.4)."""
    covered = 0
    for seed in range(40):
        frame, masters = coded(seed, -1.0, people=16, slope_sd=(seed % 2) / 2, raters=10)
        move = movement_against_anchors(paired(frame, masters), MASTER_CODES)
        covered += move.conf_low <= -1.0 <= move.conf_high
    assert covered >= 35


def test_few_raters_give_the_slope_of_least_squares_with_a_level_each():
    frame, masters = coded(raters=3, people=12)
    pairs = paired(frame, masters)
    move = movement_against_anchors(pairs, MASTER_CODES)
    levels = pd.get_dummies(pairs["rater_id"]).to_numpy(float)
    X = np.column_stack([pairs["rated_at"], levels])
    beta, left, _, _ = np.linalg.lstsq(X, pairs["difference"].to_numpy(), rcond=None)
    df = len(pairs) - X.shape[1]
    error = np.sqrt(left[0] / df * np.linalg.inv(X.T @ X)[0, 0])
    assert (move.estimate, move.std_error) == pytest.approx((beta[0], error), rel=1e-8)
    assert move.df == df


def test_too_few_anchors_are_not_enough_evidence_and_tell_how_many_more():
    frame, masters = coded(share=0.05)
    assert 10 <= len(masters) < 20
    result = analysed(frame, masters)
    assert result.verdict == terms.NOT_ENOUGH_EVIDENCE
    assert result.common_drift is None
    assert np.isnan(result.test.p_value)
    assert set(result.needed["variance_from"]) == {FROM_PAIRS}
    fresh = sessions_needed(result.movement.variance, 1.0, 4, result.movement.n_raters)
    assert 0 < result.needed["sessions"].iloc[0] <= fresh
    sessions = result.needed["sessions"] + result.movement.n_sessions
    assert (sessions >= 20).all(), "what is asked for is enough to be looked at"
    found = only(rater_findings(result, 1.0), "drift.raters")
    assert found.status == terms.NOT_ESTIMABLE
    assert "not enough evidence" in found.reason
    assert "over the next 4 quarters" in found.reason


def test_two_quarters_of_anchors_are_too_few():
    result = analysed(*coded(quarters=2, share=1.0))
    assert result.verdict == terms.NOT_ENOUGH_EVIDENCE
    assert "in 2 quarters" in result.movement.reason


def test_a_wide_interval_is_not_called_steady():
    frame, masters = coded(quarters=3, share=0.3, people=30)
    masters["fidelity"] += 12 * np.random.default_rng(1).standard_normal(len(masters))
    result = analysed(frame, masters)
    assert result.verdict == terms.NOT_ENOUGH_EVIDENCE
    found = only(rater_findings(result, 1.0), "drift.raters")
    assert found.status == terms.REPORTED
    assert found.statement.startswith("There is not enough evidence")
    assert "over the next 8 quarters" in found.statement


# --- without an anchor ---


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("drift", [-3.0, 0.0])
def test_without_an_anchor_it_is_never_identifiable(seed, drift):
    frame, _ = coded(seed, drift, slope=-1.0, people=20)
    frame["rated_on"] = frame["observed_on"] + pd.Timedelta(days=6)
    result = analysed(frame, NOBODY)
    assert result.verdict == NOT_IDENTIFIABLE
    assert "share can't be told apart" in result.test.reason
    assert np.isnan(result.test.estimate)
    assert result.common_drift is None
    found = only(rater_findings(result, 1.0), "drift.raters")
    assert found.status == terms.NOT_ESTIMABLE
    assert found.estimate is None
    assert "master rater" in found.action_prompt


def test_the_bound_without_pairs_is_twice_the_residual_variance():
    """The pairs' own variance is 9 + 4; twice the residual's is 2 (16 + 9)."""
    frame, masters = coded(seed=2)
    blind = analysed(frame, NOBODY)
    assert set(blind.needed["variance_from"]) == {FROM_GROWTH}
    assert blind.needed["variance"].iloc[0] == pytest.approx(50, rel=0.2)
    assert analysed(frame, masters).movement.variance == pytest.approx(13, rel=0.25)
    given = analysed(frame, NOBODY, residual_variance=20.0)
    assert set(given.needed["variance"]) == {40.0}
    sessions = given.needed.set_index("quarters_ahead")["sessions"]
    assert list(sessions.index) == [4, 8, 12]
    assert sessions.is_monotonic_decreasing
    assert sessions[4] == sessions_needed(40.0, 1.0, 4, raters=8)


@pytest.mark.parametrize(("drift", "verdict"), [(2.0, MOVES), (0.0, NOT_IDENTIFIABLE)])
def test_independent_codes_speak_of_supervisors_only(drift, verdict):
    frame, codes = coded(4, drift, roles=("supervisor",), anchor="independent")
    result = analysed(pd.concat([frame, codes], ignore_index=True), NOBODY)
    assert result.movement.basis == INDEPENDENT_CODES
    assert result.verdict == verdict
    assert result.common_drift is None
    assert result.movement.roles == ("supervisor",)
    found = only(rater_findings(result, 1.0), "drift.raters")
    if verdict == MOVES:
        assert "Whether the independent raters move too can't be said" in found.statement
    else:
        assert "keep pace" in result.test.reason
        assert np.isnan(result.test.p_value)


# --- how many would settle it ---


def simulated_power(sessions, variance, change, quarters, raters, seen=(), draws=4000):
    """Share of simulated studies in which the slope within raters is significant."""
    from scipy import stats

    random = np.random.default_rng(8)
    to_come = (np.arange(sessions) + 0.5) / sessions * quarters
    time = np.concatenate([np.asarray(seen, float), to_come])
    rater = np.arange(len(time)) % raters
    X = np.column_stack([time, np.eye(raters)[rater]])
    noise = np.sqrt(variance) * random.standard_normal((draws, len(time)))
    level = 5 * random.standard_normal((draws, raters))
    y = change * time + level[:, rater] + noise
    inverse = np.linalg.inv(X.T @ X)
    beta = y @ X @ inverse
    left = ((y - beta @ X.T) ** 2).sum(axis=1) / (len(time) - raters - 1)
    t = beta[:, 0] / np.sqrt(left * inverse[0, 0])
    return np.mean(np.abs(t) > stats.t.ppf(0.975, len(time) - raters - 1))


@pytest.mark.parametrize(
    ("variance", "change", "quarters", "raters"),
    [(13.0, 1.0, 4, 1), (50.0, 1.0, 8, 6), (13.0, 1.0, 12, 1), (25.0, 0.5, 8, 4)],
)
def test_sessions_needed_have_the_power_they_promise(variance, change, quarters, raters):
    found = sessions_needed(variance, change, quarters, raters)
    about = (variance, change, quarters, raters)
    assert simulated_power(found, *about) == pytest.approx(0.80, abs=POWER_TOLERANCE + 1 / found)
    assert simulated_power(int(found * 0.8), *about) < 0.80 - POWER_TOLERANCE


def test_sessions_seen_already_count():
    seen = -np.linspace(0, 3, 40)
    fresh = sessions_needed(25.0, 1.0, 4)
    more = sessions_needed(25.0, 1.0, 4, seen=seen)
    assert 0 < more < fresh
    power = simulated_power(more, 25.0, 1.0, 4, 1, seen)
    assert power == pytest.approx(0.80, abs=POWER_TOLERANCE + 1 / more)
    assert sessions_needed(25.0, 1.0, 4, seen=np.tile(seen, 20)) == 0


def test_many_sessions_agree_with_the_normal_formula():
    """(1.960 + 0.842)^2 v / (change^2 T^2 / 12)."""
    expected = (1.959964 + 0.841621) ** 2 * 50.0 * 12 / (0.25**2 * 4**2)
    assert sessions_needed(50.0, 0.25, 4) == pytest.approx(expected, rel=0.002)


def test_what_is_not_known_needs_no_number():
    assert sessions_needed(np.nan, 1.0, 4) == -1
    assert sessions_needed(1e9, 0.001, 4) == -1


# --- rating in another order than taught ---


def out_of_order(seed=1, weekly=0.0, people=50):
    """Two lessons a person, each rated twice within five weeks in random order."""
    random = np.random.default_rng(seed)
    lesson = np.repeat(np.arange(2 * people), 2)
    person = lesson // 2
    seen = random.integers(0, 200, 2 * people)[lesson]
    first = random.integers(0, 12, len(lesson) // 2)
    rater = np.column_stack([first, (first + random.integers(1, 12, len(first))) % 12]).ravel()
    day = random.integers(0, 35, len(lesson))
    fidelity = (
        60
        + 4 * random.standard_normal(people)[person]
        + 4 * random.standard_normal(2 * people)[lesson]
        + 3 * random.standard_normal(12)[rater]
        + weekly * day / 7
        + 5 * random.standard_normal(len(lesson))
        + 2 * seen / DAYS_IN_A_QUARTER
    )
    seen_on = START + pd.to_timedelta(seen, unit="D")
    return pd.DataFrame(
        {
            "observation_id": [f"o{n}" for n in range(len(lesson))],
            "practitioner_id": [f"p{n:02d}" for n in person],
            "site_id": [f"s{n:02d}" for n in person],
            "rater_id": [f"r{n:02d}" for n in rater],
            "rater_role": "independent",
            "observed_on": seen_on,
            "rated_on": START + pd.to_timedelta(300 + day, unit="D"),
            "quarters": seen / DAYS_IN_A_QUARTER,
            "quarter": quarter_labels(pd.Series(seen_on)),
            "weight": 1.0,
            "fidelity": fidelity,
        }
    )


@pytest.mark.parametrize("weekly", [-2.0, 0.0])
def test_the_order_of_rating_tells_the_ruler_from_practice(weekly):
    result = analysed(out_of_order(weekly=weekly), NOBODY)
    move = result.movement
    assert (move.basis, move.unit) == (RATING_ORDER, "points a week")
    assert abs(move.estimate - weekly) < SURE_ERRORS * move.std_error
    assert result.verdict == (MOVES if weekly else terms.NOT_ENOUGH_EVIDENCE)
    assert (result.test.n, result.test.n_of) == (200, "ratings")
    assert result.common_drift is None


def test_dates_of_rating_that_follow_practice_tell_nothing():
    frame = out_of_order(weekly=-2.0)
    lag = np.random.default_rng(3).integers(0, 30, len(frame))
    tied = frame.assign(rated_on=frame["observed_on"] + pd.to_timedelta(lag, unit="D"))
    assert analysed(tied, NOBODY).verdict == NOT_IDENTIFIABLE
    assert analysed(frame.drop(columns="rated_on"), NOBODY).verdict == NOT_IDENTIFIABLE


def test_sessions_rated_once_tell_nothing():
    once = out_of_order(weekly=-2.0).drop_duplicates(["practitioner_id", "observed_on"])
    assert analysed(once, NOBODY).verdict == NOT_IDENTIFIABLE


# --- agreement ---


def test_agreement_is_that_of_the_planted_variances():
    frame, masters = coded(seed=9, people=60, share=1.0, rater_sd=2.0)
    table = analysed(frame, masters, draws=200).agreement
    assert table[["pair_of", "measure", "what"]].to_numpy().tolist() == [
        ["independent and master", ICC, TOTAL]
    ]
    row = table.iloc[0]
    between, error = 25 + 16, (9 + 4) / 2 + 4 / 2
    assert row["estimate"] == pytest.approx(between / (between + error), abs=ICC_TOLERANCE)
    assert row["conf_low"] < row["estimate"] < row["conf_high"]
    assert row["n_practitioners"] == 60


def test_agreement_of_two_independent_raters_is_the_models():
    frame = out_of_order()
    session = frame["practitioner_id"] + frame["observed_on"].astype(str)
    expected = intraclass_long(
        frame.assign(session=session), "fidelity", "session", "rater_id", draws=0
    ).iloc[0]
    row = analysed(frame, NOBODY).agreement.iloc[0]
    assert row["pair_of"] == "two independent raters"
    assert row["estimate"] == pytest.approx(expected["estimate"], abs=1e-6)
    assert np.isnan(row["conf_low"])


def test_components_and_items_have_their_own_rows():
    frame, masters = coded(people=20)
    ids = pd.concat([frame, masters])[["observation_id", "fidelity"]]
    both = [
        ids.assign(component=name, component_title=name.title(), component_order=place)
        for place, name in enumerate(["plan", "close"])
    ]
    own = pd.concat(both)
    of_master = own["observation_id"].str.startswith("m")
    values = ids.assign(item_id="i1", item_title="Opens well", value=(ids["fidelity"] // 10))
    result = analysed(
        frame,
        masters,
        components=own[~of_master],
        master_components=own[of_master],
        item_values=values.drop(columns="fidelity"),
    )
    table = result.agreement
    assert table["what"].to_list() == [TOTAL, "Plan", "Close", "Opens well"]
    assert table["measure"].to_list() == [ICC, ICC, ICC, KAPPA]
    assert table["estimate"].iloc[1] == pytest.approx(table["estimate"].iloc[0], abs=EXACT)
    assert 0.3 < table["estimate"].iloc[3] < 0.9


def test_items_of_two_raters_on_a_level_are_told_by_alpha():
    frame = out_of_order()
    values = frame[["observation_id"]].assign(item_id="i1", value=frame["fidelity"] // 10)
    table = analysed(frame, NOBODY, item_values=values).agreement
    assert table["measure"].to_list() == [ICC, ALPHA]
    assert table["what"].to_list() == [TOTAL, "i1"]


def test_low_agreement_is_flagged():
    frame, masters = coded(people=30)
    noisy = masters.assign(
        fidelity=masters["fidelity"] + 10 * np.random.default_rng(2).standard_normal(len(masters))
    )
    flagged = only(
        rater_findings(analysed(frame, noisy, draws=200), 1.0),
        "raters.agreement.independent_and_master",
    )
    assert flagged.conf_low < 0.60
    assert "below 0.60" in flagged.statement
    assert flagged.action_prompt
    fine = only(
        rater_findings(analysed(frame, masters, draws=200), 1.0),
        "raters.agreement.independent_and_master",
    )
    assert fine.conf_low > 0.60
    assert "above 0.60" in fine.statement
    assert not fine.action_prompt


# --- thin data ---


def thin_frames():
    frame, masters = coded(people=6, quarters=3)
    columns = [name for name in frame if name != "rated_on"]
    return {
        "no rows": (frame.iloc[:0], masters.iloc[:0]),
        "nothing": (frame.iloc[:0], NOBODY),
        "one row": (frame.iloc[:1], masters.iloc[:1]),
        "one site": (frame[frame["site_id"] == "s0"], masters),
        "one rater": (frame.assign(rater_id="r1"), masters),
        "no spread": (frame.assign(fidelity=70.0), masters.assign(fidelity=70.0)),
        "masters of other sessions": (frame, masters.assign(practitioner_id="elsewhere")),
        "no rating dates": (frame[columns].assign(rated_on=pd.NaT), masters),
    }


@pytest.mark.parametrize("name", thin_frames())
def test_thin_data_give_reasons_and_whole_tables(name):
    result = analysed(*thin_frames()[name], draws=200)
    full = analysed(*coded()).tables()
    for table, frame in result.tables().items():
        assert list(frame.columns) == list(full[table].columns), table
    assert result.verdict in (NOT_IDENTIFIABLE, terms.NOT_ENOUGH_EVIDENCE)
    assert result.test.reason
    findings = rater_findings(result, 1.0)
    assert only(findings, "drift.raters").status == terms.NOT_ESTIMABLE
    assert [one for one in findings if one.id.startswith("raters.agreement")]


# --- what is said ---


@pytest.fixture(scope="module")
def everything_said():
    supervisors = coded(4, 2.0, roles=("supervisor",), anchor="independent")
    results = {
        "moving": analysed(*coded(seed=3, drift=-1.5), draws=200),
        "steady": analysed(*coded(seed=3), draws=200),
        "few": analysed(*coded(share=0.05)),
        "none": analysed(coded()[0], NOBODY),
        "order": analysed(out_of_order(weekly=-2.0), NOBODY, draws=200),
        "supervisors": analysed(pd.concat(supervisors, ignore_index=True), NOBODY),
    }
    return {name: rater_findings(result, 1.0) for name, result in results.items()}


def test_a_moving_ruler_is_never_laid_on_practitioners(everything_said):
    moving = only(everything_said["moving"], "drift.raters")
    assert moving.statement.startswith("The ruler moves")
    assert "says nothing about practitioners" in moving.statement
    assert "lower" in moving.statement
    assert moving.action_prompt
    steady = only(everything_said["steady"], "drift.raters")
    assert steady.statement.startswith("The ruler is steady")
    assert not steady.action_prompt


def test_an_adjusted_test_that_does_not_name_it_is_heeded():
    result = analysed(*coded(seed=3, drift=-1.5))
    (found, *_) = rater_findings(result, 1.0, named=False)
    assert found.statement.startswith("There is not enough evidence")
    assert rater_findings(result, 1.0, named=True)[0].statement.startswith("The ruler moves")


def test_findings_are_in_plain_words_about_nobody(everything_said):
    for findings in everything_said.values():
        assert len({one.id for one in findings}) == len(findings)
        for one in findings:
            said = f"{one.question} {one.statement} {one.reason} {one.action_prompt}"
            assert not CAUSAL_WORDS.search(said), said
            assert not re.search(r"\b([prs]\d\d|master\d|independent\d|nan)\b", said), said
            assert ".." not in said
            if one.status == terms.REPORTED:
                assert one.conf_low is None or one.conf_low <= one.estimate <= one.conf_high
                assert one.unit
                assert one.n > 0
                assert one.n_practitioners


# --- real ratings ---


def need_export():
    if not EXPORT.is_file():
        pytest.skip(f"The real export {EXPORT.name} is not at hand: it is no part of the project.")


@pytest.fixture(scope="module")
def video():
    """The study's ratings as the workbench reads and scores them."""
    need_export()
    study = open_study(VIDEO)
    intake = receive(study, "2026-09-30", str(EXPORT.parent))
    accepted = intake.quality.accepted
    valued = scoring.value_responses(accepted["fidelity_responses"], intake.instruments)
    observations = scoring.score_observations(valued, intake.instruments)
    quarter = intake.quarter("latest", study)
    return panels.observation_panel(observations, accepted["practitioners"], quarter)


def compared(fit, answer, term="weeks"):
    row = fit.tidy().set_index("term").loc[term]
    assert row["estimate"] == pytest.approx(answer["slope"], rel=R_RELATIVE)
    assert row["std_error"] == pytest.approx(answer["std_error"], rel=R_RELATIVE)
    assert row["df"] == pytest.approx(answer["df"], rel=R_DF_RELATIVE)


needs_no_deprecation = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@needs_no_deprecation
@pytest.mark.parametrize("name", ["by_lesson_ml", "by_lesson_reml"])
def test_rating_dates_of_the_video_study_are_those_of_lme4(video, name):
    frame, answer = video.by_observation, REFERENCE[name]
    ratings = pd.DataFrame(
        {
            "score": 1 + 3 * frame["fidelity"] / 100,
            "weeks": (frame["rated_on"] - frame["rated_on"].min()).dt.days / 7,
            "lesson": frame["practitioner_id"] + frame["observed_on"].astype(str),
            "rater": frame["rater_id"],
        }
    )
    fit = fit_mixed_model("score ~ weeks + (1 | lesson) + (1 | rater)", ratings, answer["reml"])
    compared(fit, answer)
    found = fit.var_corr().set_index("group")["variance"]
    groups = {"lesson": "IDVIDEO", "rater": "IDRATER", "Residual": "Residual"}
    for group, theirs in groups.items():
        assert found[group] == pytest.approx(answer["variances"][theirs], rel=1e-3)


def test_the_numbers_asked_for_are_those_of_maximum_likelihood():
    answer = REFERENCE["by_lesson_ml"]
    got = {
        "slope": answer["slope"],
        "std_error": answer["std_error"],
        "rater": answer["variances"]["IDRATER"],
        "residual": answer["variances"]["Residual"],
    }
    assert got == pytest.approx(PUBLISHED, abs=ROUNDING)


@needs_no_deprecation
def test_the_video_study_gets_its_trend_and_agreement_and_no_more(video):
    result = analysed(video.by_observation, video.not_used, draws=200)
    move, answer = result.movement, REFERENCE["joint_reml"]
    points = 100 / 3  # of fidelity in a step of the scale from 1 to 4
    assert (move.basis, move.unit) == (RATING_ORDER, "points a week")
    for mine, theirs in [("estimate", "slope"), ("conf_low", "conf_low"), ("conf_high",) * 2]:
        assert getattr(move, mine) == pytest.approx(answer[theirs] * points, rel=1e-3)
    assert move.p_value == pytest.approx(answer["p_value"], rel=1e-3)
    assert (move.n_ratings, move.n_sessions, move.n_raters) == (392, 196, 25)
    assert result.paired.empty
    assert result.severity_by_role.empty
    assert result.common_drift is None
    assert result.agreement["pair_of"].to_list() == ["two independent raters"]
    spread = REFERENCE["by_lesson_reml"]["variances"]
    expected = spread["IDVIDEO"] / sum(spread.values())
    assert result.agreement["estimate"].iloc[0] == pytest.approx(expected, abs=0.02)
    findings = rater_findings(result, 1.0)
    drift = only(findings, "drift.raters")
    assert "+0.67 points a week (95% interval +0.03 to +1.31;" in drift.statement
    assert "order of rating had nothing to do" in drift.statement
    assert "practitioners" not in drift.statement
    agreement = only(findings, "raters.agreement.two_independent_raters")
    assert agreement.conf_low < 0.60
    severity_found = only(findings, "raters.severity.independent")
    assert severity_found.status == terms.NOT_ESTIMABLE


def test_the_smallest_change_that_matters_says_what_counts_as_steady():
    frame, masters = coded(seed=3)
    strict = Thresholds(smallest_change_that_matters=0.05)
    assert rater_drift(frame, masters, strict, draws=0).verdict == terms.NOT_ENOUGH_EVIDENCE

"""From finding to action: shares counted by hand, open windows, and planted gains."""

import numpy as np
import pandas as pd
import pytest

from workbench.analysis.action_after import LOW_COLUMNS, action_after_low
from workbench.analysis.action_after_findings import action_after_findings
from workbench.analysis.action_after_next import NEXT_COLUMNS, pairs_of
from workbench.analysis.action_after_times import share_followed
from workbench.models.survival import kaplan_meier
from workbench.quarters import Quarter
from workbench.terms import NOT_ESTIMABLE, REPORTED

QUARTER = Quarter(2026, 1)  # to 31 March
EXACT = 1e-12
LEVEL, DAYS = 60.0, 30
GAIN = 6.0
NETWORKS = 40
FEWEST_COVERED = 34  # of 40 at 95%: fewer than 34 has a chance of 1 in 300


def seen(*rows):
    """Observations; each row is practitioner, day, fidelity and, where given, the rater's role."""
    frame = pd.DataFrame(
        [(*row, "independent") if len(row) == 3 else row for row in rows],
        columns=["practitioner_id", "observed_on", "fidelity", "rater_role"],
    )
    frame["observation_id"] = [f"o{number}" for number in range(len(frame))]
    return frame.assign(site_id="A", observed_on=pd.to_datetime(frame["observed_on"]))


def acts(*rows):
    """Acts for practitioners; each row is practitioner, day, kind, focus, observation named."""
    names = ["practitioner_id", "occurred_on", "kind", "focus", "triggered_by_observation_id"]
    frame = pd.DataFrame(rows, columns=names)
    frame["support_id"] = [f"a{number}" for number in range(len(frame))]
    frame = frame.assign(occurred_on=pd.to_datetime(frame["occurred_on"]))
    text = ["practitioner_id", "focus", "triggered_by_observation_id", "kind"]
    frame[text] = frame[text].astype("str")
    return frame


def after(observations, supports, level=LEVEL, people=None):
    return action_after_low(observations, supports, supports, level, DAYS, QUARTER, people)


def finding(found, name, site=""):
    every = action_after_findings(found)
    return next(one for one in every if one.id == f"reinforcement.{name}" and one.site_id == site)


LOW_ONES = seen(
    ("p1", "2026-01-01", 50),  # coached after 10 days
    ("p2", "2026-01-01", 50),  # coached after 40
    ("p3", "2026-01-01", 50),  # followed because the act names it, on the day itself
    ("p4", "2026-03-11", 50),  # 20 days, nothing yet: open
    ("p5", "2026-01-01", 50),  # only supervision about administration: 89 days, nothing
    ("p6", "2026-01-01", 50),  # supervision on skill after 20 days
    ("p7", "2026-01-01", 80),  # not low
)
FOLLOWING = acts(
    ("p1", "2026-01-11", "coaching", None, None),
    ("p1", "2026-01-12", "coaching", None, None),
    ("p2", "2026-02-10", "observation with feedback", None, None),
    ("p3", "2026-01-01", "community of practice", None, "o2"),
    ("p5", "2026-01-05", "supervision", "administrative", None),
    ("p6", "2026-01-21", "supervision", "skill", None),
    ("p5", "2026-01-01", "coaching", None, None),  # on the very day: not after it
    ("p4", "2026-04-02", "coaching", None, None),  # after the quarter
)


# --- the share followed, by hand ---


def test_the_share_is_that_of_kaplan_and_meier():
    found = after(LOW_ONES, FOLLOWING)
    row = found.low[found.low["scope"] == "network"].iloc[0]
    assert list(found.low.columns) == LOW_COLUMNS
    assert (row["low_observations"], row["followed"], row["open"]) == (6, 3, 1)
    # day 0: 1 of 6; day 10: 1 of 5; day 20: 1 of 4 (p4 still followed on that day)
    assert row["share"] == pytest.approx(1 - 5 / 6 * 4 / 5 * 3 / 4, abs=EXACT)
    # then 2 are left; at day 40 one of the two: survival 1/4, the first at or below one half
    # is at day 20, where it is exactly one half up to day 40: the middle
    assert row["median_days"] == 30
    assert row["share_low"] < row["share"] < row["share_high"]
    assert row["n_practitioners"] == 6
    site = found.low[found.low["scope"] == "site"].iloc[0]
    assert site["share"] == row["share"]


def test_an_open_window_is_no_failure():
    more = seen(*((f"q{n}", "2026-03-25", 40) for n in range(10)))
    more["observation_id"] = "q" + more["observation_id"].astype("str")
    before = after(LOW_ONES, FOLLOWING).low.iloc[0]
    later = after(pd.concat([LOW_ONES, more], ignore_index=True), FOLLOWING).low.iloc[0]
    assert later["open"] == before["open"] + 10
    # those seen six days ago were at risk on day 0 only
    assert later["share"] == pytest.approx(1 - 15 / 16 * 4 / 5 * 3 / 4, abs=EXACT)


def test_who_has_left_is_followed_up_to_then():
    people = pd.DataFrame({"practitioner_id": ["p2"], "left_on": ["2026-01-15"]})
    row = after(LOW_ONES, FOLLOWING, people=people).low.iloc[0]
    assert row["open"] == 2
    assert row["share"] == pytest.approx(1 - 5 / 6 * 4 / 5 * 2 / 3, abs=EXACT)


def test_one_day_scored_twice_is_one_session():
    double = seen(("p1", "2026-01-01", 50, "independent"), ("p1", "2026-01-01", 90, "supervisor"))
    others = seen(*((f"r{n}", "2026-01-02", 50) for n in range(5)))
    both = pd.concat([double, others.assign(observation_id=list("vwxyz"))], ignore_index=True)
    named = acts(
        ("p1", "2026-01-03", "training", None, "o1"), ("r1", "2026-01-01", "coaching", None, None)
    )
    row = after(both, named).low.iloc[0]
    assert (row["low_observations"], row["followed"]) == (6, 1)  # named by the other rater's code


def low_frame(days, happened, people):
    return pd.DataFrame({"days": days, "happened": happened, "practitioner_id": people})


def test_the_interval_is_greenwoods_where_each_has_one():
    days = np.arange(1.0, 41.0)
    happened = np.arange(40) % 2 == 0
    found = share_followed(low_frame(days, happened, np.arange(40).astype("str")), DAYS)
    read = kaplan_meier(pd.Series(days), pd.Series(happened)).at([DAYS]).iloc[0]
    assert found["share"] == pytest.approx(1 - read["survival"], abs=EXACT)
    # not narrower than Greenwood's, and of the t with 39 degrees of freedom hardly wider
    assert found["share_low"] <= 1 - read["conf_high"] + EXACT
    assert found["share_high"] >= 1 - read["conf_low"] - EXACT
    assert found["share_high"] - found["share_low"] < 1.2 * (read["conf_high"] - read["conf_low"])


def test_observations_seen_four_times_over_say_no_more():
    days, happened = np.arange(1.0, 41.0), np.arange(40) % 2 == 0
    people = np.arange(40).astype("str")
    once = share_followed(low_frame(days, happened, people), DAYS)
    copies = share_followed(
        low_frame(np.tile(days, 4), np.tile(happened, 4), np.tile(people, 4)), DAYS
    )
    wide, same = (one["share_high"] - one["share_low"] for one in (once, copies))
    assert same == pytest.approx(wide, rel=0.05)


def test_none_followed_has_wilsons_interval():
    nobody = acts(("p7", "2026-01-01", "coaching", None, None))
    row = after(LOW_ONES, nobody).low.iloc[0]
    assert row["share"] == 0
    # 5 were followed for 30 days: z^2 / (5 + z^2)
    assert row["share_high"] == pytest.approx(3.8414588 / 8.8414588, abs=1e-6)


def test_observations_before_anything_was_recorded_do_not_count():
    later = acts(("p1", "2026-01-20", "coaching", None, None))
    assert after(LOW_ONES, later).low.iloc[0]["low_observations"] == 6
    older = LOW_ONES.assign(observed_on=LOW_ONES["observed_on"] - pd.Timedelta(days=30))
    assert after(older, later).low.iloc[0]["low_observations"] == 1  # p4, in the quarter


# --- the next score ---


def networks(gain, seed, people=120, each=8, needy=0.0):
    """Observations each two months; low ones are coached by chance, and then gain."""
    rng = np.random.default_rng(seed)
    level = rng.normal(62, 6, people)
    rows, given = [], []
    boost = np.zeros(people)
    for turn in range(each):
        day = pd.Timestamp("2024-12-01") + pd.Timedelta(days=60 * turn)
        score = level + boost + rng.normal(0, 6, people)
        boost = np.zeros(people)  # of the next score only
        rows += [(f"p{n:03d}", day, score[n]) for n in range(people)]
        chance = 0.5 + needy * (score < np.median(score))
        for n in np.flatnonzero((score < LEVEL) & (rng.random(people) < chance)):
            given.append((f"p{n:03d}", day + pd.Timedelta(days=10), "coaching", "skill", None))
            boost[n] = gain
    return seen(*rows), acts(*given)


@pytest.mark.parametrize("gain", [0.0, GAIN])
def test_planted_gains_are_covered(gain):
    covered, estimates = 0, []
    for seed in range(NETWORKS):
        found = after(*networks(gain, seed)).next_score
        row = found.groups.set_index("group").loc["difference"]
        covered += row["conf_low"] <= gain <= row["conf_high"]
        estimates.append(row["next_change"])
    assert covered >= FEWEST_COVERED
    assert np.mean(estimates) == pytest.approx(gain, abs=0.5)


def test_a_gain_is_told_and_regression_to_the_mean_with_it():
    found = after(*networks(GAIN, 1))
    one = finding(found, "next_score")
    assert one.status == REPORTED
    assert one.conf_low > 0
    assert "scored higher" in one.statement
    assert "association" in one.statement
    assert "coached or not" in one.statement
    groups = found.next_score.groups.set_index("group")
    assert groups.loc["not coached", "next_change"] > 0  # nobody coached them, and still it rises
    assert list(found.next_score.groups.columns) == NEXT_COLUMNS
    assert one.n == found.next_score.n_pairs == groups.loc["difference", "n_pairs"]


def test_the_next_score_is_the_same_roles_between_14_and_270_days():
    frame = seen(
        ("p1", "2025-01-01", 50),
        ("p1", "2025-01-10", 51),  # too soon for the first
        ("p1", "2025-02-01", 70, "supervisor"),
        ("p1", "2025-03-01", 65),
        ("p2", "2025-01-01", 50),
        ("p2", "2025-12-01", 70),  # too late
        ("p3", "2025-01-01", 50),
        ("p3", "2025-02-20", 55, "supervisor"),
    ).assign(days=[5, 100, 9, 9, 9, 9, 40, 9], happened=[True] * 8)
    pairs, late = pairs_of(frame, LEVEL, DAYS)
    assert late == 1  # p3 was coached on day 40, before the next score on day 50
    # p3's second, itself low, has no next one; p1's second was coached only after the next score
    assert pairs["next_fidelity"].tolist() == [65, 65]
    assert pairs["coached"].tolist() == [True, False]
    assert pairs["next_days"].tolist() == [59, 50]


def test_too_few_pairs_are_refused():
    found = after(LOW_ONES, FOLLOWING)
    one = finding(found, "next_score")
    assert one.status == NOT_ESTIMABLE
    assert "20 are needed" in one.reason
    observations, supports = networks(0.0, 2)
    chosen = supports[supports["practitioner_id"].isin(supports["practitioner_id"].unique()[:3])]
    assert "5 are needed" in finding(after(observations, chosen), "next_score").reason


# --- findings, and what is lacking ---


def test_the_finding_tells_share_delay_and_what_to_do():
    one = finding(after(LOW_ONES, FOLLOWING), "action", "A")
    assert one.estimate == pytest.approx(50)
    assert one.n == 6
    assert "below 60%" in one.statement
    assert "1 more was not followed for so long yet" in one.statement
    assert one.action_prompt == ""
    assert finding(after(LOW_ONES, FOLLOWING.iloc[[0]]), "action").action_prompt


BARE = LOW_ONES[["observation_id", "practitioner_id", "site_id", "observed_on", "fidelity"]]


@pytest.mark.parametrize(
    ("observations", "supports", "level", "lacks"),
    [
        (LOW_ONES, pd.DataFrame(), LEVEL, "no table of supports"),
        (pd.DataFrame(), FOLLOWING, LEVEL, "no observations"),
        (LOW_ONES, FOLLOWING, None, "no level is set"),
        (LOW_ONES, FOLLOWING.iloc[[4]], LEVEL, "holds no coaching"),
        (LOW_ONES, FOLLOWING, 40.0, "is below 40%"),
        (LOW_ONES.iloc[[0, 6]], FOLLOWING, LEVEL, "only 1 observation was low"),
    ],
)
def test_what_is_lacking_is_said(observations, supports, level, lacks):
    found = after(observations, supports, level)
    assert list(found.tables()["action_after_low"].columns) == LOW_COLUMNS
    assert list(found.tables()["action_after_next"].columns) == NEXT_COLUMNS
    every = action_after_findings(found)
    assert {one.status for one in every} == {NOT_ESTIMABLE}
    assert lacks in every[0].reason


def test_optional_columns_may_be_absent():
    supports = FOLLOWING[["support_id", "practitioner_id", "occurred_on", "kind"]]
    row = after(LOW_ONES, supports).low.iloc[0]
    assert row["followed"] == 1  # nothing is named, and no supervision is known to be on skill


# --- prompts of last quarter ---

"""Supports, pressures and rewards of the example network against the truth behind them."""

import dataclasses
import datetime as dt

import numpy as np
import pandas as pd
import pytest

from workbench.data.extracts import Extract
from workbench.data.instruments import load_instruments
from workbench.data.quality import check
from workbench.data.readers import read_csv
from workbench.data.schemas import load_schemas
from workbench.data.synthetic import (
    NetworkParameters,
    simulate_growth,
    simulate_network,
    write_example,
)
from workbench.data.synthetic_conditions import simulate_conditions, with_pressure_effect
from workbench.data.synthetic_recognition import simulate_recognition
from workbench.data.synthetic_reinforcement import (
    ConditionParameters,
    Pressure,
    RecognitionParameters,
    SupportParameters,
)
from workbench.data.synthetic_streams import streams_of
from workbench.data.synthetic_support_effects import (
    dose_of,
    site_support,
    with_certification_decay,
    with_site_frequency_effect,
    with_support_effect,
)
from workbench.data.synthetic_supports import simulate_coached_observations, simulate_coaching
from workbench.errors import ParameterError

SEED = 11
DAYS_IN_A_MONTH = 30.4375
EXACT = 1e-9
# About 3 standard errors, by the sizes of the simulated sets.
RATE_RELATIVE_TOLERANCE = 0.04
SHARE_TOLERANCE = 0.03
SPREAD_RELATIVE_TOLERANCE = 0.12
CORRELATION_TOLERANCE = 0.08
WEIGHT_TOLERANCE = 0.35
REWARD_SHARE_TOLERANCE = 0.03
EFFECT_TOLERANCE = 0.25

PLAIN = SupportParameters(
    coaching_site_sd=0.0,
    coaching_site_quarter_sd=0.0,
    coaching_practitioner_sd=0.0,
    coaching_follows_course=0.0,
    coaching_follows_low=0.0,
    share_coached_lowest=1.0,
)
"""Everyone is coached at one rate, whatever is observed."""

# Great Expectations imports a module of the standard library that is deprecated.
imports_great_expectations = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def grown(seed=SEED, **parameters):
    parameters = NetworkParameters(**parameters)
    _, practitioners, observations, effects = simulate_growth(parameters, seed)
    return parameters, practitioners, observations, effects.by_site


def flat(observations):
    """Observations without noise: everybody at 70."""
    return observations.assign(fidelity=70.0, limited=False)


def coaching(acts):
    return acts[acts["kind"] == "coaching"]


def usual(frame):
    return frame[frame["rater_role"].isin(["independent", "supervisor"])]


def by_hand(observations, acts, half_life):
    """Dose of each observation, one by one."""
    given = {who: mine["occurred_on"] for who, mine in acts.groupby("practitioner_id")}
    found = []
    for row in observations.itertuples():
        days = (row.observed_on - given.get(row.practitioner_id, pd.Series(dtype="M8[us]"))).dt.days
        found.append((0.5 ** (days[days > 0] / DAYS_IN_A_MONTH / half_life)).sum())
    return np.array(found)


def slopes(outcome, columns, groups=None):
    """Least-squares estimates, about the means of the groups where there are some."""
    frame = pd.DataFrame(columns).assign(outcome=np.asarray(outcome))
    beside = frame.mean() if groups is None else frame.groupby(groups).transform("mean")
    frame = frame - beside
    names = list(columns)
    return np.linalg.lstsq(frame[names].to_numpy(), frame["outcome"].to_numpy(), rcond=None)[0]


@pytest.fixture(scope="module")
def large():
    """Forty sites coached at one rate."""
    parameters, people, seen, by_site = grown(sites=40, supports=PLAIN)
    found = simulate_coaching(people, by_site, parameters, np.random.default_rng(SEED), seen)
    return parameters, people, seen, by_site, found


# --- acts of support ---


def test_coaching_and_supervision_come_at_the_planted_rates(large):
    _, _, _, _, found = large
    months = found.rates["days"].sum() / DAYS_IN_A_MONTH
    counts = found.acts["kind"].value_counts()
    assert counts["coaching"] / months == pytest.approx(0.9, rel=RATE_RELATIVE_TOLERANCE)
    assert counts["supervision"] / months == pytest.approx(1.0, rel=RATE_RELATIVE_TOLERANCE)
    assert counts["training"] == pytest.approx(0.3 * 3 * 40, abs=3 * 36**0.5)
    # A Poisson count has a variance as large as its mean.
    each = coaching(found.acts).groupby("practitioner_id").size()
    mean = found.rates.groupby("practitioner_id")["days"].sum() / DAYS_IN_A_MONTH * 0.9
    scatter = (each.reindex(mean.index, fill_value=0) - mean) ** 2 / mean
    assert scatter.mean() == pytest.approx(1.0, abs=3 * (2 / len(mean)) ** 0.5)


def test_acts_lie_in_service_and_name_a_practitioner_or_a_site(large):
    parameters, people, _, _, found = large
    acts = found.acts
    assert (acts["practitioner_id"].notna() ^ acts["site_id"].notna()).all()
    assert acts["occurred_on"].is_monotonic_increasing
    assert acts["support_id"].is_unique
    joined = acts.merge(people, on="practitioner_id", suffixes=("", "_p"))
    assert (joined["occurred_on"] >= joined["trained_on"]).all()
    assert not (joined["occurred_on"] > joined["left_on"]).any()
    assert (
        acts["occurred_on"]
        .between(pd.Timestamp(parameters.first_day), pd.Timestamp(parameters.last_day))
        .all()
    )
    supervised = joined[joined["kind"] == "supervision"]
    assert (supervised["provided_by"] == supervised["supervisor_id"]).all()
    assert acts["minutes"].between(15, 400).all()


def test_some_are_certified_again_about_each_anniversary(large):
    _, people, _, _, found = large
    again = found.acts[found.acts["kind"] == "recertification"]
    joined = again.merge(people, on="practitioner_id")
    days = (joined["occurred_on"] - joined["certified_on"]).dt.days
    years = (days / 365.25).round()
    assert (years >= 1).all()
    assert (days - years * 365.25).abs().max() <= 21
    share = again["practitioner_id"].nunique() / people["certified_on"].notna().sum()
    assert 0.15 < share < 0.30


def test_supervision_is_mostly_administrative_at_the_planted_sites(large):
    _, people, _, by_site, found = large
    acts = found.acts[found.acts["kind"] == "supervision"]
    site = acts["practitioner_id"].map(people.set_index("practitioner_id")["site_id"])
    there = site.isin(by_site["site_id"].iloc[[6, 9]])
    office = acts["focus"] == "administrative"
    assert office[there].mean() == pytest.approx(0.85, abs=2 * SHARE_TOLERANCE)
    assert office[~there].mean() == pytest.approx(0.30, abs=SHARE_TOLERANCE)


def test_sites_that_fall_are_coached_less_and_less():
    truth = dataclasses.replace(PLAIN, coaching_follows_course=0.08, coaching_trend=-0.02)
    parameters, people, _, by_site = grown(supports=truth)
    rates = simulate_coaching(people, by_site, parameters, np.random.default_rng(1)).rates
    slope = rates["site_id"].map(by_site.set_index("site_id")["slope"])
    expected = 0.9 * np.exp((-0.02 + 0.08 * slope) * (rates["number"] - 5.5))
    assert np.abs(rates["rate"] - expected).max() < EXACT


def test_those_who_may_be_coached_share_what_the_site_gets():
    truth = dataclasses.replace(PLAIN, share_coached_lowest=0.4)
    parameters, people, _, by_site = grown(sites=40, supports=truth)
    rates = simulate_coaching(people, by_site, parameters, np.random.default_rng(1)).rates
    assert (rates["rate"] > 0).mean() == pytest.approx(0.7, abs=SHARE_TOLERANCE)
    assert rates["rate"].mean() == pytest.approx(0.9, rel=RATE_RELATIVE_TOLERANCE)


# --- confounding by indication ---


def after(acts, observations, days=60):
    """Acts a month in the days after an observation, or until the next one."""
    seen = usual(observations).sort_values("observed_on")
    until = seen.groupby("practitioner_id")["observed_on"].shift(-1)
    seen = seen.assign(until=until.fillna(seen["observed_on"] + pd.Timedelta(days=days)))
    seen["until"] = seen["until"].clip(upper=seen["observed_on"] + pd.Timedelta(days=days))
    seen = seen[(seen["until"] > seen["observed_on"]) & (seen["quarters"] < 11)]
    pairs = seen.merge(coaching(acts), on="practitioner_id")
    there = (pairs["occurred_on"] > pairs["observed_on"]) & (pairs["occurred_on"] <= pairs["until"])
    counts = pairs[there].groupby("observation_id").size()
    months = (seen["until"] - seen["observed_on"]).dt.days / DAYS_IN_A_MONTH
    return seen.assign(acts=seen["observation_id"].map(counts).fillna(0), months=months)


@pytest.mark.parametrize("strength", [0.0, 1.5])
def test_coaching_follows_low_observations_only_where_it_is_planted(strength):
    truth = dataclasses.replace(PLAIN, coaching_follows_low=strength)
    parameters, people, seen, by_site = grown(sites=40, supports=truth, share_who_leave=0.0)
    found = simulate_coaching(people, by_site, parameters, np.random.default_rng(SEED), seen)
    frame = after(found.acts, seen)
    below = (usual(seen)["fidelity"].mean() - frame["fidelity"]).clip(lower=0)
    low = below > 0
    planted = 0.9 * (1 + strength * below / 10)
    ratio = frame["acts"][low].sum() / (planted * frame["months"])[low].sum()
    assert ratio == pytest.approx(1.0, rel=RATE_RELATIVE_TOLERANCE)
    high = frame["acts"][~low].sum() / frame["months"][~low].sum()
    assert high == pytest.approx(0.9, rel=RATE_RELATIVE_TOLERANCE)
    named = coaching(found.acts).dropna(subset="triggered_by_observation_id")
    assert (len(named) > 0) == (strength > 0)


def test_an_act_that_an_observation_set_off_follows_a_low_one_of_that_practitioner():
    parameters, people, seen, by_site = grown()
    acts = simulate_coaching(people, by_site, parameters, np.random.default_rng(2), seen).acts
    named = acts.dropna(subset="triggered_by_observation_id").merge(
        usual(seen), left_on="triggered_by_observation_id", right_on="observation_id"
    )
    assert len(named) == acts["triggered_by_observation_id"].notna().sum() > 300
    assert (named["practitioner_id_x"] == named["practitioner_id_y"]).all()
    assert (named["fidelity"] < usual(seen)["fidelity"].mean()).all()
    assert (named["occurred_on"] - named["observed_on"]).dt.days.between(1, 60).all()


def test_indication_leaves_every_other_act_as_it_was():
    parameters, people, seen, by_site = grown()
    without = dataclasses.replace(
        parameters, supports=dataclasses.replace(parameters.supports, coaching_follows_low=0.0)
    )
    one = simulate_coaching(people, by_site, parameters, streams_of(3).supports, seen).acts
    two = simulate_coaching(people, by_site, without, streams_of(3).supports, seen).acts
    columns = ["occurred_on", "kind", "practitioner_id", "site_id"]
    left = one[one["triggered_by_observation_id"].isna()][columns]
    pd.testing.assert_frame_equal(left.reset_index(drop=True), two[columns], check_dtype=False)


def test_indication_biases_the_naive_comparison_downward_and_not_the_one_within():
    """Each act adds 3 points; where coaching goes to the low, the coached stand lower."""
    naive = {}
    for strength in (0.0, 2.0):
        truth = dataclasses.replace(PLAIN, coaching_follows_low=strength, coaching_site_sd=0.3)
        parameters, people, seen, by_site = grown(sites=40, supports=truth, planted_sites=())
        coached, found = simulate_coached_observations(
            people, seen, by_site, parameters, np.random.default_rng(SEED), 3.0, 3.0
        )
        some = coached.head(400)
        assert np.abs(some["dose"] - by_hand(some, coaching(found.acts), 3.0)).max() < EXACT
        frame = usual(coached).reset_index(drop=True)
        dose = {"dose": frame["dose"]}
        naive[strength] = slopes(frame["fidelity"], dose)[0]
        person = frame["practitioner_id"]
        line = {**dose, "quarters": frame["quarters"]}
        within = slopes(frame["fidelity"], line, person)[0]
        assert within == pytest.approx(3.0, abs=EFFECT_TOLERANCE)
    assert naive[0.0] == pytest.approx(3.0, abs=2 * EFFECT_TOLERANCE)
    assert naive[2.0] < naive[0.0] - 1.0


def test_planted_coaching_adds_what_each_dose_is_worth():
    parameters, people, seen, by_site = grown()
    coached, _ = simulate_coached_observations(
        people, seen, by_site, parameters, np.random.default_rng(4), 2.0, 4.0
    )
    usual_gain = 2.0 * 0.9 * 4.0 / np.log(2)
    free = ~coached["limited"]
    gain = coached["fidelity"] - seen["fidelity"]
    planted = 2.0 * coached["dose"] - usual_gain
    assert np.abs((gain - planted)[free]).max() < EXACT
    assert list(coached.columns) == [*seen.columns, "dose"]


# --- dose and decay ---


def test_half_life_shows_exactly_without_noise():
    seen = pd.DataFrame(
        {
            "observation_id": ["1", "2", "3", "4"],
            "practitioner_id": "A",
            "observed_on": pd.Timestamp("2024-01-01") + pd.to_timedelta([0, 1, 61, 122], unit="D"),
            "fidelity": 70.0,
            "limited": False,
        }
    )
    acts = pd.DataFrame(
        {
            "occurred_on": [pd.Timestamp("2024-01-01"), pd.Timestamp("2024-01-01")],
            "kind": ["coaching", "supervision"],
            "practitioner_id": "A",
        }
    )
    half_life = 60 / DAYS_IN_A_MONTH
    assert dose_of(seen, acts.head(1), half_life) == pytest.approx(
        [0, 0.5 ** (1 / 60), 0.5 ** (61 / 60), 0.5 ** (122 / 60)], abs=EXACT
    )
    found = with_support_effect(seen, acts, 8.0, half_life)["fidelity"].to_numpy()
    assert found.mean() == pytest.approx(70.0, abs=EXACT)
    gain = found - found[0]
    assert gain[2] / gain[1] == pytest.approx(0.5, abs=EXACT)
    assert gain[1] == pytest.approx(8.0 * 0.5 ** (1 / 60), abs=EXACT)


def test_support_effect_keeps_the_level_of_each_practitioner(large):
    _, _, seen, _, found = large
    planted = with_support_effect(flat(seen), found.acts, 2.0, 3.0)
    dose = by_hand(planted.head(400), coaching(found.acts), 3.0)
    assert dose_of(planted, coaching(found.acts), 3.0)[:400] == pytest.approx(dose, abs=EXACT)
    levels = planted.groupby("practitioner_id")["fidelity"].mean()
    assert levels.to_numpy() == pytest.approx(np.full(len(levels), 70.0), abs=EXACT)
    all_dose = dose_of(planted, coaching(found.acts), 3.0)
    found_effect = slopes(planted["fidelity"], {"dose": all_dose}, planted["practitioner_id"])
    assert found_effect[0] == pytest.approx(2.0, abs=EXACT)


def test_fidelity_is_kept_to_its_limits_and_says_so(large):
    _, _, seen, _, found = large
    planted = with_support_effect(flat(seen), found.acts, 40.0, 3.0)
    assert planted["fidelity"].between(0, 100).all()
    assert planted["limited"].equals(planted["fidelity"].isin([0.0, 100.0]))
    assert planted["limited"].any()


def test_a_certification_starts_the_decay_anew():
    days = [0, 10, 70, 100, 130]
    seen = pd.DataFrame(
        {
            "practitioner_id": "A",
            "observed_on": pd.Timestamp("2024-01-01") + pd.to_timedelta(days, unit="D"),
            "fidelity": 60.0,
            "limited": False,
        }
    )
    on = pd.Timestamp("2024-01-01") + pd.to_timedelta([10, 100], unit="D")
    dates = pd.DataFrame({"practitioner_id": "A", "occurred_on": on})
    found = with_certification_decay(seen, dates, 6.0, 60 / DAYS_IN_A_MONTH)
    expected = [60, 66, 63, 66, 60 + 6 * 0.5**0.5]
    assert found["fidelity"].to_numpy() == pytest.approx(expected, abs=EXACT)


# --- frequency and coverage at sites ---


def test_site_support_counts_what_was_given(large):
    parameters, people, _, _, found = large
    frame = site_support(found.acts, people, parameters)
    assert len(frame) == 40 * 12
    site, label = frame.loc[100, ["site_id", "quarter"]]
    mine = found.rates[(found.rates["site_id"] == site) & (found.rates["quarter"] == label)]
    acts = coaching(found.acts).merge(mine, on="practitioner_id")
    acts = acts[acts["occurred_on"].between("2024-10-01", "2024-12-31")]
    assert label == "2024Q4"
    months = mine["days"].sum() / DAYS_IN_A_MONTH
    assert frame.loc[100, "frequency"] == pytest.approx(len(acts) / months, abs=EXACT)
    share = acts["practitioner_id"].nunique() / len(mine)
    assert frame.loc[100, "coverage"] == pytest.approx(share, abs=EXACT)
    totals = frame.groupby("site_id")["total"]
    assert totals.last().sum() == len(coaching(found.acts))
    assert (totals.diff().dropna() >= 0).all()


def test_frequency_and_coverage_can_matter_where_totals_do_not():
    """The pattern published for BetterBirth, found by regression in observations without noise."""
    truth = dataclasses.replace(PLAIN, share_coached_lowest=0.3, coaching_site_quarter_sd=0.4)
    parameters, people, seen, by_site = grown(sites=20, supports=truth)
    acts = simulate_coaching(people, by_site, parameters, np.random.default_rng(6)).acts
    frame = site_support(acts, people, parameters)
    planted = with_site_frequency_effect(flat(seen), frame, {"frequency": 2.0, "coverage": 8.0})
    joined = planted.merge(frame, on=["site_id", "quarter"])
    found = slopes(joined["fidelity"], joined[["frequency", "coverage", "total"]])
    assert found == pytest.approx([2.0, 8.0, 0.0], abs=EXACT)
    assert abs(frame["frequency"].corr(frame["coverage"])) < 0.8


# --- pressures ---


def test_pressures_have_the_planted_spreads_and_correlation():
    truth = ConditionParameters(
        pressures={
            "caseload": Pressure(50, 3, 4, 2, decimals=4),
            "documentation_hours": Pressure(60, 3, 4, 2, decimals=4),
            "vacancy_rate": Pressure(50, 5, 0, 3, shared=True, decimals=4),
        },
        correlation=0.5,
    )
    parameters, people, _, by_site = grown(sites=120, conditions=truth)
    frame = simulate_conditions(people, by_site, parameters, np.random.default_rng(7))
    frame = frame.by_practitioner
    for name in ("caseload", "documentation_hours"):
        within = frame[name] - frame.groupby("practitioner_id")[name].transform("mean")
        free = len(frame) - frame["practitioner_id"].nunique()
        spread = (within**2).sum() / free
        assert spread**0.5 == pytest.approx(2, rel=SPREAD_RELATIVE_TOLERANCE)
        person = frame.groupby(["site_id", "practitioner_id"])[name].agg(["mean", "size"])
        noise = (spread / person["size"]).mean()
        beside = person["mean"].groupby("site_id").var().mean() - noise
        assert beside**0.5 == pytest.approx(4, rel=SPREAD_RELATIVE_TOLERANCE)
        sites = frame.groupby("site_id")[name].mean().var()
        many = person.groupby("site_id").size().mean()
        assert (sites - 16 / many) ** 0.5 == pytest.approx(3, rel=2 * SPREAD_RELATIVE_TOLERANCE)
    beside = frame[["caseload", "documentation_hours"]].sub(
        frame.groupby("practitioner_id")[["caseload", "documentation_hours"]].transform("mean")
    )
    assert beside.corr().iloc[0, 1] == pytest.approx(0.5, abs=CORRELATION_TOLERANCE)
    same = frame.groupby(["site_id", "quarter"])["vacancy_rate"].nunique()
    assert (same == 1).all()


def test_a_caseload_rises_where_practice_falls():
    steady = {"caseload": Pressure(40, 0, 0, 0, follows_course=0.5, decimals=6)}
    parameters, people, _, by_site = grown(conditions=ConditionParameters(pressures=steady))
    frame = simulate_conditions(people, by_site, parameters, np.random.default_rng(7))
    frame = frame.by_practitioner
    slope = frame["site_id"].map(by_site.set_index("site_id")["slope"])
    expected = 40 - 0.5 * slope * (frame["number"] - 5.5)
    assert frame["caseload"].to_numpy() == pytest.approx(expected.to_numpy(), abs=1e-6)


@pytest.fixture(scope="module")
def pressed():
    parameters, people, seen, by_site = grown()
    table = simulate_conditions(people, by_site, parameters, np.random.default_rng(8)).table
    return people, usual(flat(seen)).reset_index(drop=True), table


def seen_under(seen, table, names):
    """Conditions at each observation, looked up one by one."""
    held = {(row.practitioner_id, row.period_start): row for row in table.itertuples()}
    held |= {(row.site_id, row.period_start): row for row in table.itertuples()}
    starts = seen["observed_on"].dt.to_period("Q").dt.start_time
    rows = []
    for person, site, start in zip(seen["practitioner_id"], seen["site_id"], starts, strict=True):
        row = held.get((person, start), held.get((site, start)))
        rows.append([float(getattr(row, name)) for name in names])
    return pd.DataFrame(rows, columns=names)


def test_pressure_effects_within_come_back_exactly(pressed):
    _, seen, table = pressed
    effect = {"caseload": -0.6, "vacancy_rate": -0.2}
    planted = with_pressure_effect(seen, table, effect)
    under = seen_under(seen, table, list(effect))
    found = slopes(planted["fidelity"], under, seen["practitioner_id"])
    assert found == pytest.approx([-0.6, -0.2], abs=EXACT)
    levels = planted.groupby("practitioner_id")["fidelity"].mean()
    assert levels.to_numpy() == pytest.approx(np.full(len(levels), 70.0), abs=EXACT)


def test_pressure_effects_between_and_on_slope_come_back_exactly(pressed):
    _, seen, table = pressed
    planted = with_pressure_effect(
        seen, table, {"caseload": -0.6}, between={"caseload": -0.3}, on_slope={"caseload": -0.05}
    )
    under = seen_under(seen, table, ["caseload"])["caseload"]
    own = under.groupby(seen["practitioner_id"]).transform("mean")
    everyone = own.groupby(seen["practitioner_id"]).first().mean()
    columns = {"within": under - own, "own": own, "by_time": (own - everyone) * seen["quarters"]}
    found = slopes(planted["fidelity"], columns)
    assert found == pytest.approx([-0.6, -0.3, -0.05], abs=EXACT)


def test_some_sites_hand_in_one_row_a_quarter(pressed):
    people, _, table = pressed
    whole = table[table["practitioner_id"].isna()]
    assert whole["site_id"].nunique() == 2
    assert not table.duplicated(["practitioner_id", "site_id", "period_start"]).any()
    of_whole = people[people["site_id"].isin(whole["site_id"])]["practitioner_id"]
    assert not table["practitioner_id"].isin(of_whole).any()


def test_without_conditions_nothing_is_planted(pressed):
    _, seen, table = pressed
    found = with_pressure_effect(seen, table.iloc[:0], {"caseload": -0.6}, {"caseload": 1.0})
    pd.testing.assert_frame_equal(found, seen)


# --- rewards ---


def independent_components(parameters, people, random):
    """Components that do not go together, seen once in each quarter."""
    quarters = [f"{2023 + (n + 3) // 4}Q{(n + 3) % 4 + 1}" for n in range(parameters.quarters)]
    index = pd.MultiIndex.from_product(
        [people["practitioner_id"], quarters, ["preparation", "reflection"]],
        names=["practitioner_id", "quarter", "component"],
    )
    return pd.DataFrame(
        {"fidelity": 70 + 8 * random.standard_normal(len(index))}, index
    ).reset_index()


def test_reward_weights_and_shares_come_back_by_regression():
    weights = {
        "productivity_percent": 6.0, "documentation_compliance": 3.0, "attendance": 2.0,
        "preparation": 4.0, "reflection": 1.0,
    }  # fmt: skip
    truth = RecognitionParameters(weights=weights, noise_sd=3.0, quarters_a_period=1)
    parameters, people, _, _ = grown(sites=40, recognition=truth)
    random = np.random.default_rng(9)
    components = independent_components(parameters, people, random)
    found = simulate_recognition(people, components, parameters, random)
    practice = components.pivot(
        index=["practitioner_id", "quarter"], columns="component", values="fidelity"
    )
    quarter = found.table["period_start"].dt.to_period("Q").astype(str)
    frame = found.table.assign(quarter=quarter).join(practice, on=["practitioner_id", "quarter"])
    names = list(weights)
    scores = (frame[names] - frame[names].mean()) / frame[names].std()
    estimates = slopes(frame["rating"], scores)
    assert estimates == pytest.approx(list(weights.values()), abs=WEIGHT_TOLERANCE)
    # Without correlation a share is the squared correlation with the rating over their sum.
    squared = scores.corrwith(frame["rating"]) ** 2
    assert (squared / squared.sum()).to_dict() == pytest.approx(
        truth.shares, abs=REWARD_SHARE_TOLERANCE
    )
    assert found.truth["seen"].all()
    told = found.truth[names].to_numpy() @ np.array(list(weights.values()))
    assert np.abs(found.truth["told"] - told).max() < EXACT
    rating = 60 + found.truth["told"] + found.truth["noise"]
    assert np.abs(found.table["rating"] - rating).max() <= 0.005 + EXACT


def test_ratings_rest_on_what_was_observed_in_the_period():
    network = simulate_network(NetworkParameters(sites=3, quarters=4), seed=1)
    truth = network.truth["recognition"]
    seen = usual(network.observations)
    start = seen["observed_on"].dt.year.astype(str) + np.where(
        seen["observed_on"].dt.month.between(4, 9), "-04-01", "-10-01"
    )
    start = start.where(seen["observed_on"].dt.month >= 4, "2023-10-01")
    held = set(zip(seen["practitioner_id"], start, strict=True))
    rows = zip(truth["practitioner_id"], truth["period_start"].dt.strftime("%Y-%m-%d"), strict=True)
    assert [row in held for row in rows] == truth["seen"].to_list()
    assert (truth.loc[~truth["seen"], "reflection"] == 0).all()
    assert truth.loc[truth["seen"], "reflection"].mean() == pytest.approx(0, abs=0.01)


def test_productivity_is_that_of_the_working_conditions():
    network = simulate_network(NetworkParameters(sites=3, quarters=4), seed=1)
    known = network.truth["conditions"]
    first = known[known["number"] < 2].groupby("practitioner_id")["productivity_percent"].mean()
    table = network.recognition[network.recognition["period_start"] == "2023-10-01"]
    given = table.set_index("practitioner_id")["productivity_percent"].astype(float)
    assert (given - first.reindex(given.index)).abs().max() <= 0.05 + EXACT


def test_the_default_rewards_productivity_most_and_reflection_least():
    weights = RecognitionParameters().weights
    assert max(weights, key=weights.get) == "productivity_percent"
    assert min(weights, key=weights.get) == "reflection"
    assert sum(RecognitionParameters().shares.values()) == pytest.approx(1.0, abs=EXACT)


# --- the example ---


def test_other_supports_conditions_and_rewards_change_no_other_table():
    small = NetworkParameters(sites=3, quarters=4)
    changes = {
        "supports": SupportParameters(coaching_a_month=2.0, coaching_follows_low=0.0),
        "work_conditions": ConditionParameters(correlation=0.0, share_of_sites_as_whole=0.0),
        "recognition": RecognitionParameters(noise_sd=1.0),
    }
    field = {"work_conditions": "conditions"}
    before = simulate_network(small, 1).tables
    for changed, other in changes.items():
        parameters = dataclasses.replace(small, **{field.get(changed, changed): other})
        now = simulate_network(parameters, 1).tables
        for name in before:
            # Productivity is rewarded: other conditions give other ratings.
            if name not in (changed, "recognition"):
                pd.testing.assert_frame_equal(before[name], now[name])
        assert not before[changed].equals(now[changed])


def test_same_seed_gives_the_same_three_tables(tmp_path):
    small = NetworkParameters(sites=2, quarters=3)
    for place in ("one", "two"):
        write_example(tmp_path / place, small, seed=5)
    for name in ("supports", "work_conditions", "recognition"):
        one, two = (tmp_path / place / f"data/raw/{name}.csv" for place in ("one", "two"))
        assert one.read_bytes() == two.read_bytes()


def test_the_example_has_a_story_that_can_be_read():
    """Sites that fall are coached less and carry more; low observations are followed up."""
    network = simulate_network()
    slope = network.truth["effects"].by_site.set_index("site_id")["slope"]
    rates, pressures = network.truth["supports"], network.truth["conditions"]

    def change(frame, column):
        by_site = frame.groupby(["site_id", "number"])[column].mean().unstack()
        return by_site[[8, 9, 10, 11]].mean(axis=1) - by_site[[0, 1, 2, 3]].mean(axis=1)

    coached, loaded = change(rates, "usual_rate"), change(pressures, "caseload")
    assert coached.corr(slope) > 0.8
    assert loaded.corr(slope) < -0.8
    assert coached[["007", "010"]].max() < 0 < coached["004"]
    assert loaded[["007", "010"]].min() > 0 > loaded["004"]
    assert len(coaching(network.supports)) > 3000
    assert network.supports["triggered_by_observation_id"].notna().sum() > 500
    parameters = network.truth["parameters"]
    assert parameters["recognition"]["weights"]["reflection"] == -1.5
    assert parameters["conditions"]["pressures"]["caseload"]["usual"] == 14


@imports_great_expectations
def test_the_three_tables_pass_every_rule(tmp_path):
    example = write_example(tmp_path, NetworkParameters(sites=2, quarters=3), messy=False)
    extracts = []
    for path in example.files:
        text = read_csv(path, path.name)
        extracts.append(Extract(path.stem, text.frame, text.source, text.fingerprint))
    report = check(extracts, load_schemas(), load_instruments(), dt.date(2026, 10, 1))
    names = ["supports", "work_conditions", "recognition"]
    mine = report.rules[report.rules["table"].isin(names)]
    assert set(mine["table"]) == set(names)
    assert mine["rows_failed"].sum() == 0
    assert not mine["status"].isin(["failed", "error"]).any()


@pytest.mark.parametrize(
    ("make", "entry", "value"),
    [
        (SupportParameters, "share_recertified", 1.2),
        (SupportParameters, "coaching_a_month", -1.0),
        (SupportParameters, "coaching_site_sd", -0.1),
        (ConditionParameters, "correlation", 1.0),
        (ConditionParameters, "pressures", {"caseload": Pressure(14, -1, 0, 0)}),
        (RecognitionParameters, "noise_sd", -1.0),
        (RecognitionParameters, "attendance", (90.0, -2.0, 1.0)),
        (RecognitionParameters, "quarters_a_period", 0),
    ],
)
def test_impossible_parameters_are_refused_by_name(make, entry, value):
    with pytest.raises(ParameterError, match=entry):
        make(**{entry: value})

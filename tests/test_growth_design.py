"""The growth model holds what the observations can carry, and says what it leaves out and why."""

import pandas as pd

from workbench.analysis.growth_design import (
    FEWEST_GROUPS,
    FEWEST_OCCASIONS,
    FEWEST_WITH_A_SLOPE,
    growth_design,
    one_site_each,
)

SLOPES = "(1 + quarters | practitioner_id)"
SITE_SLOPES = "(1 + quarters | site_id)"
RATERS = "(1 | rater_id)"


def observed(sites=10, people=4, quarters=6, raters_a_site=2, roles=("independent", "supervisor")):
    """Everyone observed once a quarter, raters and roles taking turns."""
    rows = []
    for site in range(sites):
        for person in range(people):
            for quarter in range(quarters):
                turn = person + quarter
                rows.append(
                    {
                        "site_id": f"s{site}",
                        "practitioner_id": f"p{site}-{person}",
                        "quarters": quarter + 0.5,
                        "quarter": f"2026Q{quarter}",
                        "rater_id": f"r{site}-{turn % raters_a_site}",
                        "rater_role": roles[turn % len(roles)],
                        "fidelity": 70.0,
                        "weight": 1.0,
                    }
                )
    return pd.DataFrame(rows)


def test_a_full_network_carries_the_full_model():
    design = growth_design(observed())
    assert (
        design.formula == f"fidelity ~ quarters + rater_role + {SLOPES} + {SITE_SLOPES} + {RATERS}"
    )
    assert design.left_out == {}


def test_one_role_needs_no_difference_between_roles():
    design = growth_design(observed(roles=("supervisor",)))
    assert "rater_role" not in design.formula
    assert SITE_SLOPES in design.formula


def test_few_sites_give_no_variance_between_sites():
    design = growth_design(observed(sites=FEWEST_GROUPS - 1))
    assert "site_id" not in design.formula
    assert SLOPES in design.formula
    assert str(FEWEST_GROUPS) in design.left_out["differences between sites"]


def test_sites_too_few_for_slopes_keep_their_levels():
    design = growth_design(observed(sites=FEWEST_WITH_A_SLOPE - 1))
    assert "(1 | site_id)" in design.formula
    assert SITE_SLOPES not in design.formula
    assert f"needs {FEWEST_WITH_A_SLOPE} or more" in design.left_out["slopes of sites"]
    assert "slopes of practitioners" not in design.left_out


def test_each_stay_of_a_practitioner_who_moved_is_one_of_its_own():
    frame = observed()
    mover = frame["practitioner_id"].iloc[0]
    rows = frame.index[frame["practitioner_id"] == mover]
    other = next(site for site in frame["site_id"].unique() if site != frame["site_id"].iloc[0])
    moved = frame.copy()
    moved.loc[rows[-1], "site_id"] = other
    assert growth_design(moved).left_out["practitioners who changed site"].startswith("1 worked")
    stays = one_site_each(moved)
    assert (stays.groupby("practitioner_id")["site_id"].nunique() == 1).all()
    assert stays.loc[rows[-1], "practitioner_id"] == f"{mover} at {other}"
    assert one_site_each(frame).equals(frame)


def test_people_seen_on_too_few_days_keep_their_levels():
    design = growth_design(observed(quarters=FEWEST_OCCASIONS - 1))
    assert "(1 | practitioner_id)" in design.formula
    assert "(1 | site_id)" in design.formula
    assert {"slopes of practitioners", "slopes of sites"} <= set(design.left_out)


def test_days_close_together_are_no_course():
    frame = observed()
    design = growth_design(frame.assign(quarters=frame["quarters"] / 10))
    assert "(1 | practitioner_id)" in design.formula
    assert "slopes of practitioners" in design.left_out


def test_most_of_a_group_must_have_a_course():
    frame = observed(sites=10, people=4)
    long = frame["practitioner_id"].str.endswith("-0")
    design = growth_design(frame[long | (frame["quarters"] < 1)])
    assert "10 of 40" in design.left_out["slopes of practitioners"]
    assert SITE_SLOPES in design.formula


def test_people_seen_once_cannot_be_told_from_one_observation_to_the_next():
    design = growth_design(observed(people=6, quarters=1))
    assert "practitioner_id" not in design.formula
    assert "differences between practitioners" in design.left_out
    assert "change within practitioners" in design.left_out


def test_one_practitioner_a_site_is_told_as_the_site():
    design = growth_design(observed(people=1))
    assert "practitioner_id" not in design.formula
    assert "can't be told apart" in design.left_out["differences between practitioners"]
    assert SITE_SLOPES in design.formula


def test_one_rater_a_site_is_told_as_the_site():
    design = growth_design(observed(raters_a_site=1))
    assert "rater_id" not in design.formula
    assert "can't be told apart" in design.left_out["differences between raters"]


def test_a_rater_of_one_observation_each_is_no_rater():
    frame = observed()
    design = growth_design(frame.assign(rater_id=[f"r{number}" for number in range(len(frame))]))
    assert "rater_id" not in design.formula
    assert "differences between raters" in design.left_out


def test_one_rater_for_all_leaves_nothing_between_raters():
    design = growth_design(observed().assign(rater_id="r"))
    assert "rater_id" not in design.formula


def test_every_reason_is_a_sentence():
    for design in (
        growth_design(observed(sites=2, people=2, quarters=2)),
        growth_design(observed(sites=7, people=1, quarters=3, raters_a_site=1)),
        growth_design(observed(people=1, quarters=1)),
    ):
        assert design.left_out
        for reason in design.left_out.values():
            assert reason.endswith(".")
            assert reason[0].islower() or reason[0].isdigit()

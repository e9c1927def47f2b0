"""The funnel of sites: its limits beside closed forms and R, and what is drawn and said."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workbench.reporting.figures_funnel import sites_funnel
from workbench.reporting.funnel_limits import Funnel, dispersion, fitted_funnel
from workbench.reporting.tables_funnel import (
    BEYOND_INNER,
    BEYOND_OUTER,
    WITHIN,
    funnel_table,
    site_funnel,
    within_site,
)

EXACT = 1e-9
SAME_AS_R = 1e-8
CHANCE = 0.02
REFERENCE = json.loads((Path(__file__).parent / "reference" / "funnel.json").read_text())


def shares(*deviations):
    titles = [
        "Between sites",
        "Between practitioners of a site",
        "From one observation to the next",
    ]
    return pd.DataFrame({"title": titles, "share": 0.3, "std_dev": deviations})


def by_quarter(means, counts, quarter="2026Q3", network=70.0):
    rows = [("network", "", quarter, network, sum(counts))]
    rows += [
        ("site", f"S{n:02}", quarter, *pair)
        for n, pair in enumerate(zip(means, counts, strict=True))
    ]
    frame = pd.DataFrame(
        rows, columns=["scope", "site_id", "quarter", "fidelity", "n_observations"]
    )
    return frame.assign(
        conf_low=frame["fidelity"] - 5,
        conf_high=frame["fidelity"] + 5,
        n_practitioners=9.0,
        suppressed=False,
    )


def sites(count):
    ids = [f"S{n:02}" for n in range(count)]
    return pd.DataFrame({"site_id": ids, "site_name": [f"Site {n + 1}" for n in range(count)]})


def test_limits_are_the_normal_ones_around_the_middle():
    low, high = Funnel(70.0, 10.0).limits(25, 0.95)
    assert (low, high) == pytest.approx(
        (70 - 1.959963984540 * 2, 70 + 1.959963984540 * 2), abs=1e-9
    )
    half = Funnel(70.0, 10.0, 4.0).half_width([4, 16], 0.998)
    assert half == pytest.approx([3.090232306168 * 10, 3.090232306168 * 5], abs=1e-9)


def test_dispersion_and_limits_are_those_of_r():
    about = {key: REFERENCE[key] for key in ("means", "middle", "deviation")}
    funnel = fitted_funnel(observations=REFERENCE["counts"], **about)
    assert funnel.dispersion == pytest.approx(REFERENCE["dispersion"], rel=SAME_AS_R)
    assert float(funnel.half_width(16, 0.95)) == pytest.approx(
        REFERENCE["half_95_of_16"], rel=SAME_AS_R
    )
    assert float(funnel.half_width(9, 0.998)) == pytest.approx(
        REFERENCE["half_998_of_9"], rel=SAME_AS_R
    )


def test_two_far_sites_do_not_set_the_limits_and_chance_never_narrows_them():
    others = [0.5, -0.5] * 20
    far = dispersion([*others, 30.0, -30.0])
    assert far == 1.0
    assert dispersion([3.0] * 10) == pytest.approx(9.0, abs=EXACT)
    assert fitted_funnel([90.0, 50.0], [9, 9], 70.0, 5.0).dispersion == 1.0


def test_as_many_sites_lie_out_by_chance_as_the_limits_say():
    draws = np.random.default_rng(20261123)
    counts = draws.integers(5, 40, 4000)
    means = draws.normal(70.0, 8.0 / np.sqrt(counts))
    funnel = Funnel(70.0, 8.0)
    for part in (0.95, 0.998):
        out = np.mean(np.abs(means - 70.0) > funnel.half_width(counts, part))
        assert out == pytest.approx(1 - part, abs=CHANCE)


def test_each_site_has_its_place_beside_the_limits():
    found = site_funnel(
        by_quarter([70.0, 75.0, 79.0, 70.0], [16, 16, 16, 16]), shares(9.0, 6.0, 8.0), sites(4)
    )
    assert within_site(shares(9.0, 6.0, 8.0)) == pytest.approx(10.0, abs=EXACT)
    assert found.funnel == Funnel(70.0, math.hypot(6.0, 8.0), 1.0)
    # 1.96 * 10 / 4 = 4.9 and 3.09 * 10 / 4 = 7.7 points
    assert found.sites["place"].tolist() == [WITHIN, BEYOND_INNER, BEYOND_OUTER, WITHIN]
    table = funnel_table(found)
    assert table.frame["Site"].tolist() == ["Site 1", "Site 2", "Site 3", "Site 4"]
    assert table.frame["95% limits"].tolist() == ["65% to 75%"] * 4


def test_sites_about_too_few_people_are_counted_and_not_drawn():
    rows = by_quarter([70.0, 75.0, 71.0, 99.0], [16, 16, 16, 3])
    few = rows["site_id"] == "S03"
    hidden = rows.assign(suppressed=few)
    hidden.loc[few, ["fidelity", "n_observations", "n_practitioners"]] = np.nan
    found = site_funnel(hidden, shares(9.0, 6.0, 8.0), sites(4))
    assert found.not_drawn == 1
    picture = sites_funnel(found)
    words = picture.alt_text + picture.caption + repr(funnel_table(found))
    assert "Site 4" not in words
    assert "99%" not in words
    assert words.count("1 site is not drawn") == 3


def test_a_funnel_that_can_not_be_drawn_is_none():
    few = by_quarter([70.0, 75.0], [9, 9])
    many = by_quarter([70.0, 75.0, 71.0], [9, 9, 9])
    without = many.assign(suppressed=many["scope"] == "network")
    assert site_funnel(few, shares(9.0, 6.0, 8.0), sites(2)) is None
    assert site_funnel(many, pd.DataFrame(), sites(3)) is None
    assert site_funnel(without, shares(9.0, 6.0, 8.0), sites(3)) is None


def test_the_picture_names_those_out_ranks_nobody_and_is_the_same_twice():
    made = by_quarter([70.0, 75.0, 79.0, 70.0], [16, 16, 16, 16])
    found = site_funnel(made, shares(9.0, 6.0, 8.0), sites(4))
    first, again = sites_funnel(found), sites_funnel(found)
    assert first.png == again.png
    assert "Site 3 79% of 16 observations, beyond 99.8%" in first.alt_text
    assert "2 of 4 sites lie beyond the 95% limits; about 0.2 would by chance" in first.alt_text
    assert "Site 1" not in first.alt_text

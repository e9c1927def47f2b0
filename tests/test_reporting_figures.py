"""Figures: the same bytes every time, every number also in words, and no name that breaks one."""

import base64
import re
import struct

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

from workbench import terms
from workbench.errors import RunFault
from workbench.reporting import figures, figures_style
from workbench.reporting.disclosure import release_table
from workbench.settings import Privacy

MOST_BYTES = 120_000
TEXT_CONTRAST = 4.5
GRAPHIC_CONTRAST = 3.0
SMALLEST_TYPE = 8.0
HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "Cost $x^$",
    "$\\input{x}$ and $",
    "_hidden",
    "%s {0} \\frac",
    "name\nwith\tbreaks\x00 and \u202ereversed",
    "北京 и Ωmega 🙂",
    "long " * 60,
    "",
]
QUARTERS = ["2025Q3", "2025Q4", "2026Q1", "2026Q2", "2026Q3"]
CUT_OFFS = {"adequate": 65.0, "high": 80.0}


def by_quarter(fidelity=(81.0, 79.0, 78.0, 75.0, 71.4), quarters=QUARTERS, site_id="", **changes):
    values = np.array(fidelity, dtype=float)
    return pd.DataFrame(
        {
            "scope": "site" if site_id else "network",
            "site_id": site_id,
            "quarter": quarters,
            "fidelity": values,
            "conf_low": values - 5,
            "conf_high": values + 5,
            "n_observations": range(30, 30 + len(values)),
            "n_practitioners": 9,
            "share_at_cut_off": 0.7,
        }
    ).assign(**changes)


def trajectory(site_id="", slope=-2.3, state=terms.DRIFTING, **changes):
    row = {
        "scope": "site" if site_id else "network",
        "site_id": site_id,
        "slope": slope,
        "slope_low": slope - 0.8,
        "slope_high": slope + 0.8,
        "level": 71.0,
        "level_low": 67.0,
        "level_high": 75.0,
        "state": state,
        "n_observations": 160,
        "n_practitioners": 9,
        "n_quarters": 5,
    }
    return pd.DataFrame([{**row, **changes}])


def components(titles=("Preparation", "Reflection"), **changes):
    parts = [
        by_quarter(np.linspace(80, 70 - 5 * place, 5)).assign(
            component=f"c{place}", component_title=title
        )
        for place, title in enumerate(titles)
    ]
    return pd.concat(parts, ignore_index=True).assign(**changes)


def driver_scores(title="Coaching", **changes):
    row = {
        "scope": "site",
        "site_id": "S1",
        "driver": "coaching",
        "score": 46.0,
        "conf_low": 39.0,
        "conf_high": 53.0,
        "share_in_place": 0.3,
        "share_not_in_place": 0.4,
        "n_respondents": 7,
        "n_answers": 21,
        "status": terms.NOT_IN_PLACE,
        "previous_score": 52.0,
        "change": -6.0,
        "lowest": 20.0,
        "highest": 70.0,
    }
    levels = [
        ("best_practice", "coa_plan", "Everyone has a coaching plan"),
        ("composite", "competency", "Competency"),
        ("driver", "coaching", title),
    ]
    rows = [{**row, "level": level, "name": name, "title": text} for level, name, text in levels]
    return pd.DataFrame(rows).assign(**changes)


def variances():
    return pd.DataFrame(
        {
            "title": [
                "Between sites",
                "Between practitioners of a site",
                "From one observation to the next",
            ],
            "share": [0.25, 0.25, 0.5],
            "std_dev": [3.0, 3.0, 4.2],
        }
    )


SITES = pd.DataFrame({"site_id": ["S1", "S2"], "site_name": ["Elm", "Ash"], "slug": ["a", "b"]})


def directions(sites=SITES, **changes):
    rows = pd.concat(
        [trajectory("S1"), trajectory("S2", 1.9, terms.STRENGTHENING), trajectory(slope=-0.2)],
        ignore_index=True,
    ).assign(**changes)
    return figures.site_directions(rows, sites, smallest_change=1.0)


def every_picture():
    return {
        "fidelity": figures.fidelity_over_time(by_quarter(), trajectory(), cut_offs=CUT_OFFS),
        "components": figures.components_over_time(components(), cut_offs=CUT_OFFS),
        "directions": directions(),
        "drivers": figures.driver_profile(driver_scores(), site_id="S1", name="Elm"),
        "variation": figures.variance_split(variances()),
    }


def chunks(png):
    place, names = 8, []
    while place < len(png):
        (size,) = struct.unpack(">I", png[place : place + 4])
        names.append(png[place + 4 : place + 8].decode())
        place += 12 + size
    return names


def contrast(colour, ground="#FFFFFF"):
    """Contrast ratio as WCAG 2.1 defines it."""

    def luminance(text):
        channels = [int(text[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [
            value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4
            for value in channels
        ]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted([luminance(colour), luminance(ground)])
    return (high + 0.05) / (low + 0.05)


def test_the_same_numbers_give_the_same_bytes_whatever_the_notebook_has_set():
    first = {name: picture.png for name, picture in every_picture().items()}
    with mpl.rc_context({"font.size": 30, "text.color": "red", "savefig.dpi": 20}):
        second = {name: picture.png for name, picture in every_picture().items()}
        assert mpl.rcParams["font.size"] == 30
    assert first == second


def test_pictures_are_small_and_carry_no_date_or_maker():
    for picture in every_picture().values():
        assert len(picture.png) < MOST_BYTES
        assert set(chunks(picture.png)) <= {"IHDR", "PLTE", "IDAT", "IEND"}


def test_a_picture_shows_in_a_notebook_with_its_words():
    picture = figures.fidelity_over_time(by_quarter(), name="Elm")
    data, about = picture._repr_mimebundle_()
    assert base64.b64decode(data["image/png"]) == picture.png
    assert data["text/plain"] == repr(picture) == picture.alt_text
    assert about["image/png"] == {
        "width": picture.width,
        "height": picture.height,
        "alt": picture.alt_text,
    }
    assert (picture.width, picture.height) == (720, 415)
    assert base64.b64decode(picture.data_uri.split(",")[1]) == picture.png


def test_the_words_hold_trend_last_value_interval_and_n():
    picture = figures.fidelity_over_time(
        by_quarter(site_id="S1"), trajectory("S1"), site_id="S1", name="Elm", cut_offs=CUT_OFFS
    )
    for words in (
        "Elm",
        "5 quarters",
        "In 2026Q3 it was 71% (95% interval 66% to 76%; 34 observations of 9 practitioners)",
        "In 2025Q3 it was 81%",
        "falls by 2.3 points a quarter",
        "−3.1 to −1.5",
        "drifting",
        "Cut-off 'adequate': 65%",
        "Cut-off 'high': 80%",
    ):
        assert words in picture.alt_text


def test_the_words_of_components_name_first_and_last_of_each():
    words = figures.components_over_time(components()).alt_text
    assert "Preparation: from 80% in 2025Q3 to 70% in 2026Q3 (95% interval 65% to 75%" in words
    assert "Reflection: from 80% in 2025Q3 to 65% in 2026Q3" in words


def test_the_words_of_directions_group_sites_by_state_and_never_rank():
    picture = directions()
    assert "Drifting: Elm (−2.3)." in picture.alt_text
    assert "Strengthening: Ash (+1.9)." in picture.alt_text
    assert "The network: drifting, −0.2 (−1.0 to 0.6; 160 observations of 9 practitioners)" in (
        picture.alt_text
    )
    assert picture.data["Site"].tolist() == ["Ash", "Elm", "The network"]


def test_sites_stand_in_the_order_of_their_names_whatever_their_slopes():
    names = ["site 10", "Site 2", "alder", "Birch"]
    sites = pd.DataFrame({"site_id": list("abcd"), "site_name": names, "slug": list("abcd")})
    for slopes in ([3, 2, 1, 0], [0, 1, 2, 3]):
        rows = [trajectory(site, slope) for site, slope in zip("abcd", slopes, strict=True)]
        picture = figures.site_directions(pd.concat(rows), sites, smallest_change=1.0)
        assert picture.data["Site"].tolist() == ["alder", "Birch", "Site 2", "site 10"]


def test_the_words_of_drivers_hold_score_range_respondents_and_last_time():
    words = figures.driver_profile(driver_scores(), site_id="S1", name="Elm").alt_text
    assert "Coaching: 46%, not in place (7 respondents; from 20% to 70%; last time 52%)" in words
    assert "1 best practice in the table" in words


def test_drivers_stand_in_the_fields_own_order():
    table = figures.driver_profile(driver_scores(), site_id="S1").data
    assert table["Driver or best practice"].tolist() == [
        "Competency drivers",
        "Coaching",
        "Everyone has a coaching plan",
    ]
    assert table["Score"].eq("46% (39% to 53%)").all()
    group = figures.driver_profile(driver_scores(), site_id="S1", group="leadership")
    assert "No data" in group.alt_text


def test_a_group_of_drivers_holds_its_own_rows_only():
    other = driver_scores().assign(level="driver", name="leadership", title="Leadership").iloc[:1]
    both = pd.concat([driver_scores(), other], ignore_index=True)
    picture = figures.driver_profile(both, site_id="S1", group="leadership")
    assert picture.data["Driver or best practice"].tolist() == ["Leadership"]
    slide = figures.driver_profile(both, site_id="S1", best_practices=False)
    assert "Everyone has a coaching plan" not in set(slide.data["Driver or best practice"])


def test_a_long_name_is_given_the_lines_that_it_needs():
    name = "Results are looked at often enough to see a change months before a yearly audit would"
    assert "…" not in figures_style.wrapped(name, 45, lines=3)
    assert figures_style.wrapped(name * 3, 45, lines=3).count("\n") == 2


def test_the_cut_offs_of_components_are_named():
    caption = figures.components_over_time(components(), cut_offs=CUT_OFFS).caption
    assert caption.endswith("Dashed lines: cut-offs, adequate 65% and high 80%.")


def test_shares_of_variation_are_told_in_words_and_in_the_table():
    picture = figures.variance_split(variances())
    assert picture.alt_text.endswith(
        "Between sites 25%, Between practitioners of a site 25% and "
        "From one observation to the next 50%."
    )
    assert picture.data["Share of variation"].tolist() == ["25%", "25%", "50%"]


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_breaks_a_figure_or_changes_its_meaning(name):
    sites = SITES.assign(site_name=[name, f"{name} too"])
    pictures = [
        figures.fidelity_over_time(by_quarter(), trajectory(), name=name, cut_offs={name: 60}),
        figures.components_over_time(components(titles=(name, "Teaming")), name=name),
        directions(sites),
        figures.driver_profile(driver_scores(title=name), site_id="S1", name=name),
    ]
    for picture in pictures:
        assert picture.png.startswith(b"\x89PNG")
        assert "\x00" not in picture.alt_text
        assert "\u202e" not in picture.alt_text


@pytest.mark.parametrize("name", ["_hidden", "Cost $x^$", "$a$"])
def test_signs_that_the_drawing_library_reads_are_drawn_as_they_stand(name):
    drawn = figures.fidelity_over_time(by_quarter(), name=name).png
    for other in ("", name.replace("$", "").replace("_", ""), name[1:]):
        assert drawn != figures.fidelity_over_time(by_quarter(), name=other).png


def test_one_quarter_can_be_drawn():
    one = by_quarter([71.4], ["2026Q3"])
    words = figures.fidelity_over_time(one, trajectory(), cut_offs=CUT_OFFS).alt_text
    assert "1 quarter." in words
    assert "In 2026Q3 it was 71%" in words
    assert figures.components_over_time(one.assign(component="a", component_title="A")).png


def test_means_without_any_interval_can_be_drawn():
    frame = by_quarter(conf_low=np.nan, conf_high=np.nan)
    picture = figures.fidelity_over_time(frame, cut_offs=CUT_OFFS)
    assert "(95% interval not estimable;" in picture.alt_text
    assert picture.data["95% interval"].eq("not estimable").all()
    assert figures.components_over_time(components(conf_low=np.nan, conf_high=np.nan)).png


def test_a_line_that_could_not_be_estimated_is_not_drawn():
    nothing = trajectory(slope=np.nan, level=np.nan, state=terms.NOT_ESTIMABLE)
    with_it = figures.fidelity_over_time(by_quarter(), nothing)
    assert with_it.png == figures.fidelity_over_time(by_quarter()).png
    assert "modelled" not in with_it.alt_text


@pytest.mark.parametrize("frame", [pd.DataFrame(), by_quarter().iloc[:0]])
def test_figures_without_rows_say_that_there_are_no_data(frame):
    pictures = [
        figures.fidelity_over_time(frame, frame),
        figures.components_over_time(frame),
        figures.site_directions(frame, SITES, smallest_change=1.0),
        figures.driver_profile(frame),
        figures.variance_split(frame),
    ]
    for picture in pictures:
        assert "No data" in picture.alt_text
        assert picture.data.empty
        assert picture.png.startswith(b"\x89PNG")


def test_a_table_of_another_shape_is_refused_with_its_name():
    with pytest.raises(RunFault, match=r"fidelity_by_quarter lacks conf_low"):
        figures.fidelity_over_time(by_quarter().drop(columns="conf_low"))


def test_a_hidden_quarter_leaves_a_gap_and_is_told():
    frame = by_quarter(n_practitioners=[9, 9, 3, 9, 9])
    released = release_table(frame, Privacy(fewest_practitioners=5))
    picture = figures.fidelity_over_time(released, trajectory())
    assert "1 quarter is not shown: too few practitioners." in picture.alt_text
    hidden = picture.data[picture.data["Quarter"] == "2026Q1"].iloc[0]
    assert (hidden.drop("Quarter") == "[c]").all()
    assert "78%" not in picture.alt_text


def test_a_hidden_site_keeps_its_place_and_shows_nothing():
    rows = [trajectory("S1", n_practitioners=2), trajectory("S2"), trajectory()]
    rows = release_table(pd.concat(rows, ignore_index=True), Privacy(fewest_practitioners=5))
    picture = figures.site_directions(rows, SITES, smallest_change=1.0)
    assert "1 site is not shown" in picture.alt_text
    elm = picture.data[picture.data["Site"] == "Elm"].iloc[0]
    assert (elm.drop("Site") == "[c]").all()


def test_the_network_is_drawn_behind_a_site():
    site = by_quarter(site_id="S1")
    both = pd.concat([site, by_quarter([60, 60, 60, 60, 60])], ignore_index=True)
    alone = figures.fidelity_over_time(site, site_id="S1", cut_offs={"low": 58})
    beside = figures.fidelity_over_time(both, site_id="S1", cut_offs={"low": 58})
    assert alone.png != beside.png
    assert alone.alt_text == beside.alt_text


def test_quarters_are_placed_by_time_with_gaps_left_open():
    labels = pd.Series(["2025Q4", "2026Q1", "2026Q4"])
    places = figures_style.quarter_positions(labels).tolist()
    assert np.diff(places).tolist() == [1, 3]


def test_labels_that_would_overlap_are_moved_apart_in_their_order():
    heights = [70.0, 70.0, 71.0, 40.0, 90.0]
    moved = figures_style.spread_apart(heights, least=4.0)
    assert np.diff(sorted(moved)).min() >= 4.0 - 1e-9
    assert moved[3:] == [40.0, 90.0]
    assert np.argsort(moved, kind="stable").tolist() == [3, 0, 1, 2, 4]


def test_colours_can_be_told_from_the_paper_and_no_two_states_share_a_shape():
    for colour in (
        figures_style.INK,
        figures_style.SOFT_INK,
        figures_style.BLUE,
        figures_style.ORANGE,
    ):
        assert contrast(colour) >= TEXT_CONTRAST
        assert contrast(colour, figures_style.PALER) >= TEXT_CONTRAST - 0.2
    assert contrast(figures_style.GREY) >= GRAPHIC_CONTRAST
    for marks in (figures_style.STATE_MARKS, figures_style.STATUS_MARKS):
        assert len({marker for marker, *_ in marks.values()}) == len(marks)
    assert set(figures_style.STATE_MARKS) == set(terms.STATES)
    assert min(figures_style.SMALL, figures_style.BODY) >= SMALLEST_TYPE


def test_no_causal_word_and_no_rank_stands_in_any_caption():
    forbidden = re.compile(
        r"\b(cause|because|effect|impact|led to|due to|best|worst|rank(ed)? \d)\b"
    )
    for picture in every_picture().values():
        assert not forbidden.search(picture.caption)

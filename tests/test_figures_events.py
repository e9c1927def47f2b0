"""Events and breaks of a series: told in words, marked under the axis, and no line across."""

import numpy as np
import pandas as pd
import pytest

from workbench.reporting import figures, tables
from workbench.reporting import figures_style as style
from workbench.reporting.event_words import Break, Event, Happened, what_happened

QUARTERS = [f"{year}Q{number}" for year in (2025, 2026) for number in (1, 2, 3, 4)]
CLOSE = 1e-9


def by_quarter(site_id="", level=75.0):
    values = np.linspace(level, level - 7, len(QUARTERS))
    return pd.DataFrame(
        {
            "scope": "site" if site_id else "network",
            "site_id": site_id,
            "quarter": QUARTERS,
            "fidelity": values,
            "conf_low": values - 4,
            "conf_high": values + 4,
            "n_observations": 30,
            "n_practitioners": 12,
            "share_at_cut_off": 0.7,
        }
    )


def course(offset=0.0, site_id=""):
    rows = by_quarter(site_id)
    return pd.DataFrame(
        {
            "scope": rows["scope"],
            "site_id": site_id,
            "quarter": QUARTERS,
            "quarters": np.arange(len(QUARTERS)) + 0.5 + offset,
            "level": rows["fidelity"],
            "level_low": rows["conf_low"],
            "level_high": rows["conf_high"],
            "n_practitioners": 12,
        }
    )


def trajectory():
    row = {
        "scope": "network", "site_id": "", "slope": -1.0, "slope_low": -1.4, "slope_high": -0.6,
        "level": 68.0, "level_low": 65.0, "level_high": 71.0, "state": "drifting",
        "n_observations": 240, "n_practitioners": 12, "n_quarters": 8,
    }  # fmt: skip
    return pd.DataFrame([row])


def breaks(*quarters, what="version", site_id=""):
    rows = [
        ("site" if site_id else "network", site_id, quarter, what, "1", "2") for quarter in quarters
    ]
    return pd.DataFrame(rows, columns=["scope", "site_id", "quarter", "what", "before", "now"])


def ledger(kind, acts, coverage=0.9, quarters=QUARTERS):
    return pd.DataFrame(
        {
            "scope": "network",
            "site_id": "",
            "kind": kind,
            "quarter": quarters[: len(acts)],
            "acts": np.array(acts, dtype=float),
            "coverage": coverage,
        }
    )


@pytest.fixture
def drawn(monkeypatch):
    """Every figure that is drawn, to be looked at line by line."""
    seen = []
    stored = style.png_of
    monkeypatch.setattr(style, "png_of", lambda figure: seen.append(figure) or stored(figure))
    return seen


def lines_across(figure, cut):
    """Solid lines and bands of a figure that reach from one side of a place to the other."""
    (axes,) = figure.axes
    solid = [line for line in axes.lines if line.get_linestyle() == "-"]
    spans = [np.asarray(line.get_xdata(), dtype=float) for line in solid]
    spans += [path.vertices[:, 0] for band in axes.collections for path in band.get_paths()]
    return [span for span in spans if span.min() < cut - CLOSE and span.max() > cut + CLOSE]


def place_of(quarter):
    return int(style.quarter_positions(pd.Series([quarter])).iloc[0])


# --- no line across a break ---


@pytest.mark.parametrize("offset", [0.0, 0.5], ids=["middle of quarters", "end of quarters"])
@pytest.mark.parametrize("quarters", [["2025Q4"], ["2025Q2", "2026Q4"], ["2025Q3", "2025Q4"]])
def test_the_modelled_course_and_its_band_stop_at_every_break(drawn, offset, quarters):
    figures.fidelity_over_time(by_quarter(), course=course(offset), breaks=breaks(*quarters))
    for quarter in quarters:
        assert not lines_across(drawn[0], place_of(quarter) - 0.5)
    figures.fidelity_over_time(by_quarter(), course=course(offset))
    assert lines_across(drawn[1], place_of(quarters[-1]) - 0.5)  # else the test sees nothing


def test_the_straight_line_stops_at_a_break_too(drawn):
    figures.fidelity_over_time(by_quarter(), trajectory(), breaks=breaks("2026Q1"))
    assert not lines_across(drawn[0], place_of("2026Q1") - 0.5)
    figures.fidelity_over_time(by_quarter(), trajectory())
    assert lines_across(drawn[1], place_of("2026Q1") - 0.5)


def test_behind_a_site_the_networks_line_stops_at_its_own_breaks_and_the_sites(drawn):
    both = pd.concat([by_quarter("S1"), by_quarter(level=70)], ignore_index=True)
    rulers = pd.concat([breaks("2025Q3"), breaks("2026Q2", site_id="S1")])
    picture = figures.fidelity_over_time(both, site_id="S1", breaks=rulers)
    for quarter in ("2025Q3", "2026Q2"):
        assert not lines_across(drawn[0], place_of(quarter) - 0.5)
    assert "The network's line is open where its own instrument changes." in picture.caption
    assert "2025Q3 on" not in picture.alt_text  # the site itself kept its version then


def test_the_only_quarter_of_a_version_still_shows_its_level(drawn):
    figures.fidelity_over_time(by_quarter(), course=course(), breaks=breaks("2026Q4"))
    (axes,) = drawn[0].axes
    last = [line for line in axes.lines if line.get_linestyle() == "-"][-1]
    assert np.ptp(np.asarray(last.get_xdata(), dtype=float)) > 0


def test_mostly_new_raters_are_an_event_and_no_break(drawn):
    picture = figures.fidelity_over_time(
        by_quarter(), course=course(), breaks=breaks("2026Q1", what="raters")
    )
    assert lines_across(drawn[0], place_of("2026Q1") - 0.5)
    assert "A: more than half of the raters were new in 2026Q1." in picture.alt_text


# --- words ---


def test_breaks_and_events_stand_in_figure_words_and_table_alike(drawn):
    given = ledger("training", [0, 0, 2, 0, 0, 1, 0, 0])
    picture = figures.fidelity_over_time(
        by_quarter(), course=course(), support_ledger=given, breaks=breaks("2026Q1")
    )
    told = (
        "A: training was given in 2025Q3 (2 acts) and 2026Q2 (1 act). "
        "Dotted line: from 2026Q1 on, most observations are by version 2 of the instrument; "
        "before, by version 1. No line is drawn across such a break. The model takes the whole "
        "series as one, so that its slope may hold a difference between the rulers."
    )
    assert told in picture.alt_text
    assert told in picture.caption
    cells = dict(zip(picture.data["Quarter"], picture.data["What happened"], strict=True))
    assert (cells["2025Q3"], cells["2026Q1"], cells["2025Q1"]) == (
        "training",
        "version 2 begins",
        "–",
    )
    texts = {text.get_text() for text in drawn[0].axes[0].texts}
    assert {"Events", "A", "version 2 begins"} <= texts


def test_where_no_model_is_drawn_none_is_spoken_of():
    picture = figures.fidelity_over_time(by_quarter(), breaks=breaks("2026Q1"))
    assert picture.alt_text.endswith("No line is drawn across such a break.")
    assert "model" not in picture.alt_text + picture.caption


def test_the_table_under_the_figure_is_the_one_on_the_page():
    # The page gives numbers once: a table that differed by a column would stand there twice.
    given, rulers = ledger("training", [1]), breaks("2026Q1")
    picture = figures.fidelity_over_time(by_quarter(), support_ledger=given, breaks=rulers)
    happened = what_happened(given, rulers, quarters=QUARTERS)
    pd.testing.assert_frame_equal(
        picture.data, tables.fidelity_table(by_quarter(), "", happened).frame
    )


def test_without_events_a_figure_is_what_it_was():
    bare = figures.fidelity_over_time(by_quarter(), course=course())
    empty = figures.fidelity_over_time(
        by_quarter(), course=course(), support_ledger=pd.DataFrame(), breaks=breaks()
    )
    assert (bare.png, bare.alt_text, bare.caption) == (empty.png, empty.alt_text, empty.caption)
    assert "What happened" not in bare.data


def test_the_same_events_give_the_same_bytes():
    def make():
        return figures.fidelity_over_time(
            by_quarter(),
            course=course(),
            support_ledger=ledger("training", [0, 1]),
            breaks=breaks("2025Q3", "2025Q4"),
        ).png

    assert make() == make()


def test_what_lies_outside_the_quarters_drawn_is_not_told():
    found = what_happened(
        ledger("training", [1] * 6), breaks("2025Q2", "2025Q1"), quarters=["2025Q2", "2025Q3"]
    )
    assert [one.quarter for one in found.events] == ["2025Q2", "2025Q3"]
    assert found.breaks == ()  # before the first quarter drawn there is nothing to break


def test_names_of_near_breaks_stand_in_two_lines(drawn):
    figures.fidelity_over_time(by_quarter(), breaks=breaks("2025Q3", "2025Q4"))
    figures.fidelity_over_time(by_quarter(), breaks=breaks("2025Q2", "2026Q3"))
    heights = [round(float(figure.get_size_inches()[1]), 2) for figure in drawn]
    assert heights == [4.49, 4.32]


def test_a_hostile_version_is_shortened_and_drawn():
    name = "$x^$ <b>\x00" + "W" * 80
    picture = figures.fidelity_over_time(by_quarter(), breaks=breaks("2026Q1").assign(now=name))
    assert "\x00" not in picture.alt_text
    assert len(Break("2026Q1", "1", name, True).label) < 40


# --- which support is an event ---


def test_training_is_an_event_unless_it_comes_all_the_time():
    assert what_happened(ledger("training", [1] * 7)).events == ()
    assert [one.acts for one in what_happened(ledger("training", [0, 3])).events] == [3.0]


def test_certification_is_an_event_where_it_reaches_half_of_those_in_post():
    share = [0.1, 0.5, 0.49, 0.8]
    rows = ledger("recertification", [1, 6, 5, 9], coverage=share)
    found = what_happened(rows)
    assert [one.quarter for one in found.events] == ["2025Q2", "2025Q4"]
    assert "certified again, in 2025Q2 (6 acts) and 2025Q4 (9 acts)." in found.words


@pytest.mark.parametrize(
    ("acts", "quarters"),
    [
        ([20, 22, 19, 60, 21, 20], ["2025Q4"]),
        ([20, 22, 19, 39, 21, 20], []),  # less than twice as much
        ([2, 2, 3, 5, 2, 3], []),  # twice as much, and still what chance gives
        ([20, 60, 20], []),  # too few quarters to know what is usual
    ],
)
def test_coaching_is_an_event_where_it_is_far_above_the_usual(acts, quarters):
    assert [one.quarter for one in what_happened(ledger("coaching", acts)).events] == quarters


def test_what_is_hidden_makes_no_event():
    rows = pd.concat([ledger("training", [1, 2]), ledger("coaching", [20, 20, 20, 80, 20, 20])])
    assert what_happened(rows.assign(suppressed=True)).events == ()
    assert what_happened(rows, site_id="S1").events == ()


def test_letters_follow_the_kinds_there_are_and_share_a_quarter():
    found = Happened((Event("raters", "2026Q1"), Event("training", "2026Q1", 1.0)))
    assert found.letters == {"training": "A", "raters": "B"}
    assert found.marks == {"2026Q1": "A B"}
    assert "What was given is known" not in found.words
    later = Happened(found.events, since="2025Q3").within("2025Q1", "2026Q4")
    assert "What was given is known from 2025Q3 on." in later.words

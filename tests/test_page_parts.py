"""Parts of a page: sites at a glance, measures then and now, hidden cells, names of figures."""

import re
from types import SimpleNamespace

import numpy as np
import pandas as pd

from workbench.findings import Finding, write_findings
from workbench.reporting.disclosure import ReleasedFindings, release
from workbench.reporting.display_table import DisplayTable
from workbench.reporting.finding_words import interval_words, number_and_unit
from workbench.reporting.findings_before import findings_before
from workbench.reporting.page_words import css_text, figure_title, hidden_cells_table
from workbench.reporting.pages import render_network_page, render_site_page
from workbench.reporting.report import QuarterlyReport, Section, SiteLink
from workbench.reporting.site_glance import Bar, seen_in_quarter, site_glances
from workbench.reporting.tables_measures import measures_table
from workbench.settings import Privacy

PRIVACY = Privacy(fewest_practitioners=5)
QUARTERS = ("2026Q3", "2026Q2")
SITES = pd.DataFrame(
    {
        "site_id": ["2", "1"],
        "site_name": ["Elm <b>", "Ash"],
        "slug": ["site-002", "site-001"],
    }
)


def trajectories():
    columns = {
        "scope": ["site", "site"],
        "site_id": ["1", "2"],
        "slope": [-1.0, np.nan],
        "slope_low": [-2.0, np.nan],
        "slope_high": [0.0, np.nan],
        "level": [60.0, np.nan],
        "level_low": [55.0, np.nan],
        "level_high": [65.0, np.nan],
        "state": ["drifting", None],
        "n_observations": [40.0, np.nan],
        "n_practitioners": [9.0, np.nan],
        "n_quarters": [8.0, np.nan],
        "suppressed": [False, True],
    }
    return pd.DataFrame(columns)


def drivers():
    columns = ["scope", "site_id", "level", "title", "score", "status"]
    rows = [
        ("site", "1", "driver", "Coaching", 48.0, "not in place"),
        ("site", "1", "driver", "Training", 83.0, "in place"),
        ("site", "1", "best_practice", "A plan", 10.0, "not in place"),
    ]
    return pd.DataFrame(rows, columns=columns)


def coverage():
    columns = ["scope", "site_id", "quarter", "eligible", "observed", "suppressed"]
    rows = [
        ("site", "1", "2026Q2", 9.0, 4.0, False),
        ("site", "1", "2026Q3", 9.0, 8.0, False),
        ("site", "2", "2026Q3", np.nan, np.nan, True),
    ]
    return pd.DataFrame(rows, columns=columns)


def action():
    columns = ["scope", "site_id", "low_observations", "followed", "suppressed"]
    return pd.DataFrame([("site", "1", 0.0, 0.0, False)], columns=columns)


def glances():
    return site_glances(trajectories(), drivers(), coverage(), action(), SITES)


def finding(name="fidelity.now", estimate=68.0, people=9, unit="percent of the maximum", **more):
    about = {"conf_low": estimate - 2, "conf_high": estimate + 2, **more}
    return Finding(
        name, "How is it?", "Seen.", "", estimate, unit=unit, n=34, n_practitioners=people, **about
    )


def page_of(**more):
    row = pd.DataFrame({"Table": ["sites"], "Rows": ["2"]}, dtype="str")
    about = {
        "network": 'Two <i>Rivers</i> \\ " }',
        "quarter_label": "2026Q3",
        "quarter_dates": "July",
        "findings": release([finding()], PRIVACY),
        "row_accounting": DisplayTable("Rows", row),
    }
    return QuarterlyReport(**{**about, **more})


def test_a_site_stands_in_one_row_in_the_order_of_names():
    ash, elm = glances()
    assert (ash.name, ash.state, ash.slope) == ("Ash", "drifting", "−1.0 (−2.0 to 0.0)")
    # the scale reaches 2.0 * 1.05 = 2.1 points to either side: 50 - 50 * 2 / 2.1
    assert ash.bar == Bar(2.4, 50.0, 26.2)
    assert (ash.level, ash.driver) == ("60% (55% to 65%)", "Coaching, 48%")
    assert (ash.answered, ash.observed) == ("none", "8 of 9")
    assert (elm.slope, elm.level, elm.observed) == ("[c]", "[c]", "[c]")
    assert (elm.bar, elm.driver, elm.answered, elm.state) == (None, "–", "–", "")


def quarterly(**changes):
    """Means of both sites, with the quarter before."""
    rows = [
        ("site", "1", "2026Q3", 62.0, 57.0, 67.0, False),
        ("site", "2", "2026Q2", 50.0, 40.0, 60.0, False),
        ("site", "2", "2026Q3", 71.6, 63.2, 80.0, False),
        ("network", "", "2026Q3", 66.0, 60.0, 72.0, False),
    ]
    names = ["scope", "site_id", "quarter", "fidelity", "conf_low", "conf_high", "suppressed"]
    return pd.DataFrame(rows, columns=names).assign(**changes)


def levels(moving, means):
    none = pd.DataFrame()
    seen_now = seen_in_quarter(means, "2026Q3")
    return [one.level for one in site_glances(moving, none, none, none, SITES, seen_now)]


def test_where_the_model_cannot_tell_the_mean_of_the_quarter_stands_and_says_so():
    unknown = trajectories().assign(suppressed=False)
    assert levels(unknown, quarterly()) == ["60% (55% to 65%)", "72% (63% to 80%), as seen"]
    # a site that the model never met has no row at all
    assert levels(unknown.head(1), quarterly())[1] == "72% (63% to 80%), as seen"


def test_no_mean_stands_in_for_what_is_hidden_or_has_no_interval():
    unknown = trajectories().assign(suppressed=False)
    assert levels(trajectories(), quarterly())[1] == "[c]"
    assert levels(unknown, quarterly(suppressed=True))[1] == "–"
    assert levels(unknown, quarterly(fidelity=np.nan, conf_low=np.nan, conf_high=np.nan))[1] == "–"
    assert levels(unknown, quarterly(conf_low=np.nan))[1] == "–"
    assert levels(unknown, pd.DataFrame())[1] == "–"


def test_sites_at_a_glance_need_no_table_at_all():
    none = pd.DataFrame()
    first, _ = site_glances(none, none, none, none, SITES)
    assert (first.slope, first.level, first.driver, first.observed) == ("–",) * 4


def test_the_networks_page_shows_each_site_at_a_glance_and_links_to_it():
    links = (SiteLink("Ash", "site-001", "drifting"), SiteLink("Elm <b>", "site-002"))
    section = Section("Alike?", glances=glances())
    page = render_network_page(page_of(sections=(section,), site_links=links))
    assert page.index("sites/site-001.html") < page.index("sites/site-002.html")
    assert '<i style="left: 2.4%; width: 47.6%"></i><b style="left: 26.2%"></b>' in page
    assert "−1.0 (−2.0 to 0.0)" in page
    assert "Elm <b>" not in page
    assert "Sites are not ranked" in page
    assert "Fidelity now is by the model, at the end of the quarter; “as seen”" in page
    assert "<li><a href=" in page.split('id="sites"')[0]
    listed = render_network_page(page_of(site_links=links))
    assert '<ul class="sites">' in listed


def test_measures_stand_beside_what_was_published_and_what_it_is_now():
    now = release(
        [finding(), finding("loops.answered", 50.0, people=2), finding("not.followed")], PRIVACY
    )
    before = release([finding(estimate=66.0)], PRIVACY)
    numbers = pd.DataFrame({"site_id": [""], "quarter": ["2026Q2"], "now": [66.4]})
    table = measures_table(now, before, QUARTERS, numbers)
    assert table.frame.loc[0].tolist() == [
        "How is it?", "68% of the maximum", "66% to 70%", "34 observations of 9 practitioners",
        "66% of the maximum", "66%", "reported",
    ]  # fmt: skip
    assert table.frame["Value, 2026Q3"].tolist() == ["68% of the maximum", "[c]"]
    assert table.frame["What can be said"].tolist() == ["reported", "not shown"]
    first = measures_table(now, release([], PRIVACY), ("2026Q3", ""), pd.DataFrame())
    assert "as published" not in " ".join(first.frame.columns)


def test_what_a_finding_was_before_stands_under_it():
    made = page_of(
        before=release([finding(estimate=66.0)], PRIVACY),
        quarter_before="2026Q2",
        findings=release([finding(certainty="higher")], PRIVACY),
    )
    page = render_network_page(made)
    assert "2026Q2, as published: 66% of the maximum (95% interval 64% to 68%)" in page
    assert "By its interval: higher" in page
    count = finding(unit="sites drifting", estimate=2.0, conf_low=None, conf_high=None)
    assert "A count, so that it has no interval" in page_of().beside(count)


def test_only_what_was_released_then_is_read_and_todays_rules_hold(tmp_path):
    kept = [
        finding(),
        finding("plans.faded", people=3),
        finding("x"),
    ]
    write_findings(kept, tmp_path / "released" / "findings" / "all.json")
    before = SimpleNamespace(folder=tmp_path, quarter="2026Q2")
    settings = SimpleNamespace(settings=SimpleNamespace(privacy=PRIVACY))
    results = SimpleNamespace(study=settings, published_before=lambda: before)
    label, found = findings_before(results)
    assert (label, [one.status for one in found]) == (
        "2026Q2",
        ["reported", "suppressed", "reported"],
    )
    assert len(findings_before(results, "S9")[1]) == 0
    nothing = SimpleNamespace(study=settings, published_before=lambda: None)
    assert findings_before(nothing) == ("", ReleasedFindings((), PRIVACY))


def test_cells_that_are_not_shown_are_counted_by_table():
    frame = pd.DataFrame({"Site": ["A", "B"], "Share": ["[c]", "[c]"], "Of": ["3", "[c]"]})
    shown = DisplayTable("Shown", frame.replace("[c]", "1"))
    section = Section("Why?", tables=(DisplayTable("Goals", frame), shown))
    found = hidden_cells_table([section])
    assert found.frame.loc[0].tolist() == ["Goals", "3", "6", "Why?"]
    assert hidden_cells_table([Section("Why?", tables=(shown,))]) is None


def test_figures_are_named_by_their_titles():
    assert figure_title("Do raters score alike? From 1 to 2.", "Elm") == "Do raters score alike?"
    assert figure_title("A: b, 12 quarters. More", "A") == "A: b"
    assert len(figure_title("W" * 500, "")) <= 90


def test_a_name_in_the_style_sheet_stays_a_string():
    page = render_site_page(page_of(site_id="S1", site_name='</style><script>"}*{x:y}'))
    style = page[page.index("<style>") : page.index("</style>")]
    assert "script" not in style
    (content,) = re.findall(r'@top-left \{ content: "([^"]*)"', style)
    assert re.fullmatch(r"(\\[0-9a-f]{6})+", content)
    text = "".join(chr(int(code, 16)) for code in content.split("\\")[1:])
    assert text == '</style><script>"}*{x:y}, 2026Q3'
    assert css_text("") == '""'


def test_a_card_shows_no_rounded_zero_where_the_interval_excludes_it():
    small = finding(estimate=0.04, unit="points a quarter", conf_low=0.01, conf_high=0.07)
    assert number_and_unit(small) == ("+0.04", "points a quarter")
    assert interval_words(small) == "0.01 to 0.07"
    share = finding(estimate=-0.3, unit="percent", conf_low=-0.6, conf_high=-0.1)
    assert number_and_unit(share)[0] == "−0.3%"
    open_one = finding(estimate=0.04, unit="points a quarter", conf_low=-0.1, conf_high=0.2)
    assert number_and_unit(open_one)[0] == "0.0"
    assert number_and_unit(finding(estimate=0.0, conf_low=None, conf_high=None))[0] == "0%"

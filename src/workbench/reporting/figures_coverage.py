"""Figure of coverage: how many practitioners were in post, and how many of them were observed."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from workbench.language import mark, say
from workbench.reporting import figures_style as style
from workbench.reporting import printed
from workbench.reporting.evidence import hidden_rows, names_of_sites, require
from workbench.reporting.figures_labels import draw_key
from workbench.reporting.pictures import Picture
from workbench.reporting.tables_coverage import coverage_table, coverage_words

TITLE = mark("Who was observed, and who was not")
PANEL, ACROSS, MOST_PANELS = 1.55, 3, 12
MARKS = {
    mark("observed"): ("o", style.BLUE, style.BLUE),
    mark("in post"): ("_", style.INK, style.INK),
}


def coverage(quality_coverage: pd.DataFrame, sites: pd.DataFrame, quarter: str) -> Picture:
    """Draw practitioners in post and observed, quarter by quarter: the network, then each site.

    Parameters
    ----------
    quality_coverage
        Released evidence table.
    sites
        Evidence table with ``site_id`` and ``site_name``.
    quarter
        Quarter of the table under the figure.
    """
    rows = require(
        quality_coverage,
        "quality_coverage",
        ["scope", "site_id", "quarter", "eligible", "observed", "share"],
    )
    names = names_of_sites(sites)
    shown = rows[~hidden_rows(rows)]
    places = sorted(shown["site_id"].unique(), key=lambda site: (site != "", names.get(site, "")))
    if not places:
        return style.picture_without_data(say(TITLE), say("nobody's coverage can be shown."))
    drawn = places[:MOST_PANELS]
    panels = {
        printed.short(names.get(site, say("The network")), 28): style.in_order_of_time(
            shown[shown["site_id"] == site]
        )
        for site in drawn
    }
    first = min(int(mine["place"].min()) for mine in panels.values())
    last = max(int(mine["place"].max()) for mine in panels.values())
    lines = -(-len(panels) // ACROSS)
    with style.drawing():
        figure = style.new_figure(0.92 + PANEL * lines)
        style.write_title(
            figure, say(TITLE), say("Practitioners in post and observed in each quarter.")
        )
        for number, (name, mine) in enumerate(panels.items()):
            line, column = divmod(number, ACROSS)
            axes = style.place_axes(
                figure,
                left=0.4 + 2.3 * column,
                right=0.1 + 2.3 * (ACROSS - 1 - column),
                top=1.14 + PANEL * line,
                bottom=0.42 + PANEL * (lines - 1 - line),
            )
            _draw(axes, name, mine)
            style.label_quarters(axes, first, last, most=5)
            if number == 0:
                draw_key(figure, axes, _key(), from_top=0.68)
        png = style.png_of(figure)
    caption = say("The gap between dash and dot is who was in post and was not observed by others.")
    if len(places) > MOST_PANELS:
        caption += say(
            " {places} more in the table.",
            places=printed.counted(len(places) - MOST_PANELS, "places"),
        )
    told = " ".join(
        f"{printed.clean(name)}: {coverage_words(mine)}" for name, mine in panels.items()
    )
    data = coverage_table(quality_coverage, sites, quarter).frame
    return Picture(png, f"{printed.sentence(say(TITLE))} {told}", caption, data)


def _key() -> dict[str, tuple[str, str, str]]:
    return {say(name): look for name, look in MARKS.items()}


def _draw(axes: Axes, name: str, rows: pd.DataFrame) -> None:
    axes.set_title(name, loc="left", fontsize=style.SMALL, fontweight="bold", pad=6)
    style.quiet(axes)
    places = rows["place"].to_numpy()
    eligible, observed = (rows[column].astype("float64") for column in ("eligible", "observed"))
    axes.vlines(places, observed, eligible, color=style.ORANGE, linewidth=1.2, alpha=0.6)
    axes.plot(places, eligible, "_", color=style.INK, markersize=7)
    axes.plot(places, observed, "o", color=style.BLUE, markersize=4)
    axes.set_ylim(0, max(1.0, float(eligible.max())) * 1.12)
    axes.locator_params(axis="y", nbins=4, integer=True)

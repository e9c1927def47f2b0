"""Figure of where the variation of fidelity sits: between sites, people, raters, or within."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from workbench.language import mark, say
from workbench.reporting import figures_style as style
from workbench.reporting import printed
from workbench.reporting.alt_texts import variation_words
from workbench.reporting.evidence import require
from workbench.reporting.pictures import Picture
from workbench.reporting.tables_fidelity import SHARE_COLUMNS, variation_table

TITLE = mark("Where the variation in fidelity sits")
ROW = 0.36
"""Height of a row, in inches."""


def variance_split(variance_shares: pd.DataFrame) -> Picture:
    """Draw the share of the model's variation at each level: sites, practitioners, raters, within.

    Parameters
    ----------
    variance_shares
        Evidence table: ``title``, ``share`` (0 to 1) and ``std_dev`` (points), one row a level.
    """
    shares = require(variance_shares, "variance_shares", SHARE_COLUMNS)
    if shares["share"].notna().sum() == 0:
        return style.picture_without_data(
            say(TITLE), say("there is no growth model that can be used.")
        )
    with style.drawing():
        figure = style.new_figure(1.0 + ROW * len(shares))
        style.write_title(
            figure, say(TITLE), say("Percent of the variation that the model's course leaves.")
        )
        axes = style.place_axes(figure, left=2.75, right=1.0, top=0.62, bottom=0.38)
        axes.set_xlim(0, 100)
        axes.set_ylim(len(shares) - 0.5, -0.5)
        axes.set_yticks([])
        axes.set_xticks([0, 25, 50, 75, 100], ["0%", "25%", "50%", "75%", "100%"])
        style.quiet(axes, grid="x")
        drawn = zip(shares["title"], shares["share"].astype("float64"), strict=True)
        for place, (title, share) in enumerate(drawn):
            _draw_row(axes, place, title, share)
        png = style.png_of(figure)
    caption = say(
        "A large share between sites points to how sites are run; a large share from "
        "one observation to the next, to the single piece of work and how it was scored."
    )
    return Picture(png, variation_words(say(TITLE), shares), caption, variation_table(shares).frame)


def _draw_row(axes: Axes, place: int, title: str, share: float) -> None:
    side = axes.get_yaxis_transform()
    axes.annotate(
        printed.short(say(title), 42),
        (0, place),
        (-8, 0),
        xycoords=side,
        textcoords="offset points",
        ha="right",
        va="center",
    )
    axes.barh(place, share * 100, height=0.5, color=style.BLUE, zorder=2)
    axes.annotate(
        printed.share(share),
        (1, place),
        (10, 0),
        xycoords=side,
        textcoords="offset points",
        va="center",
        fontweight="bold",
    )

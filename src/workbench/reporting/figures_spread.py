"""Figure of how far apart practice stands: between sites, and within practitioners."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from workbench.language import mark, say
from workbench.reporting import figures_style as style
from workbench.reporting import printed
from workbench.reporting.alt_texts_drift import spread_words
from workbench.reporting.evidence import require
from workbench.reporting.figures_bands import draw_course, on_axis
from workbench.reporting.pictures import Picture
from workbench.reporting.tables_drift import BETWEEN_COLUMNS, WITHIN_COLUMNS, spread_table

TITLE = mark("How far apart practice stands")
SPREAD = ("spread", "spread_low", "spread_high")
BETWEEN, WITHIN = mark("Between sites"), mark("Within practitioners")
HEIGHT = 2.75


def spread(
    spread_between_sites: pd.DataFrame, spread_within: pd.DataFrame | None = None
) -> Picture:
    """Draw the spread between sites over time, and small beside it that within practitioners.

    Parameters
    ----------
    spread_between_sites, spread_within
        Evidence tables; one without rows is left out.
    """
    within = pd.DataFrame() if spread_within is None else spread_within
    panels = [
        (name, style.in_order_of_time(rows))
        for name, rows in (
            (BETWEEN, require(spread_between_sites, "spread_between_sites", BETWEEN_COLUMNS)),
            (WITHIN, require(within, "spread_within", WITHIN_COLUMNS)),
        )
        if rows["spread"].notna().any()
    ]
    if not panels:
        return style.picture_without_data(say(TITLE), say("no spread could be estimated or shown."))
    with style.drawing():
        figure = style.new_figure(HEIGHT)
        style.write_title(
            figure, say(TITLE), say("Points of fidelity (standard deviation), with 95% bands.")
        )
        lefts = [(0.45, 3.1), (4.75, 0.45)] if len(panels) == 2 else [(0.45, 1.6)]
        top = _top([rows for _, rows in panels])
        for (left, right), (name, rows) in zip(lefts, panels, strict=True):
            axes = style.place_axes(figure, left=left, right=right, top=0.95, bottom=0.5)
            _draw_panel(axes, name, rows)
            axes.set_ylim(0, top)
        png = style.png_of(figure)
    return Picture(
        png,
        spread_words(say(TITLE), [(say(name), rows) for name, rows in panels]),
        _caption([name for name, _ in panels]),
        spread_table(spread_between_sites, spread_within).frame,
    )


def _caption(names: list[str]) -> str:
    said = {
        BETWEEN: say(
            "Between sites: about two in three lie within this many points of the network’s level."
        ),
        WITHIN: say(
            "Within practitioners: how far one piece of work lies from the next of the same person."
        ),
    }
    width = say("A wide band means that less is known.")
    return " ".join([*(said[name] for name in names), width])


def _top(panels: list[pd.DataFrame]) -> float:
    """Upper end of the scale that both panels share, so that heights can be compared."""
    highest = pd.concat([rows[list(SPREAD)] for rows in panels]).astype("float64").max().max()
    return max(float(highest) * 1.08, 2.0)


def _draw_panel(axes: Axes, name: str, rows: pd.DataFrame) -> None:
    axes.set_title(say(name), loc="left", fontsize=style.BODY, fontweight="bold", pad=7)
    draw_course(axes, on_axis(rows), rows, SPREAD, style.BLUE)
    style.quiet(axes)
    most = 7 if name == BETWEEN else 4
    style.label_quarters(axes, int(rows["place"].iloc[0]), int(rows["place"].iloc[-1]), most=most)
    last = rows[rows["spread"].notna()].iloc[-1]
    axes.annotate(
        printed.number(last["spread"], 1),
        (1, float(last["spread"])),
        (4, 0),
        xycoords=axes.get_yaxis_transform(),
        textcoords="offset points",
        va="center",
        fontsize=style.SMALL,
        fontweight="bold",
        color=style.BLUE,
    )

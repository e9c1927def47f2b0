"""Figure of a site's early warning: what was seen beside what was expected, and the chart."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from workbench.language import mark, say
from workbench.reporting import figures_style as style
from workbench.reporting import printed
from workbench.reporting.alt_texts_drift import chart_words
from workbench.reporting.figures_bands import draw_band
from workbench.reporting.figures_labels import EndLabel, label_ends
from workbench.reporting.pictures import Picture
from workbench.reporting.tables_warning import DOWN, UP, chart_table, points_of_site

NO_CHART = mark("too few quarters are shown for a chart of this site.")
HEIGHT = 4.9
MARKS = {
    "": ("o", style.BLUE),
    DOWN: ("v", style.ORANGE),
    UP: ("^", style.INK),
}
"""Marker and colour of a point by its signal; no two share a shape."""


def control_chart(chart_points: pd.DataFrame, *, site_id: str, name: str = "") -> Picture:
    """Draw a site's quarterly fidelity beside its expectation, and the EWMA with its limits.

    Parameters
    ----------
    chart_points
        Evidence table. ``expected_low`` and ``expected_high`` are drawn where it has them.
    site_id
        Site to draw.
    name
        Its name, as the title prints it.
    """
    title = say("{site}: early warning", site=printed.short(name or site_id, 44))
    rows = points_of_site(chart_points, site_id)
    if rows["ewma"].notna().sum() == 0 or rows["fidelity"].notna().sum() == 0:
        return style.picture_without_data(title, say(NO_CHART))
    rows = style.in_order_of_time(rows)
    first, last = int(rows["place"].iloc[0]), int(rows["place"].iloc[-1])
    with style.drawing():
        figure = style.new_figure(HEIGHT)
        style.write_title(
            figure, title, say("Each quarter beside what the site's own past would suggest.")
        )
        upper = style.place_axes(figure, left=0.5, right=1.62, top=0.9, bottom=2.35)
        lower = style.place_axes(figure, left=0.5, right=1.62, top=3.05, bottom=0.5)
        for axes in (upper, lower):
            style.label_quarters(axes, first, last)
        upper.tick_params(labelbottom=False, bottom=False)
        _draw_fidelity(upper, rows)
        _draw_ewma(lower, rows)
        png = style.png_of(figure)
    caption = say(
        "Above: the line is what was expected, the marks are what was seen. Below: the departures "
        "added up as a running mean (EWMA). Past the dashed limit it is a signal (triangle), and "
        "so is a running sum of departures (CUSUM) past its own limit, which is in the table. A "
        "signal is a reason to ask, not a finding of fault."
    )
    return Picture(png, chart_words(title, rows), caption, chart_table(chart_points, site_id).frame)


def _draw_points(axes: Axes, rows: pd.DataFrame, column: str) -> None:
    for signal, (marker, colour) in MARKS.items():
        drawn = rows[rows["signal"] == signal]
        axes.plot(
            drawn["place"],
            drawn[column].astype("float64"),
            marker,
            color=colour,
            markersize=6 if signal == "" else 8,
            markeredgecolor=style.PAPER,
            markeredgewidth=0.8,
            zorder=4,
        )


def _name_signals(axes: Axes, rows: pd.DataFrame, column: str) -> None:
    """Write 'signal' at the first point of each stretch past a limit."""
    begins = (rows["signal"] != "") & (rows["signal"] != rows["signal"].shift(fill_value=""))
    for row in rows[begins & rows[column].notna()].to_dict("records"):
        is_down = row["signal"] == DOWN
        axes.annotate(
            say("signal"),
            (row["place"], float(row[column])),
            (0, -8 if is_down else 8),
            textcoords="offset points",
            ha="center",
            va="top" if is_down else "bottom",
            fontsize=style.SMALL,
            fontweight="bold",
            color=MARKS[row["signal"]][1],
            zorder=5,
        )


def _draw_fidelity(axes: Axes, rows: pd.DataFrame) -> None:
    has_band = {"expected_low", "expected_high"} <= set(rows.columns)
    values = [rows[name].astype("float64") for name in ("fidelity", "expected")]
    if has_band:
        draw_band(axes, rows["place"], rows["expected_low"], rows["expected_high"], style.INK)
        values += [rows["expected_low"].astype("float64"), rows["expected_high"].astype("float64")]
    axes.plot(rows["place"], values[1], color=style.INK, linewidth=1.5, zorder=2.5)
    axes.set_ylim(*style.percent_limits(*values))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0f}%")
    style.quiet(axes)
    axes.set_title(say("Fidelity"), loc="left", fontsize=style.BODY, fontweight="bold", pad=6)
    _draw_points(axes, rows, "fidelity")
    _name_signals(axes, rows, "fidelity")
    last = rows[rows["fidelity"].notna()].iloc[-1]
    seen, expected = float(last["fidelity"]), float(last["expected"])
    labels = [
        EndLabel(
            seen,
            f"{seen:.0f}%",
            say("seen {quarter}", quarter=last["quarter"]),
            MARKS[last["signal"]][1],
            True,
        ),
        EndLabel(expected, f"{expected:.0f}%", say("expected"), style.INK, True),
    ]
    label_ends(axes, labels)


def _draw_ewma(axes: Axes, rows: pd.DataFrame) -> None:
    ewma, limit = rows["ewma"].astype("float64"), rows["ewma_limit"].astype("float64")
    reach = max(float(ewma.abs().max()), float(limit.max())) * 1.3
    axes.set_ylim(-reach, reach)
    axes.yaxis.set_major_formatter(lambda value, _: printed.number(value, 1, signed=True))
    style.quiet(axes)
    axes.set_title(
        say("Departures added up (EWMA), in standard errors"),
        loc="left",
        fontsize=style.BODY,
        fontweight="bold",
        pad=6,
    )
    axes.axhline(0, color=style.GREY, linewidth=0.9, zorder=1.5)
    for side in (-1, 1):
        axes.plot(
            rows["place"],
            side * limit,
            color=style.SOFT_INK,
            linewidth=0.9,
            linestyle=(0, (5, 4)),
            zorder=1.6,
        )
    axes.plot(rows["place"], ewma, color=style.GREY, linewidth=1.1, zorder=2)
    _draw_points(axes, rows, "ewma")
    last = rows[rows["ewma"].notna()].iloc[-1]
    height, now = float(limit.dropna().iloc[-1]), float(last["ewma"])
    labels = [
        EndLabel(
            side * height, printed.number(side * height, 1, signed=True), words, style.SOFT_INK
        )
        for side, words in ((-1, say("lower limit")), (1, say("upper limit")))
    ]
    text = printed.number(now, 1, signed=True)
    labels.append(EndLabel(now, text, say("now"), MARKS[last["signal"]][1], True))
    label_ends(axes, labels)

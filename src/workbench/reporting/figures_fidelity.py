"""Figure of fidelity over time: quarterly means, the modelled line, and the cut-offs."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes

from workbench.reporting import figures_style as style
from workbench.reporting import printed
from workbench.reporting.alt_texts import fidelity_words
from workbench.reporting.evidence import hidden_rows, rows_of_place
from workbench.reporting.pictures import Picture
from workbench.reporting.tables import MEAN_COLUMNS, TRAJECTORY_COLUMNS, fidelity_table

NO_OBSERVATIONS = "no observations are shown for this place."


def fidelity_over_time(
    fidelity_by_quarter: pd.DataFrame,
    trajectories: pd.DataFrame | None = None,
    *,
    site_id: str = "",
    name: str = "The network",
    cut_offs: Mapping[str, float] | None = None,
) -> Picture:
    """Draw the fidelity of each quarter with its interval, and the modelled line.

    Parameters
    ----------
    fidelity_by_quarter
        Evidence table. On a site's figure the network is drawn behind, as a thin line.
    trajectories
        Evidence table; the line of this place is drawn if it has one.
    site_id
        Site to draw, or empty for the network.
    name
        Name that the title prints.
    cut_offs
        Cut-offs of the instrument, in percent, by name.

    Returns
    -------
    Picture
        Says 'No data' where there is no fidelity to draw.
    """
    title, table = f"{printed.short(name, 48)}: fidelity by quarter", "fidelity_by_quarter"
    rows = style.in_order_of_time(rows_of_place(fidelity_by_quarter, table, site_id, MEAN_COLUMNS))
    if rows["fidelity"].notna().sum() == 0:
        return style.picture_without_data(title, NO_OBSERVATIONS)
    others = None
    if site_id:
        network = style.in_order_of_time(
            rows_of_place(fidelity_by_quarter, table, "", MEAN_COLUMNS)
        )
        others = _within(network, rows)
    line = _line_of_place(trajectories, site_id)
    cut_offs = dict(cut_offs or {})
    with style.drawing():
        figure = style.new_figure(4.15)
        style.write_title(figure, title, "Percent. Dots are quarterly means, with 95% intervals.")
        axes = style.place_axes(figure, left=0.92, right=1.62, top=0.72, bottom=0.9)
        _set_scale(axes, rows, others, line, cut_offs)
        if others is not None:
            _draw_network(axes, others)
        _draw_cut_offs(axes, cut_offs)
        _draw_line(axes, rows, line)
        _draw_means(axes, rows)
        _label_lines(axes, rows, others, line, cut_offs)
        _write_counts(axes, rows)
        png = style.png_of(figure)
    caption = (
        "Each dot is the mean of a quarter; the bar is its 95% interval. A longer bar means that "
        "less is known."
    )
    if line is not None:
        caption += " The line is the model's, which takes into account who was observed, and when."
    alt_text = fidelity_words(title, rows, line, cut_offs)
    return Picture(png, alt_text, caption, fidelity_table(fidelity_by_quarter, site_id).frame)


def _line_of_place(trajectories: pd.DataFrame | None, site_id: str) -> pd.Series | None:
    """Trajectory of the place, or None where there is none that may be drawn."""
    if trajectories is None:
        return None
    rows = rows_of_place(trajectories, "trajectories", site_id, TRAJECTORY_COLUMNS)
    drawable = rows[rows["slope"].notna() & rows["level"].notna()]
    return None if drawable.empty else drawable.iloc[0]


def _set_scale(
    axes: Axes,
    rows: pd.DataFrame,
    others: pd.DataFrame | None,
    line: pd.Series | None,
    cut_offs: Mapping[str, float],
) -> None:
    values = [rows["fidelity"], rows["conf_low"], rows["conf_high"], pd.Series(cut_offs.values())]
    if others is not None:
        values.append(others["fidelity"])
    first, last = int(rows["place"].iloc[0]), int(rows["place"].iloc[-1])
    if line is not None:
        start = line["level"] - line["slope"] * (last - first + 1)
        values.append(pd.Series([start, line["level"], line["level_low"], line["level_high"]]))
    axes.set_ylim(*style.percent_limits(*[value.astype("float64") for value in values]))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0f}%")
    style.quiet(axes)
    style.label_quarters(axes, first, last)


def _draw_means(axes: Axes, rows: pd.DataFrame) -> None:
    axes.vlines(
        rows["place"],
        rows["conf_low"],
        rows["conf_high"],
        color=style.BLUE,
        linewidth=1.4,
        alpha=0.55,
        zorder=3,
    )
    axes.plot(
        rows["place"],
        rows["fidelity"],
        "o",
        color=style.BLUE,
        markersize=6.5,
        markeredgecolor=style.PAPER,
        markeredgewidth=0.8,
        zorder=4,
    )


def _draw_line(axes: Axes, rows: pd.DataFrame, line: pd.Series | None) -> None:
    """Draw the model's line; its level is that of the end of the last quarter."""
    if line is None:
        return
    first, last = rows["place"].iloc[0] - 0.5, rows["place"].iloc[-1] + 0.5
    axes.plot(
        [first, last],
        [line["level"] - line["slope"] * (last - first), line["level"]],
        color=style.INK,
        linewidth=1.5,
        zorder=2.5,
    )
    axes.vlines(
        last, line["level_low"], line["level_high"], color=style.INK, linewidth=1.5, zorder=2.5
    )


def _draw_network(axes: Axes, others: pd.DataFrame) -> None:
    axes.plot(others["place"], others["fidelity"], color=style.GREY, linewidth=1.1, zorder=1.8)


def _within(others: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Take the network's rows in the quarters of the place, a gap where one is missing."""
    places = range(int(rows["place"].iloc[0]), int(rows["place"].iloc[-1]) + 1)
    return others.set_index("place").reindex(places).reset_index()


def _draw_cut_offs(axes: Axes, cut_offs: Mapping[str, float]) -> None:
    for value in cut_offs.values():
        axes.axhline(value, color=style.SOFT_INK, linewidth=0.9, linestyle=(0, (5, 4)), zorder=1.5)


def _label_lines(
    axes: Axes,
    rows: pd.DataFrame,
    others: pd.DataFrame | None,
    line: pd.Series | None,
    cut_offs: Mapping[str, float],
) -> None:
    """Name every line at its right end, in its own colour, with its last value."""
    last = rows[rows["fidelity"].notna()].iloc[-1]
    labels = [(float(last["fidelity"]), f"mean {last['quarter']}", style.BLUE, "bold")]
    if line is not None:
        labels.append((float(line["level"]), "modelled", style.INK, "bold"))
    if others is not None and others["fidelity"].notna().any():
        value = float(others["fidelity"].dropna().iloc[-1])
        labels.append((value, "network", style.SOFT_INK, "normal"))
    for name, value in cut_offs.items():
        labels.append(
            (float(value), f"cut-off: {printed.short(name, 13)}", style.SOFT_INK, "normal")
        )
    low, high = axes.get_ylim()
    heights = style.spread_apart([value for value, *_ in labels], least=(high - low) * 0.062)
    for height, (value, words, colour, weight) in zip(heights, labels, strict=True):
        axes.annotate(
            f"{value:.0f}%",
            (1, height),
            (26, 0),
            xycoords=axes.get_yaxis_transform(),
            textcoords="offset points",
            va="center",
            ha="right",
            color=colour,
            fontsize=style.SMALL,
            fontweight=weight,
        )
        axes.annotate(
            words,
            (1, height),
            (31, 0),
            xycoords=axes.get_yaxis_transform(),
            textcoords="offset points",
            va="center",
            color=colour,
            fontsize=style.SMALL,
        )


def _write_counts(axes: Axes, rows: pd.DataFrame) -> None:
    """Write under each quarter how many observations and practitioners stand behind it."""
    hidden = hidden_rows(rows)
    counts = {"n_observations": ("Observations", -38), "n_practitioners": ("Practitioners", -51)}
    for column, (label, down) in counts.items():
        axes.annotate(
            label,
            (0, 0),
            (-8, down),
            xycoords="axes fraction",
            ha="right",
            va="center",
            textcoords="offset points",
            fontsize=style.SMALL,
            color=style.SOFT_INK,
        )
        for place, count, is_hidden in zip(rows["place"], rows[column], hidden, strict=True):
            text = printed.HIDDEN if is_hidden else printed.number(count)
            axes.annotate(
                text,
                (place, 0),
                (0, down),
                xycoords=axes.get_xaxis_transform(),
                textcoords="offset points",
                ha="center",
                va="center",
                fontsize=style.SMALL,
                annotation_clip=False,
            )

"""Figure of fidelity over time: quarterly means, the modelled course, and the cut-offs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes

from workbench.language import mark, say, say_in
from workbench.reporting import figures_style as style
from workbench.reporting import printed
from workbench.reporting.alt_texts import fidelity_words
from workbench.reporting.event_words import Happened, what_happened
from workbench.reporting.evidence import rows_of_place
from workbench.reporting.figures_bands import draw_course, draw_intervals, on_axis
from workbench.reporting.figures_events import (
    cuts_of,
    draw_breaks,
    draw_events,
    pieces,
    room_of,
    stretches,
)
from workbench.reporting.figures_labels import EndLabel, label_ends, write_counts
from workbench.reporting.pictures import Picture
from workbench.reporting.tables_fidelity import MEAN_COLUMNS, TRAJECTORY_COLUMNS, fidelity_table

NO_OBSERVATIONS = mark("no observations are shown for this place.")
COURSE_COLUMNS = ("quarter", "quarters", "level", "level_low", "level_high")
MEAN = ("fidelity", "conf_low", "conf_high")
LEVEL = ("level", "level_low", "level_high")


@dataclass(frozen=True)
class _Drawn:
    """What is drawn of a place besides its means.

    Attributes
    ----------
    others
        The network's means, behind a site's; None on the network's own figure.
    line
        The place's row of the trajectories, or None.
    course
        The place's modelled course with ``at``, where each level stands; None where only the
        straight line of the trajectories is known.
    cut_offs
        Levels of the instrument.
    happened, of_network
        What happened in the quarters drawn, at the place and in the network.
    """

    others: pd.DataFrame | None
    line: pd.Series | None
    course: pd.DataFrame | None
    cut_offs: dict[str, float]
    happened: Happened
    of_network: Happened


def fidelity_over_time(
    fidelity_by_quarter: pd.DataFrame,
    trajectories: pd.DataFrame | None = None,
    *,
    site_id: str = "",
    name: str = "",
    cut_offs: Mapping[str, float] | None = None,
    course: pd.DataFrame | None = None,
    support_ledger: pd.DataFrame | None = None,
    breaks: pd.DataFrame | None = None,
) -> Picture:
    """Draw the fidelity of each quarter with its interval, and the modelled course.

    Parameters
    ----------
    fidelity_by_quarter
        Evidence table. On a site's figure the network is drawn behind, as a thin line.
    trajectories
        Evidence table; its straight line is drawn where there is no modelled course.
    site_id
        Site to draw, or empty for the network.
    name
        Name that the title prints; the network's if it is empty.
    cut_offs
        Cut-offs of the instrument, in percent, by name.
    course
        Evidence table ``modelled_course``; drawn with its 95% band if it holds this place.
    support_ledger, breaks
        Evidence tables of what was given and of changes of instrument and raters: what stands out
        is marked under its quarter, and no line runs across a change of the instrument.

    Returns
    -------
    Picture
        Says 'No data' where there is no fidelity to draw.
    """
    table = "fidelity_by_quarter"
    title = say("{place}: fidelity by quarter", place=printed.short(name or say("The network"), 48))
    rows = style.in_order_of_time(rows_of_place(fidelity_by_quarter, table, site_id, MEAN_COLUMNS))
    if rows["fidelity"].notna().sum() == 0:
        return style.picture_without_data(title, say(NO_OBSERVATIONS))
    others = None
    if site_id:
        network = style.in_order_of_time(
            rows_of_place(fidelity_by_quarter, table, "", MEAN_COLUMNS)
        )
        others = _within(network, rows)
    drawn = _Drawn(
        others,
        _line_of_place(trajectories, site_id),
        _course_of_place(course, site_id, rows),
        dict(cut_offs or {}),
        what_happened(support_ledger, breaks, site_id, rows["quarter"]),
        what_happened(None, breaks, quarters=rows["quarter"]),
    )
    happened = drawn.happened
    with style.drawing():
        above, below = room_of(happened)
        figure = style.new_figure(4.15 + below + above)
        style.write_title(
            figure, title, say("Percent. Dots are quarterly means, with 95% intervals.")
        )
        axes = style.place_axes(figure, left=0.92, right=1.62, top=0.72 + above, bottom=0.9 + below)
        _set_scale(axes, rows, drawn)
        if others is not None:
            for piece in pieces(others, "place", cuts_of(happened, drawn.of_network)):
                axes.plot(
                    piece["place"], piece["fidelity"], color=style.GREY, linewidth=1.1, zorder=1.8
                )
        _draw_cut_offs(axes, drawn.cut_offs)
        _draw_modelled(axes, rows, drawn)
        draw_intervals(axes, rows, MEAN, style.BLUE)
        label_ends(axes, _labels(rows, drawn))
        write_counts(axes, rows, _counts())
        draw_breaks(axes, happened)
        draw_events(axes, happened)
        png = style.png_of(figure)
    alt_text = fidelity_words(title, rows, drawn.line, drawn.cut_offs, drawn.course)
    data = fidelity_table(fidelity_by_quarter, site_id, happened).frame
    told = _told(drawn)
    return Picture(png, f"{alt_text} {told}".rstrip(), f"{_caption(drawn)} {told}".rstrip(), data)


def _told(drawn: _Drawn) -> str:
    """Say what happened, and what a break means for the model that is drawn."""
    words = drawn.happened.words
    if drawn.happened.breaks and (drawn.course is not None or drawn.line is not None):
        words += say(
            " The model takes the whole series as one, so that its slope may hold a difference "
            "between the rulers."
        )
    return words


def _counts() -> dict[str, str]:
    """Columns of counts, with names that are short enough to stand left of the figure."""
    return {
        "n_observations": say_in("left of a figure", "Observations"),
        "n_practitioners": say_in("left of a figure", "Practitioners"),
    }


def _caption(drawn: _Drawn) -> str:
    caption = say(
        "Each dot is the mean of a quarter; the bar is its 95% interval. A longer bar means that "
        "less is known."
    )
    if drawn.course is not None:
        caption += say(
            " The line is the modelled course with its 95% band, which takes into account who was "
            "observed, and when."
        )
    elif drawn.line is not None:
        caption += say(
            " The line is the model's, which takes into account who was observed, and when."
        )
    if drawn.others is not None and set(cuts_of(drawn.of_network)) - set(cuts_of(drawn.happened)):
        caption += say(" The network's line is open where its own instrument changes.")
    return caption


def _line_of_place(trajectories: pd.DataFrame | None, site_id: str) -> pd.Series | None:
    """Trajectory of the place, or None where there is none that may be drawn."""
    if trajectories is None:
        return None
    rows = rows_of_place(trajectories, "trajectories", site_id, TRAJECTORY_COLUMNS)
    drawable = rows[rows["slope"].notna() & rows["level"].notna()]
    return None if drawable.empty else drawable.iloc[0]


def _course_of_place(
    course: pd.DataFrame | None, site_id: str, rows: pd.DataFrame
) -> pd.DataFrame | None:
    """Modelled course of the place within the quarters drawn, or None where there is none."""
    if course is None:
        return None
    found = rows_of_place(course, "modelled_course", site_id, COURSE_COLUMNS)
    if found["level"].notna().sum() == 0:
        return None
    found = style.in_order_of_time(found)
    within = found["place"].between(rows["place"].iloc[0], rows["place"].iloc[-1])
    found = found.assign(at=on_axis(found))[within]
    return found if found["level"].notna().any() else None


def _set_scale(axes: Axes, rows: pd.DataFrame, drawn: _Drawn) -> None:
    values = [*(rows[name] for name in MEAN), pd.Series(drawn.cut_offs.values())]
    if drawn.others is not None:
        values.append(drawn.others["fidelity"])
    first, last = int(rows["place"].iloc[0]), int(rows["place"].iloc[-1])
    if drawn.course is not None:
        values += [drawn.course[name] for name in LEVEL]
    elif drawn.line is not None:
        line = drawn.line
        start = line["level"] - line["slope"] * (last - first + 1)
        values.append(pd.Series([start, line["level"], line["level_low"], line["level_high"]]))
    axes.set_ylim(*style.percent_limits(*[value.astype("float64") for value in values]))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0f}%")
    style.quiet(axes)
    style.label_quarters(axes, first, last)


def _draw_modelled(axes: Axes, rows: pd.DataFrame, drawn: _Drawn) -> None:
    """Draw the modelled course with its band, or else the straight line to its last level."""
    if drawn.course is not None:
        for piece in pieces(drawn.course, "at", cuts_of(drawn.happened)):
            draw_course(axes, piece["at"], piece, LEVEL, style.INK)
        return
    if drawn.line is None:
        return
    line = drawn.line
    first, last = rows["place"].iloc[0] - 0.5, rows["place"].iloc[-1] + 0.5
    for start, end in stretches(first, last, cuts_of(drawn.happened)):
        levels = [line["level"] - line["slope"] * (last - at) for at in (start, end)]
        axes.plot([start, end], levels, color=style.INK, linewidth=1.5, zorder=2.5)
    axes.vlines(
        last, line["level_low"], line["level_high"], color=style.INK, linewidth=1.5, zorder=2.5
    )


def _within(others: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Take the network's rows in the quarters of the place, a gap where one is missing."""
    places = range(int(rows["place"].iloc[0]), int(rows["place"].iloc[-1]) + 1)
    return others.set_index("place").reindex(places).reset_index()


def _draw_cut_offs(axes: Axes, cut_offs: Mapping[str, float]) -> None:
    for value in cut_offs.values():
        axes.axhline(value, color=style.SOFT_INK, linewidth=0.9, linestyle=(0, (5, 4)), zorder=1.5)


def _labels(rows: pd.DataFrame, drawn: _Drawn) -> list[EndLabel]:
    """Names of the lines at their right ends."""
    last = rows[rows["fidelity"].notna()].iloc[-1]
    mean = say("mean {quarter}", quarter=last["quarter"])
    labels = [_label(last["fidelity"], mean, style.BLUE, bold=True)]
    if drawn.course is not None:
        labels.append(
            _label(drawn.course["level"].dropna().iloc[-1], say("modelled"), style.INK, bold=True)
        )
    elif drawn.line is not None:
        labels.append(_label(drawn.line["level"], say("modelled"), style.INK, bold=True))
    others = drawn.others
    if others is not None and others["fidelity"].notna().any():
        labels.append(_label(others["fidelity"].dropna().iloc[-1], say("network"), style.SOFT_INK))
    for name, value in drawn.cut_offs.items():
        words = say("cut-off: {name}", name=printed.short(name, 13))
        labels.append(_label(value, words, style.SOFT_INK))
    return labels


def _label(value: float, words: str, colour: str, bold: bool = False) -> EndLabel:
    return EndLabel(float(value), f"{value:.0f}%", words, colour, bold)

"""Figures of ownership: the person's and the professionals' view, and plans in order not owned."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from workbench.language import say
from workbench.reporting import figures_style as style
from workbench.reporting import printed
from workbench.reporting.alt_texts_plans import compliance_words, ownership_words, place_title
from workbench.reporting.display_table import records
from workbench.reporting.figures_bands import draw_band
from workbench.reporting.figures_labels import EndLabel, label_ends, write_counts
from workbench.reporting.pictures import Picture
from workbench.reporting.tables_plans_ownership import (
    GAP,
    PERSON,
    PROFESSIONAL,
    compliance_rows,
    compliance_table,
    course_rows,
    ownership_course_table,
    ownership_quarters_table,
    role_rows,
    who_words,
)

PANEL, GAP_PANEL, BETWEEN = 1.75, 0.95, 0.78
"""Heights of a panel and of the gap's, and the room between, in inches."""
ABOVE = 0.95
LOOKS = {PERSON: ("o", style.BLUE, ()), PROFESSIONAL: ("D", style.ORANGE, (5, 2))}
"""Mark, colour and dashes of the two views."""
NUMBERS = ("ownership", "low", "high")


def plan_ownership(
    ownership_course: pd.DataFrame,
    ownership_by_quarter: pd.DataFrame,
    *,
    site_id: str = "",
    name: str = "",
) -> Picture:
    """Draw ownership as the person and as professionals see it, the gap, and its quarters.

    Parameters
    ----------
    ownership_course
        Released evidence table, by the month of a plan; without rows its panels are left out.
    ownership_by_quarter
        Released evidence table.
    site_id, name
        Place of the quarters, and the name that the title prints; that of the network if empty.
    """
    title = say("{place}: whose plan it is", place=place_title(name, site_id, 50))
    course = course_rows(ownership_course)
    course = course[course["ownership"].notna()]
    by_role = role_rows(ownership_by_quarter, site_id)
    quarters = by_role[by_role["respondent_role"].isin(LOOKS) & by_role["ownership"].notna()]
    views, gap = course[course["what"].isin(LOOKS)], course[course["what"] == GAP]
    heights = [
        height
        for height, rows in ((PANEL, views), (GAP_PANEL, gap), (PANEL, quarters))
        if len(rows)
    ]
    if not heights:
        return style.picture_without_data(title, say("no ownership can be shown for this place."))
    with style.drawing():
        room = sum(heights) + BETWEEN * (len(heights) - 1)
        figure = style.new_figure(ABOVE + room + 0.58)
        style.write_title(figure, title, say("Percent of full ownership, with 95% intervals."))
        from_top = ABOVE
        if len(views):
            _draw_views(_panel(figure, from_top, PANEL), views)
            from_top += PANEL + BETWEEN
        if len(gap):
            _draw_gap(_panel(figure, from_top, GAP_PANEL), gap)
            from_top += GAP_PANEL + BETWEEN
        if len(quarters):
            _draw_quarters(_panel(figure, from_top, PANEL), quarters)
        png = style.png_of(figure)
    caption = say(
        "Agreement in a meeting is not ownership. Where professionals see more of it than the "
        "person does, ask the person first."
    )
    data = (
        ownership_course_table(ownership_course)
        if len(views)
        else ownership_quarters_table(ownership_by_quarter, site_id)
    )
    return Picture(png, ownership_words(title, course, by_role), caption, data.frame)


def _panel(figure: Figure, from_top: float, height: float) -> Axes:
    from_bottom = figure.get_size_inches()[1] - from_top - height
    return style.place_axes(figure, left=0.6, right=1.98, top=from_top, bottom=from_bottom)


def _head(axes: Axes, text: str) -> None:
    axes.set_title(text, loc="left", fontsize=style.BODY, fontweight="bold", pad=7)
    style.quiet(axes)


def _months(axes: Axes, rows: pd.DataFrame) -> None:
    last = max(float(rows["months"].max()), 1.0)
    axes.set_xlim(0, last)
    axes.set_xticks([month for month in (0, 3, 6, 9, 12, 18, 24) if month <= last])
    axes.set_xlabel(say("Months since the plan opened"), fontsize=style.SMALL, loc="left")


def _draw_views(axes: Axes, rows: pd.DataFrame) -> None:
    _head(axes, say("As a plan grows older"))
    _months(axes, rows)
    axes.set_ylim(*style.percent_limits(rows["low"], rows["high"]))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0f}%")
    labels = []
    for what, mine in rows.groupby("what", sort=False):
        _, colour, dashes = LOOKS[str(what)]
        draw_band(axes, mine["months"], mine["low"], mine["high"], colour)
        values = mine["ownership"].astype("float64")
        (line,) = axes.plot(mine["months"], values, color=colour, linewidth=1.8, zorder=3)
        if dashes:
            line.set_dashes(dashes)
        last = mine.iloc[-1]
        number = printed.number(last["ownership"], unit="percent")
        labels.append(EndLabel(float(last["ownership"]), number, who_words(what), colour, True))
    label_ends(axes, labels)


def _draw_gap(axes: Axes, rows: pd.DataFrame) -> None:
    _head(axes, say("The gap, in points: professionals less the person, of the same plans"))
    _months(axes, rows)
    numbers = rows[list(NUMBERS)].astype("float64")
    low, high = min(float(numbers.min().min()), 0.0), max(float(numbers.max().max()), 0.0)
    room = max(high - low, 4.0) * 0.12
    axes.set_ylim(low - room, high + room)
    axes.axhline(0, color=style.GREY, linewidth=0.9, zorder=1)
    axes.yaxis.set_major_formatter(lambda value, _: printed.number(value, signed=True))
    draw_band(axes, rows["months"], rows["low"], rows["high"], style.SOFT_INK)
    axes.plot(rows["months"], numbers["ownership"], color=style.SOFT_INK, linewidth=1.6, zorder=3)
    last = rows.iloc[-1]
    number = printed.number(last["ownership"], signed=True)
    label_ends(
        axes, [EndLabel(float(last["ownership"]), number, say("points"), style.SOFT_INK, True)]
    )


def _draw_quarters(axes: Axes, rows: pd.DataFrame) -> None:
    _head(axes, say("By quarter of the rating"))
    rows = rows.assign(place=style.quarter_positions(rows["quarter"]))
    axes.set_ylim(*style.percent_limits(rows["ownership_low"], rows["ownership_high"]))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0f}%")
    style.label_quarters(axes, int(rows["place"].min()), int(rows["place"].max()), most=12)
    labels = []
    for (role, mine), aside in zip(
        rows.groupby("respondent_role", sort=False), (-0.08, 0.08), strict=False
    ):
        marker, colour, _ = LOOKS[str(role)]
        low, high = (mine[f"ownership_{end}"].astype("float64") for end in ("low", "high"))
        axes.vlines(mine["place"] + aside, low, high, color=colour, linewidth=1.4, alpha=0.55)
        values = mine["ownership"].astype("float64")
        axes.plot(mine["place"] + aside, values, marker, color=colour, markersize=5, zorder=3)
        last = mine.iloc[-1]
        plans = printed.counted(last["n_plans"], "plans")
        number = printed.number(last["ownership"], unit="percent")
        words = f"{who_words(role)} ({plans})"
        labels.append(EndLabel(float(last["ownership"]), number, words, colour, True))
    label_ends(axes, labels)


def plan_compliance(compliance: pd.DataFrame, *, site_id: str = "", name: str = "") -> Picture:
    """Draw the share of plans in order that are not owned, by quarter.

    Parameters
    ----------
    compliance
        Released evidence table.
    site_id, name
        Place to draw, and the name that the title prints; that of the network if empty.
    """
    place = place_title(name, site_id, 40)
    title = say("{place}: plans in order and not owned", place=place)
    rows = compliance_rows(compliance, site_id)
    shown = rows[rows["share"].notna()]
    if shown.empty:
        return style.picture_without_data(title, say("no count of such plans can be shown."))
    with style.drawing():
        figure = style.new_figure(3.1)
        style.write_title(
            figure,
            title,
            say("Percent of plans in order whose ownership is weak or falls, with 95% intervals."),
        )
        axes = style.place_axes(figure, left=1.05, right=0.3, top=0.78, bottom=0.98)
        _draw_compliance(axes, rows)
        png = style.png_of(figure)
    caption = say(
        "Meetings are held and papers are as they should be, and still the person does not carry "
        "the plan. This is what a check of compliance does not see."
    )
    return Picture(
        png, compliance_words(title, rows), caption, compliance_table(compliance, site_id).frame
    )


def _draw_compliance(axes: Axes, rows: pd.DataFrame) -> None:
    rows = rows.assign(place=style.quarter_positions(rows["quarter"]))
    shown = rows[rows["share"].notna()]
    low, high = (100 * shown[f"share_{end}"].astype("float64") for end in ("low", "high"))
    axes.set_ylim(0, style.percent_limits(low, high)[1])
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0f}%")
    style.quiet(axes)
    style.label_quarters(axes, int(rows["place"].min()), int(rows["place"].max()), most=12)
    axes.bar(
        shown["place"], 100 * shown["share"].astype("float64"), width=0.5, color=style.ORANGE,
        alpha=0.35, zorder=1.5,
    )  # fmt: skip
    axes.vlines(shown["place"], low, high, color=style.ORANGE, linewidth=1.6, zorder=3)
    for row in records(shown):
        axes.annotate(
            printed.share(row.share),
            (row.place, 100 * row.share_high if printed.is_number(row.share_high) else
             100 * row.share),
            (0, 3),
            textcoords="offset points",
            ha="center",
            fontsize=style.SMALL,
            fontweight="bold",
            color=style.ORANGE,
        )  # fmt: skip
    write_counts(
        axes,
        rows.assign(suppressed=rows["not_owned"].isna()),
        {"not_owned": say("Not owned")},
    )
    write_below(axes, rows)


def write_below(axes: Axes, rows: pd.DataFrame) -> None:
    """Write how many plans were in order under each quarter, in a second line."""
    down = -51
    look = {"fontsize": style.SMALL, "va": "center", "textcoords": "offset points"}
    axes.annotate(
        say("In order"), (0, 0), (-8, down), xycoords="axes fraction", ha="right",
        color=style.SOFT_INK, **look,  # type: ignore[arg-type]
    )  # fmt: skip
    for place, count in zip(rows["place"], rows["in_order"], strict=True):
        axes.annotate(
            printed.number(count) if printed.is_number(count) else printed.HIDDEN,
            (place, 0), (0, down), xycoords=axes.get_xaxis_transform(), ha="center",
            annotation_clip=False, **look,  # type: ignore[arg-type]
        )  # fmt: skip

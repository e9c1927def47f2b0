"""Figure of follow-through: how soon actions are done, by owner and by quarter of agreement."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from workbench.language import say
from workbench.reporting import figures_style as style
from workbench.reporting import printed
from workbench.reporting.alt_texts_plans import place_title, through_words
from workbench.reporting.display_table import records
from workbench.reporting.evidence import require
from workbench.reporting.figures_bands import draw_band
from workbench.reporting.figures_labels import EndLabel, label_ends, write_counts
from workbench.reporting.pictures import Picture
from workbench.reporting.tables_plans import (
    ALL,
    CURVE_COLUMNS,
    DONE_WITHIN,
    MARKS,
    OWNERS,
    follow_through_table,
    in_order,
    owner_words,
    quarter_rows,
    rows_at,
)

CURVES, COURSE, GAP = 2.2, 1.35, 0.95
"""Heights of the curves and of the course by quarter, and the room between, in inches."""
ABOVE, BELOW = 0.98, 0.85
DASHES: dict[str, tuple[float, ...]] = {
    "person": (),
    "family": (5, 2),
    "natural support": (1.2, 1.6),
    "professional": (6, 2, 1.2, 2),
}
COLOURS = {"person": style.BLUE, "professional": style.ORANGE}


def plan_follow_through(
    follow_through_curve: pd.DataFrame,
    follow_through: pd.DataFrame,
    follow_through_by_quarter: pd.DataFrame,
    *,
    site_id: str = "",
    name: str = "",
) -> Picture:
    """Draw the share of actions done by days since they were agreed, and by quarter of agreement.

    Parameters
    ----------
    follow_through_curve
        Released evidence table.
    follow_through
        Released evidence table; its numbers are the picture's data.
    follow_through_by_quarter
        Released evidence table; without rows the course is left out.
    site_id, name
        Place to draw, and the name that the title prints; that of the network if empty.
    """
    place = place_title(name, site_id, 44)
    title = say("{place}: actions done since they were agreed", place=place)
    rows = rows_at(require(follow_through_curve, "follow_through_curve", CURVE_COLUMNS), site_id)
    rows = rows[rows["share"].notna()].sort_values("days", kind="stable")
    rows = in_order(rows, "owner", OWNERS)
    whole = rows[rows["owner"] == ALL]
    if whole.empty:
        reason = say("no follow-through can be shown for this place.")
        return style.picture_without_data(title, reason)
    course = quarter_rows(follow_through_by_quarter, site_id)
    drawn = course[course["share"].notna()]
    with style.drawing():
        below = GAP + COURSE + BELOW if len(drawn) else 0.62
        figure = style.new_figure(ABOVE + CURVES + below)
        style.write_title(
            figure,
            title,
            say("Percent of actions, with 95% bands. An open action is not a failed one."),
        )
        top = _top(rows["share_high"].where(rows["owner"] == ALL, rows["share"]))
        bottom = below
        axes = style.place_axes(figure, left=0.5, right=3.85, top=ABOVE, bottom=bottom)
        _draw_whole(axes, whole, top)
        owners = rows[rows["owner"] != ALL]
        if len(owners):
            axes = style.place_axes(figure, left=3.95, right=1.85, top=ABOVE, bottom=bottom)
            _draw_owners(axes, owners, top)
        if len(drawn):
            axes = style.place_axes(
                figure, left=0.95, right=0.3, top=ABOVE + CURVES + GAP, bottom=BELOW
            )
            _draw_course(axes, course)
        png = style.png_of(figure)
    caption = say(
        "The thick line is the share done so many days after the meeting; days that an action has "
        "still to run are allowed for. The dashed line is the share whose plan closed with the "
        "action undone."
    )
    if len(drawn):
        below_it = say("Below, the day of the meeting sets the quarter in which an action counts.")
        caption = f"{caption} {below_it}"
    return Picture(
        png,
        through_words(title, rows, course),
        caption,
        follow_through_table(follow_through, site_id).frame,
    )


def _top(values: pd.Series) -> float:
    most = values.astype("float64").max()
    return min(100.0, max(30.0, -(-(100 * most + 6) // 10) * 10))


def _prepare(axes: Axes, top: float, title: str) -> None:
    axes.set_xlim(0, 93)
    axes.set_ylim(0, top)
    axes.set_xticks([0, *MARKS], ["0", *map(str, MARKS)])
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0f}%")
    axes.set_xlabel(say("Days since agreed"), fontsize=style.SMALL, loc="left")
    axes.set_title(title, loc="left", fontsize=style.BODY, fontweight="bold", pad=7)
    style.quiet(axes)


def _draw_whole(axes: Axes, rows: pd.DataFrame, top: float) -> None:
    count = rows["n_actions"].max()
    _prepare(axes, top, say("All {actions}", actions=printed.counted(count, "actions")))
    low, high = 100 * rows["share_low"], 100 * rows["share_high"]
    draw_band(axes, rows["days"], low, high, style.BLUE)
    axes.plot(rows["days"], 100 * rows["share"], color=style.BLUE, linewidth=1.9, zorder=3)
    closed = 100 * rows["closed_first"].astype("float64")
    (line,) = axes.plot(rows["days"], closed, color=style.SOFT_INK, linewidth=1.2, zorder=2)
    line.set_dashes((4, 1.8))
    for row in records(rows[rows["days"].isin(MARKS)]):
        axes.plot(row.days, 100 * row.share, "o", color=style.BLUE, markersize=5.5, zorder=4)
        axes.annotate(
            printed.share(row.share),
            (row.days, 100 * row.share_high if printed.is_number(row.share_high) else
             100 * row.share),
            (0, 4),
            textcoords="offset points",
            ha="right" if row.days == MARKS[-1] else "center",
            fontsize=style.SMALL,
            fontweight="bold",
            color=style.BLUE,
            annotation_clip=False,
        )  # fmt: skip
    last = rows.iloc[-1]
    if printed.is_number(last["closed_first"]):
        axes.annotate(
            say("plan closed first {share}", share=printed.share(last["closed_first"])),
            (last["days"], 100 * float(last["closed_first"])),
            (0, 5),
            textcoords="offset points",
            ha="right",
            fontsize=style.SMALL,
            color=style.SOFT_INK,
        )


def _draw_owners(axes: Axes, rows: pd.DataFrame, top: float) -> None:
    _prepare(axes, top, say("By whose action it is"))
    labels = []
    for owner, mine in rows.groupby("owner", sort=False):
        colour = COLOURS.get(str(owner), style.SOFT_INK)
        (line,) = axes.plot(mine["days"], 100 * mine["share"], color=colour, linewidth=1.5)
        dashes = DASHES.get(str(owner), (2, 2))
        if dashes:
            line.set_dashes(dashes)
        last = mine.iloc[-1]
        words = f"{owner_words(owner)} ({printed.number(last['n_actions'])})"
        labels.append(
            EndLabel(100 * float(last["share"]), printed.share(last["share"]), words, colour)
        )
    label_ends(axes, labels, number_width=24.0)


def _draw_course(axes: Axes, course: pd.DataFrame) -> None:
    rows = course.assign(place=style.quarter_positions(course["quarter"]))
    axes.set_title(
        say("Done within {days} days, by the quarter in which it was agreed", days=DONE_WITHIN),
        loc="left",
        fontsize=style.BODY,
        fontweight="bold",
        pad=7,
    )
    shown = rows[rows["share"].notna()]
    axes.set_ylim(*style.percent_limits(100 * shown["share_low"], 100 * shown["share_high"]))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0f}%")
    style.quiet(axes)
    style.label_quarters(axes, int(rows["place"].min()), int(rows["place"].max()))
    axes.vlines(
        shown["place"],
        100 * shown["share_low"],
        100 * shown["share_high"],
        color=style.BLUE,
        linewidth=1.4,
        alpha=0.55,
    )
    axes.plot(shown["place"], 100 * shown["share"], "o", color=style.BLUE, markersize=5, zorder=3)
    hidden = rows.assign(suppressed=rows["share"].isna())
    write_counts(axes, hidden, {"n_actions": say("Actions")})

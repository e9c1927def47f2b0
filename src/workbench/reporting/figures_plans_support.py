"""Figures of who carries a plan: dependence on support, and reminders beside completion."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from workbench.language import mark, say
from workbench.reporting import figures_style as style
from workbench.reporting import printed
from workbench.reporting.alt_texts_plans import dependence_words, place_title, reminders_words
from workbench.reporting.display_table import records
from workbench.reporting.evidence import hidden_rows
from workbench.reporting.figures_bands import draw_band
from workbench.reporting.figures_estimates import draw_estimate, set_scale_about_zero
from workbench.reporting.figures_labels import write_beside, write_counts
from workbench.reporting.pictures import Picture
from workbench.reporting.tables_plans_support import (
    curve_rows,
    dependence_rows,
    dependence_table,
    reminder_rows,
    reminders_table,
    times_words,
    told_multiples,
)
from workbench.reporting.tables_words import is_yes

DEPENDENCE = mark("Do plans move only while they are carried?")
ROW, CURVE = 0.3, 1.5
"""Height of a row, and of the curve, in inches."""
DEPENDS = ("o", style.ORANGE, style.ORANGE)
OTHER = ("s", style.SOFT_INK, style.PAPER)
ENDS = ("index", "index_low", "index_high")
PANEL, BETWEEN = 1.2, 0.5


def plan_dependence(
    dependence: pd.DataFrame,
    dependence_curve: pd.DataFrame,
    sites: pd.DataFrame,
    *,
    site_id: str = "",
) -> Picture:
    """Draw by how much plans move less with half the support, and progress by support.

    Parameters
    ----------
    dependence
        Released evidence table. Sites stand in the order of their names, the network last.
    dependence_curve
        Released evidence table; without rows the curve is left out.
    sites
        Evidence table with ``site_id`` and ``site_name``.
    site_id
        Site to draw beside the network; empty for all.
    """
    title = say(DEPENDENCE)
    rows = dependence_rows(dependence, sites, site_id)
    curve = curve_rows(dependence_curve)
    curve = curve[curve["progress"].notna()]
    if rows["index"].notna().sum() == 0:
        return style.picture_without_data(title, say("no dependence could be told or shown."))
    below = CURVE + 1.42 if len(curve) else 0.5
    with style.drawing():
        figure = style.new_figure(1.02 + ROW * len(rows) + below)
        style.write_title(
            figure,
            title,
            say("Percent by which progress is lower with half the usual support, 95% intervals."),
        )
        axes = style.place_axes(figure, left=1.85, right=1.95, top=0.92, bottom=below)
        _set_scale(axes, rows)
        told = zip(records(rows), hidden_rows(rows), strict=True)
        for place, (row, hidden) in enumerate(told):
            _draw_place(axes, place, row, hidden, len(rows))
        if len(curve):
            top = figure.get_size_inches()[1] - CURVE - 0.55
            axes = style.place_axes(figure, left=0.6, right=1.2, top=top, bottom=0.55)
            _draw_curve(axes, curve)
        png = style.png_of(figure)
    caption = say(
        "Zero: plans move as well with half of their usual professional support. 100%: they stop. "
        "It is an association within plans, and support is often raised when a plan is stuck. No "
        "practitioner and no family is shown."
    )
    data = dependence_table(dependence, sites, site_id).frame
    return Picture(png, dependence_words(title, rows, curve), caption, data)


def _set_scale(axes: Axes, rows: pd.DataFrame) -> None:
    percents = rows.assign(**{name: 100 * rows[name].astype("float64") for name in ENDS})
    words = {-1: say("◂ moves more"), 1: say("moves less ▸")}
    set_scale_about_zero(axes, percents, ENDS, words)
    axes.xaxis.set_major_formatter(lambda value, _: f"{printed.number(value)}%")


def _draw_place(axes: Axes, place: int, row: Any, hidden: bool, count: int) -> None:
    is_network = not row.site_id or pd.isna(row.site_id)
    weight = "bold" if is_network else "normal"
    if is_network and count > 1:
        side, line = axes.get_yaxis_transform(), [place - 0.5] * 2
        axes.plot([-0.5, 1.5], line, transform=side, color=style.PALE, linewidth=0.8, clip_on=False)
    write_beside(axes, place, printed.short(str(row.place), 24), (-10, 0), fontweight=weight)
    look: dict[str, Any] = {"fontsize": style.SMALL}
    if not printed.is_number(row.index):
        words = f"{printed.HIDDEN} {say('too few plans')}" if hidden else say("can’t be said")
        write_beside(axes, place, words, (10, 0), color=style.SOFT_INK, **look)
        return
    flagged = is_yes(row.flagged)
    numbers = tuple(
        100 * float(getattr(row, name)) if printed.is_number(getattr(row, name)) else float("nan")
        for name in ENDS
    )
    draw_estimate(axes, place, numbers, DEPENDS if flagged else OTHER)  # type: ignore[arg-type]
    verdict = say("carried") if flagged else say("none shown")
    words = f"{printed.share(row.index)} {verdict} ({_plans(row.n_plans)})"
    colour = style.ORANGE if flagged else style.SOFT_INK
    strong = "bold" if flagged else "normal"
    write_beside(axes, place, words, (10, 0), color=colour, fontweight=strong, **look)


def _plans(count: Any) -> str:
    if printed.is_number(count):
        return printed.counted(count, "plans")
    return say("{hidden} plans", hidden=printed.HIDDEN)


def _draw_curve(axes: Axes, rows: pd.DataFrame) -> None:
    axes.set_title(
        say(
            "Open actions done in a month, in the whole network, by support beside the plan’s usual"
        ),
        loc="left",
        fontsize=style.BODY,
        fontweight="bold",
        pad=7,
        x=-0.05,
    )
    low, high = (100 * rows[name].astype("float64") for name in ("low", "high"))
    axes.set_ylim(*style.percent_limits(low, high))
    axes.set_xlim(float(rows["relative"].min()), max(float(rows["relative"].max()), 0.3))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0f}%")
    style.quiet(axes)
    draw_band(axes, rows["relative"], low, high, style.BLUE)
    values = 100 * rows["progress"].astype("float64")
    axes.plot(rows["relative"], values, color=style.BLUE, linewidth=1.8, zorder=3)
    told = told_multiples(rows)
    axes.set_xticks(told["relative"].tolist(), [times_words(one) for one in told["relative"]])
    for row in records(told):
        axes.plot(row.relative, 100 * row.progress, "o", color=style.BLUE, markersize=5, zorder=4,
                  clip_on=False)  # fmt: skip
        axes.annotate(
            printed.share(row.progress),
            (row.relative, 100 * row.progress),
            (0, 7),
            textcoords="offset points",
            ha="left" if row.relative == rows["relative"].min() else "center",
            fontsize=style.SMALL,
            fontweight="bold",
            color=style.BLUE,
            annotation_clip=False,
        )


def plan_reminders(
    reminders_by_quarter: pd.DataFrame, *, site_id: str = "", name: str = ""
) -> Picture:
    """Draw reminders for an open action over the share done, quarter by quarter.

    Parameters
    ----------
    reminders_by_quarter
        Released evidence table.
    site_id, name
        Place to draw, and the name that the title prints; that of the network if empty.
    """
    place = place_title(name, site_id, 40)
    title = say("{place}: reminders, and what is done", place=place)
    rows = reminder_rows(reminders_by_quarter, site_id)
    if rows[["reminders", "done"]].notna().sum().sum() == 0:
        reason = say("no reminders can be shown for this place.")
        return style.picture_without_data(title, reason)
    rows = rows.assign(place=style.quarter_positions(rows["quarter"]))
    with style.drawing():
        figure = style.new_figure(0.98 + 2 * PANEL + BETWEEN + 0.9)
        style.write_title(figure, title, say("Both for an open action and a month, 95% intervals."))
        heads = {
            "reminders": (say("Reminders"), 1.0, style.ORANGE, "D"),
            "done": (say("Share done"), 100.0, style.BLUE, "o"),
        }
        for panel, (column, look) in enumerate(heads.items()):
            axes = style.place_axes(
                figure,
                left=0.75,
                right=0.3,
                top=0.92 + panel * (PANEL + BETWEEN),
                bottom=0.96 + (1 - panel) * (PANEL + BETWEEN),
            )
            _draw_measure(axes, rows, column, look)
            if column == "done":
                write_counts(
                    axes, rows.assign(suppressed=rows["n_plans"].isna()), {"n_plans": say("Plans")}
                )
            else:
                axes.tick_params(labelbottom=False)
        png = style.png_of(figure)
    caption = say(
        "Where reminders rise while what is done does not, staff may be holding the plan together. "
        "From outside such a plan still looks active."
    )
    data = reminders_table(reminders_by_quarter, site_id).frame
    return Picture(png, reminders_words(title, rows), caption, data)


def _draw_measure(
    axes: Axes, rows: pd.DataFrame, column: str, look: tuple[str, float, str, str]
) -> None:
    words, scale, colour, marker = look
    axes.set_title(words, loc="left", fontsize=style.BODY, fontweight="bold", pad=6)
    low, high = (scale * rows[f"{column}_{end}"].astype("float64") for end in ("low", "high"))
    values = scale * rows[column].astype("float64")
    most = pd.concat([values, high]).max()
    axes.set_ylim(0, float(most) * 1.22 if pd.notna(most) and most > 0 else 1.0)
    if scale > 1:
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0f}%")
    style.quiet(axes)
    style.label_quarters(axes, int(rows["place"].min()), int(rows["place"].max()), most=12)
    axes.vlines(rows["place"], low, high, color=colour, linewidth=1.4, alpha=0.55)
    axes.plot(rows["place"], values, color=colour, linewidth=1.1, alpha=0.6)
    axes.plot(rows["place"], values, marker, color=colour, markersize=5, zorder=3)
    known = rows[values.notna()]
    for row in records(known.iloc[[0, -1]]) if len(known) else ():
        value = getattr(row, column)
        top = getattr(row, f"{column}_high")
        axes.annotate(
            printed.share(value) if scale > 1 else printed.number(value, 1),
            (row.place, scale * (top if printed.is_number(top) else value)),
            (0, 3),
            textcoords="offset points",
            ha="center",
            fontsize=style.SMALL,
            fontweight="bold",
            color=colour,
        )

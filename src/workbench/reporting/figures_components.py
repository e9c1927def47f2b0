"""Figure of the components of practice over time, in panels that share one scale."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from workbench import wording
from workbench.language import say
from workbench.reporting import figures_style as style
from workbench.reporting import printed
from workbench.reporting.alt_texts import components_words
from workbench.reporting.evidence import rows_of_place
from workbench.reporting.figures_axes import LeanAxes
from workbench.reporting.figures_fidelity import NO_OBSERVATIONS
from workbench.reporting.pictures import Picture
from workbench.reporting.tables_fidelity import MEAN_COLUMNS, components_table

COMPONENT_COLUMNS = ("component", "component_title", *MEAN_COLUMNS)


def components_over_time(
    components_by_quarter: pd.DataFrame,
    *,
    site_id: str = "",
    name: str = "",
    cut_offs: Mapping[str, float] | None = None,
) -> Picture:
    """Draw each component's fidelity by quarter, in panels that share one scale.

    Parameters
    ----------
    components_by_quarter
        Evidence table. Panels stand in the order of its components.
    site_id, name, cut_offs
        As in :func:`fidelity_over_time`.
    """
    place = printed.short(name or say("The network"), 42)
    title = say("{place}: the components of practice", place=place)
    rows = style.in_order_of_time(
        rows_of_place(components_by_quarter, "components_by_quarter", site_id, COMPONENT_COLUMNS)
    )
    if rows["fidelity"].notna().sum() == 0:
        return style.picture_without_data(title, say(NO_OBSERVATIONS))
    order = components_by_quarter["component"].drop_duplicates()
    components = [each for each in order if each in set(rows["component"])]
    across = 3 if len(components) > 4 or len(components) == 3 else min(len(components), 2)
    with style.drawing():
        figure, panels = _panels(len(components), across)
        style.write_title(
            figure, title, say("Percent of the highest possible score, with 95% intervals.")
        )
        panels[0].set_ylim(
            *style.percent_limits(rows["fidelity"], rows["conf_low"], rows["conf_high"])
        )
        style.label_quarters(panels[0], rows["place"].min(), rows["place"].max(), most=5)
        for panel, component in zip(panels, components, strict=True):
            _draw_component(panel, rows[rows["component"] == component], dict(cut_offs or {}))
        png = style.png_of(figure)
    caption = say(
        "Every panel has the same scale, so that heights can be compared across components."
    )
    if cut_offs:
        levels = [
            f"{printed.clean(level)} {value:.0f}%"
            for level, value in sorted(cut_offs.items(), key=lambda entry: entry[1])
        ]
        caption += say(" Dashed lines: cut-offs, {levels}.", levels=wording.one_of(levels))
    return Picture(
        png,
        components_words(title, rows, components),
        caption,
        components_table(components_by_quarter, site_id).frame,
    )


def _panels(count: int, across: int) -> tuple[Figure, list[Axes]]:
    """Figure with so many panels in rows; each column names the quarters under its last panel."""
    down = -(-count // across)
    height = 1.3 + 1.55 * down
    figure = style.new_figure(height)
    grid = figure.subplots(
        down,
        across,
        sharex=True,
        sharey=True,
        squeeze=False,
        subplot_kw={"axes_class": LeanAxes},
    )
    figure.subplots_adjust(
        left=0.06, right=0.95, top=1 - 0.95 / height, bottom=0.5 / height, wspace=0.24, hspace=0.36
    )
    panels = list(grid.ravel())
    for place, panel in enumerate(panels):
        panel.set_visible(place < count)
        panel.tick_params(labelbottom=place + across >= count, bottom=place + across >= count)
    return figure, panels[:count]


def _draw_component(panel: Axes, rows: pd.DataFrame, cut_offs: Mapping[str, float]) -> None:
    title = style.wrapped(str(rows["component_title"].iloc[0]), 28, lines=1)
    panel.set_title(title, loc="left", fontsize=style.BODY, fontweight="bold", pad=7)
    for value in cut_offs.values():
        panel.axhline(value, color=style.SOFT_INK, linewidth=0.7, linestyle=(0, (5, 4)), zorder=1)
    panel.plot(rows["place"], rows["fidelity"], color=style.GREY, linewidth=1.1, zorder=2)
    panel.vlines(
        rows["place"],
        rows["conf_low"],
        rows["conf_high"],
        color=style.BLUE,
        linewidth=1.1,
        alpha=0.45,
        zorder=3,
    )
    panel.plot(rows["place"], rows["fidelity"], "o", color=style.BLUE, markersize=4, zorder=4)
    panel.yaxis.set_major_formatter(lambda value, _: f"{value:.0f}%")
    style.quiet(panel)
    drawn = rows[rows["fidelity"].notna()]
    if not drawn.empty:
        last = drawn.iloc[-1]
        panel.annotate(
            f"{last['fidelity']:.0f}%",
            (last["place"], last["fidelity"]),
            (6, 0),
            textcoords="offset points",
            va="center",
            fontsize=style.SMALL,
            zorder=5,
            fontweight="bold",
            color=style.BLUE,
            annotation_clip=False,
        )

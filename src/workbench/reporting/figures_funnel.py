"""Figure of the sites beside one another: fidelity by how much was observed, with limits."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from workbench import wording
from workbench.language import mark, say
from workbench.reporting import figures_style as style
from workbench.reporting import printed
from workbench.reporting.display_table import records
from workbench.reporting.figures_labels import EndLabel, label_ends, write_off
from workbench.reporting.funnel_limits import INNER, OUTER
from workbench.reporting.pictures import Picture
from workbench.reporting.tables_funnel import (
    BEYOND_INNER,
    BEYOND_OUTER,
    WITHIN,
    SiteFunnel,
    apart_words,
    funnel_table,
    not_drawn_words,
)

TITLE = mark("Sites beside one another: fidelity and how much was observed")
MARKS = {
    WITHIN: ("o", style.SOFT_INK, style.PAPER),
    BEYOND_INNER: ("D", style.BLUE, style.PAPER),
    BEYOND_OUTER: ("D", style.BLUE, style.BLUE),
}
"""Marker, edge and fill; a site that lies out is named too."""
STEPS = 160


def sites_funnel(found: SiteFunnel) -> Picture:
    """Draw each site's mean over its observations, the network's mean and the limits around it.

    Parameters
    ----------
    found
        The sites and their limits; sites about too few people are not among them.

    Returns
    -------
    Picture
        Sites beyond a limit are named; no site has a rank.
    """
    with style.drawing():
        figure = style.new_figure(4.3)
        style.write_title(
            figure,
            say(TITLE),
            say(
                "Percent, {quarter}. Lines: limits within which 95% and 99.8% of sites lie.",
                quarter=found.quarter,
            ),
        )
        axes = style.place_axes(figure, left=0.72, right=1.45, top=0.72, bottom=0.62)
        _draw_limits(axes, found)
        for place, (marker, edge, fill) in MARKS.items():
            rows = found.sites[found.sites["place"] == place]
            axes.plot(
                rows["n_observations"],
                rows["fidelity"],
                marker,
                color=edge,
                markerfacecolor=fill,
                markersize=7,
                markeredgewidth=1.3,
                zorder=4,
            )
        _name_those_out(axes, found)
        png = style.png_of(figure)
    caption = say(
        "Each mark is a site; those further right were observed more, and chance moves "
        "them less. The grey band holds 95% of sites if they differ by chance alone; "
        "the lines allow for sites that differ a little all over. A site beyond a line "
        "is one to learn from or to ask about, not one to blame."
    )
    caption = f"{caption} {not_drawn_words(found.not_drawn)}".rstrip()
    return Picture(png, _alt_text(found), caption, funnel_table(found).frame)


def _draw_limits(axes: Axes, found: SiteFunnel) -> None:
    funnel, counts = found.funnel, found.sites["n_observations"].astype("float64")
    first, last = max(1.0, counts.min() * 0.75), counts.max() * 1.06
    along = np.linspace(first, last, STEPS)
    chance = funnel.by_chance_alone.half_width(along, INNER)
    axes.fill_between(
        along,
        funnel.middle - chance,
        funnel.middle + chance,
        color=style.PALER,
        linewidth=0,
        zorder=1,
    )
    axes.axhline(funnel.middle, color=style.INK, linewidth=1.2, zorder=1.5)
    labels = [
        EndLabel(funnel.middle, f"{funnel.middle:.0f}%", say("network"), style.INK, bold=True)
    ]
    for part, dashes, words in ((INNER, (0, (5, 4)), "95%"), (OUTER, "solid", "99.8%")):
        half = funnel.half_width(along, part)
        for side in (-1, 1):
            ends = funnel.middle + side * half
            axes.plot(along, ends, color=style.SOFT_INK, linewidth=1, linestyle=dashes, zorder=1.6)
            if 0 < ends[-1] < 100:
                labels.append(EndLabel(float(ends[-1]), words, say("limit"), style.SOFT_INK))
    inner = funnel.half_width(along[0], INNER)
    values = pd.Series([funnel.middle - inner, funnel.middle + inner])
    axes.set_ylim(*style.percent_limits(found.sites["fidelity"], values.clip(0, 100)))
    axes.set_xlim(first, last)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0f}%")
    axes.locator_params(axis="x", integer=True)
    axes.set_xlabel(say("Observations in the quarter"), fontsize=style.SMALL)
    style.quiet(axes)
    low, high = axes.get_ylim()
    label_ends(axes, [label for label in labels if low <= label.height <= high])


def _name_those_out(axes: Axes, found: SiteFunnel) -> None:
    middle = float(np.mean(axes.get_xlim()))
    for row in records(found.sites[found.sites["place"] != WITHIN]):
        left = row.n_observations > middle
        write_off(
            axes,
            printed.short(str(row.name), 24),
            (float(row.n_observations), float(row.fidelity)),
            (-8 if left else 8, 0),
            axes.transData,
            ha="right" if left else "left",
            va="center",
            fontsize=style.SMALL,
        )


def _alt_text(found: SiteFunnel) -> str:
    out = [
        say(
            "{site} {fidelity} of {observations}, {place}",
            site=printed.clean(row.name),
            fidelity=printed.number(row.fidelity, unit="percent"),
            observations=printed.counted(row.n_observations, "observations"),
            place=say(row.place),
        )
        for row in records(found.sites[found.sites["place"] != WITHIN])
    ]
    middle = printed.number(found.funnel.middle, unit="percent")
    mean = say("The network's mean is {middle}.", middle=middle)
    named = say(" Beyond: {sites}.", sites=wording.one_of(out)) if out else ""
    left_out = not_drawn_words(found.not_drawn)
    return f"{say(TITLE)}. {mean} {apart_words(found)}{named} {left_out}".strip()

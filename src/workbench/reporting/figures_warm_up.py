"""What every report needs and no report changes, done before: typefaces, templates, numbers.

A process that forks kernels does it once for all of them. A report that is made without it is the
same, and a little later.
"""

from __future__ import annotations

from typing import Any

from matplotlib.figure import Figure

from workbench.reporting import figures_style as style
from workbench.reporting import printed
from workbench.reporting.figures_drivers import BEST_PRACTICE_WIDTH
from workbench.reporting.figures_labels import draw_key, write_off
from workbench.reporting.pages import environment_of
from workbench.resources import resource_files
from workbench.yaml_files import read_yaml

PAGES = ("network.html.j2", "site.html.j2")
DRIVERS = "driver_assessment_v*.yml"
MOST_COUNTED = 100


def warm_up() -> None:
    """Compile the templates that came with the workbench, and draw numbers and best practices."""
    templates = environment_of(None)
    for name in PAGES:
        templates.get_template(name)
    with style.drawing():
        style.png_of(_figure_of_numbers())


def _figure_of_numbers() -> Figure:
    """Draw what stands in most figures: quarters, a key, and every whole percent."""
    figure = style.new_figure(4.0)
    style.write_title(figure, "Numbers", "Percent.")
    axes = style.place_axes(figure, left=1.0, right=1.0, top=1.0, bottom=1.0)
    style.quiet(axes)
    style.label_quarters(axes, 0, 15)
    axes.plot([0, 15], [0, 100], "o-", color=style.BLUE)
    axes.vlines([1, 2], 0, 100, color=style.PALE)
    axes.hlines([1, 2], 0, 10, color=style.PALE)
    draw_key(figure, axes, style.STATUS_MARKS, from_top=0.68)
    for weight in ("normal", "bold"):
        for text in (printed.HIDDEN, *(f"{number}%" for number in range(101)), *_counts()):
            write_off(
                axes,
                text,
                (1, 0),
                (0, 0),
                axes.transAxes,
                fontsize=style.SMALL,
                fontweight=weight,
            )
    for text in _best_practices():
        figure.text(0, 0, text, fontsize=style.SMALL)
    return figure


def _counts() -> list[str]:
    return [str(number) for number in range(MOST_COUNTED)]


def _best_practices() -> list[str]:
    """Write each best practice as the figure of the drivers does."""
    schemas = resource_files("data/schemas/instruments", DRIVERS)
    items: list[Any] = [item for path in schemas for item in read_yaml(path)["items"].values()]
    return [style.wrapped(item["wording"], BEST_PRACTICE_WIDTH, lines=3) for item in items]

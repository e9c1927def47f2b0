"""What the figure of power shows, in words from the very numbers that it draws."""

from __future__ import annotations

import pandas as pd

from workbench.language import say
from workbench.reporting import printed
from workbench.reporting.display_table import records
from workbench.reporting.tables_power import SCOPES, each_words


def powers_words(title: str, rows: pd.DataFrame, wanted: float) -> str:
    """Alternative text: each line of each panel, point by point, and the plan in use.

    Parameters
    ----------
    title
        Of the figure.
    rows
        Rows drawn, with ``present``.
    wanted
        The power that is marked, as a share.
    """
    marked = say("{power} is marked.", power=printed.share(wanted))
    parts = [f"{printed.clean(title)}. {marked}"]
    for scope, own in rows.groupby("scope", sort=True):
        for quarters, line in own.groupby("quarters", sort=True):
            line = line.sort_values("observations_a_quarter")
            told = [
                f"{each_words(row.observations_a_quarter)}: {printed.share(row.power)}"
                for row in records(line)
                if printed.is_number(row.power)
            ]
            points = ", ".join(told) or say("can’t be said")
            parts.append(
                say(
                    "{scope}, {quarters} quarters: {points}.",
                    scope=say(SCOPES[str(scope)]),
                    quarters=quarters,
                    points=points,
                )
            )
    for row in rows[rows["present"]].itertuples():
        if printed.is_number(row.power):
            power = printed.share(row.power)
            scope = say(SCOPES[str(row.scope)])
            parts.append(say("{scope}, the plan in use: {power}.", scope=scope, power=power))
    return " ".join(parts)

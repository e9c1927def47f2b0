"""Words that the tables about the organisation share: names in order, days, shares, statuses."""

from __future__ import annotations

from typing import Any

import pandas as pd

from workbench import terms, wording
from workbench.language import mark, say
from workbench.reporting import printed
from workbench.reporting.evidence import names_of_sites

NOT_ASSESSED = mark("not assessed before")
WITHHELD = mark("withheld")
SIGNS = {
    terms.IN_PLACE: "●",
    terms.PARTLY_IN_PLACE: "◆",
    terms.NOT_IN_PLACE: "▼",
    NOT_ASSESSED: "○",
}
"""The shape that a figure draws for each status, as a sign."""
LEVELS = (mark("practice"), mark("site"), mark("region"), mark("network"))
"""Levels of teams, from the lowest up."""
ROLES = {
    "practitioner": mark("Practitioners"),
    "supervisor": mark("Supervisors"),
    "manager": mark("Managers"),
    "leader": mark("Leaders"),
    "consensus": mark("Agreed on in a group"),
}
"""Roles of respondents in the field's order, in the plural."""
DRIVERS = tuple(driver for members in terms.COMPOSITES.values() for driver in members)


def by_name(rows: pd.DataFrame, sites: pd.DataFrame) -> pd.DataFrame:
    """Add ``place``, the name of each row's site, and sort by it; sites are never ranked."""
    names = rows["site_id"].map(names_of_sites(sites)).fillna(rows["site_id"]).astype("str")
    return rows.assign(place=names).sort_values(
        "place", key=printed.in_order_of_names, kind="stable", ignore_index=True
    )


def by_driver(rows: pd.DataFrame, column: str = "name") -> pd.DataFrame:
    """Sort by the field's own order of drivers; others stand last, by name."""
    rank = rows[column].map({name: place for place, name in enumerate(DRIVERS)})
    order = pd.DataFrame({"rank": rank.fillna(len(DRIVERS)), "name": rows[column]})
    places = order.sort_values(["rank", "name"], kind="stable").index
    return rows.loc[places].reset_index(drop=True)


def of_site(rows: pd.DataFrame, site_id: str) -> pd.DataFrame:
    """Rows of one site, or of the network when ``site_id`` is empty."""
    return rows[rows["site_id"].fillna("") == site_id].reset_index(drop=True)


def day(value: Any, otherwise: str = "–") -> str:
    """Write a day: ``14 August 2024``.

    >>> import datetime as dt
    >>> day(dt.date(2024, 8, 14)), day(None)
    ('14 August 2024', '–')
    """
    return wording.day(value) if printed.is_number(value) else otherwise


def short_day(value: Any) -> str:
    """Write a day in little room: ``14 Aug 2024``; a dash where there is none."""
    return wording.short_day(value) if printed.is_number(value) else "–"


def share_with_interval(value: Any, low: Any, high: Any) -> str:
    """Write a share from 0 to 1 as a percent with its interval.

    >>> share_with_interval(0.5, 0.4, 0.6)
    '50% (40% to 60%)'
    """
    if not printed.is_number(value):
        return say(printed.NO_NUMBER)
    known = printed.is_number(low) and printed.is_number(high)
    ends = (100 * low, 100 * high) if known else (None, None)
    return printed.with_interval(100 * value, *ends)


def points_with_interval(value: Any, low: Any, high: Any, digits: int = 0) -> str:
    """Write points with a sign and their interval; without one it says so.

    >>> points_with_interval(1.23, -0.5, 3.0, 1)
    '+1.2 (\N{MINUS SIGN}0.5 to +3.0)'
    """
    if not printed.is_number(value):
        return say(printed.NO_NUMBER)
    between = printed.interval(low, high, digits, signed=True)
    written = printed.number(value, digits, signed=True)
    return f"{written} ({say('no interval') if between == say(printed.NO_NUMBER) else between})"


def status_with_sign(status: Any) -> str:
    """Write a status with its shape; ``not estimable`` where it is blanked or missing."""
    if not printed.is_number(status):
        return say(printed.NO_NUMBER)
    return f"{SIGNS.get(str(status), '–')} {say(str(status))}"


def is_yes(value: Any) -> bool:
    """Whether a value that may be missing is true."""
    return printed.is_number(value) and bool(value)

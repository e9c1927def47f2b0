"""Breaks in a series of fidelity: another version of the instrument, or mostly new raters.

A score says how practice stands only beside scores by the same ruler, so that whoever draws a
series must know where the ruler was changed (Shadish, Cook and Campbell 2002, on instrumentation).
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

VERSION, INSTRUMENT, RATERS = "version", "instrument", "raters"
COLUMNS = ["scope", "site_id", "quarter", "what", "before", "now", "n", "n_of"]
NEEDED = ["site_id", "quarter", "rater_id", "instrument_id", "instrument_version"]
FEWEST_RATERS = 3
"""Of fewer raters one tells nothing of a pool, and would speak of single people."""
QUARTERS_BEFORE = 2
"""Quarters that must come before: at the start of a series every rater is new."""


def breaks_of(by_observation: pd.DataFrame) -> pd.DataFrame:
    """Find the quarters of the network and of each site from which scores are by another ruler.

    Parameters
    ----------
    by_observation
        One row an observation, with ``NEEDED``; what lacks one of them has no break.

    Returns
    -------
    DataFrame
        One row a break: ``scope``, ``site_id``, ``quarter``; ``what`` (``version``, ``instrument``
        or ``raters``); the versions ``before`` and ``now``, empty of raters; ``n`` observations of
        the quarter by the new version or of ``n_of``, or ``n`` new raters of ``n_of``.

    Examples
    --------
    >>> seen = pd.DataFrame(
    ...     {"site_id": "1", "quarter": ["2026Q1", "2026Q2", "2026Q2"], "rater_id": "r",
    ...      "instrument_id": "x", "instrument_version": ["1", "2", "2"]})
    >>> breaks_of(seen)[["scope", "quarter", "before", "now", "n", "n_of"]].to_numpy().tolist()
    [['network', '2026Q2', '1', '2', 2, 2], ['site', '2026Q2', '1', '2', 2, 2]]
    """
    rows = []
    if len(by_observation) and set(NEEDED) <= set(by_observation.columns):
        places = [("network", "", by_observation)]
        places += [("site", str(site), mine) for site, mine in by_observation.groupby("site_id")]
        for scope, site_id, mine in places:
            found = [*_of_instrument(mine), *_of_raters(mine)]
            rows += [{"scope": scope, "site_id": site_id, **one} for one in found]
    return pd.DataFrame(rows, columns=COLUMNS)


def _of_instrument(rows: pd.DataFrame) -> Iterator[dict[str, object]]:
    """Quarters in which most observations are by another version than in the quarter before."""
    before: tuple[str, str] | None = None
    for quarter, mine in rows.groupby("quarter", sort=True):
        counts = mine[["instrument_id", "instrument_version"]].value_counts(sort=False)
        ruler = max(counts.index, key=lambda one: (counts[one], one))
        if before is not None and ruler != before:
            same = ruler[0] == before[0]
            yield {
                "quarter": quarter,
                "what": VERSION if same else INSTRUMENT,
                "before": before[1] if same else " ".join(before),
                "now": ruler[1] if same else " ".join(ruler),
                "n": int(counts[ruler]),
                "n_of": len(mine),
            }
        before = ruler


def _of_raters(rows: pd.DataFrame) -> Iterator[dict[str, object]]:
    """Quarters in which more than half of the raters were never seen before at this place."""
    known: set[str] = set()
    for place, (quarter, mine) in enumerate(rows.groupby("quarter", sort=True)):
        raters = set(mine["rater_id"].dropna())
        new = raters - known
        enough = place >= QUARTERS_BEFORE and len(raters) >= FEWEST_RATERS
        if enough and 2 * len(new) > len(raters):
            about = {"before": "", "now": "", "n": len(new), "n_of": len(raters)}
            yield {"quarter": quarter, "what": RATERS, **about}
        known |= raters

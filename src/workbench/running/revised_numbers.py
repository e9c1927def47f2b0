"""Headline numbers of past quarters: as they were published, beside what they are now."""

from __future__ import annotations

import pandas as pd

from workbench.language import mark, say
from workbench.results import Results, published_results

NUMBER_COLUMNS = [
    "scope", "site_id", "quarter", "then", "now", "change", "n_then", "n_now", "n_practitioners",
    "changed_rows",
]  # fmt: skip
KEY = ["scope", "site_id", "quarter"]
SAID = {
    "late": mark("rows came late"),
    "edited": mark("rows were edited"),
    "removed": mark("rows are gone"),
    "set_aside": mark("rows are set aside now"),
    "returned": mark("rows were mended"),
}
OTHER_VERSION = mark("another version of the workbench")
OTHER_RULES = mark("rules, instruments or settings")
BEHIND = ("fidelity_responses", "practitioners", "sites")
"""Tables on which mean fidelity by quarter rests."""


def revision_tables(results: Results) -> dict[str, pd.DataFrame]:
    """Evidence table about numbers that were published before: ``revised_numbers``."""
    return {"revised_numbers": revised_numbers(results, results.table("publication"))}


def revised_numbers(results: Results, publication: pd.DataFrame) -> pd.DataFrame:
    """Set mean fidelity by quarter beside the same number as it was published.

    Parameters
    ----------
    results
        Results of a run, with its fidelity by quarter.
    publication
        With which published quarter to compare.

    Returns
    -------
    DataFrame
        For the network and each site, and each quarter that was published: mean fidelity ``then``
        and ``now`` in percent, the ``change``, practitioners seen then and now (the fewer of both
        in ``n_practitioners``), and in ``changed_rows`` what else changed in that quarter, in
        words. Without rows where nothing was published before.
    """
    if publication.empty or not publication["compared_with"].iloc[0]:
        return pd.DataFrame(columns=NUMBER_COLUMNS)
    told = publication.iloc[0]
    before = published_results(results.study, told["compared_with"])
    if before is None:
        return pd.DataFrame(columns=NUMBER_COLUMNS)
    then, now = before.table("fidelity_by_quarter"), results.table("fidelity_by_quarter")
    if then.empty or now.empty:
        return pd.DataFrame(columns=NUMBER_COLUMNS)
    wanted = [*KEY, "fidelity", "n_practitioners"]
    past = then.loc[then["quarter"] <= told["compared_with"], wanted]
    joined = past.merge(now[wanted], on=KEY, how="outer", suffixes=("_then", "_now"))
    joined = joined[joined["quarter"] <= told["compared_with"]]
    table = joined.rename(
        columns={
            "fidelity_then": "then",
            "fidelity_now": "now",
            "n_practitioners_then": "n_then",
            "n_practitioners_now": "n_now",
        }
    )
    table["change"] = table["now"] - table["then"]
    # A number that is new or gone is about those seen in the one that is there.
    table["n_practitioners"] = table[["n_then", "n_now"]].min(axis=1)
    rows = results.table("revisions")
    versions = _other_version(before, results)
    moved = (table["change"].abs() > 1e-9) | (table["then"].isna() != table["now"].isna())
    table["changed_rows"] = [
        _reasons(rows, quarter, versions) if has_moved else ""
        for quarter, has_moved in zip(table["quarter"], moved, strict=True)
    ]
    return table.sort_values(KEY)[NUMBER_COLUMNS].reset_index(drop=True)


def _other_version(before: Results, now: Results) -> bool:
    one, other = (each.about["versions"].get("workbench") for each in (before, now))
    return bool(one != other)


def _reasons(revisions: pd.DataFrame, quarter: str, other_version: bool) -> str:
    mine = revisions[revisions["table"].isin(BEHIND) & revisions["quarter"].isin(["", quarter])]
    found = [words for kind, words in SAID.items() if mine[kind].sum()]
    if other_version:
        found.append(OTHER_VERSION)
    return "; ".join(say(words) for words in found or [OTHER_RULES])

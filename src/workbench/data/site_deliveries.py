"""Deliveries by site: a table may come as one file a site, and a bad file costs its site alone.

A site's files stand in a folder named by its identifier, such as ``sites/007/practitioners.csv``.
Where one of them can't be used, all that the site delivered is set aside: without its practitioners
its responses would be about nobody. Every file and every row that was read is accounted for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from workbench.data.extract import Extract
from workbench.data.near_names import folded
from workbench.data.readers import fingerprint
from workbench.errors import DataProblems, Problem
from workbench.wording import english_count

EVERY_SITE = "*"
"""Stands for a site's folder in a path such as ``sites/*/practitioners.csv``."""
PLAIN = "sites/*/{table}.csv"
"""Where a study without source files keeps what comes by site."""
LISTS_SITES = "sites"
"""Table that is used whatever else is wrong, so that a site is known by its name."""
USED, SET_ASIDE = "used", "set aside"
COLUMNS = ["site_id", "table", "file", "sha256", "status", "rows", "problem", "what_to_do"]
_ROWS_NAMED = 3


@dataclass(frozen=True)
class SiteFile:
    """A file that one site delivered.

    Attributes
    ----------
    site_id
        The site, by the name of the folder.
    name
        The file as messages name it: its path from the folder of what was received.
    path
        Where it is.
    """

    site_id: str
    name: str
    path: Path


def site_files(folder: Path, pattern: str) -> list[SiteFile]:
    """Find the files of all sites, in the order of their names; hidden folders are no sites.

    Parameters
    ----------
    folder
        Folder of what was received.
    pattern
        Path from there, with ``*`` in the place of the site's folder.
    """
    place = pattern.split("/").index(EVERY_SITE)
    found = []
    for path in sorted(folder.glob(pattern)):
        inner = path.relative_to(folder)
        if path.is_file() and not inner.parts[place].startswith((".", "~")):
            found.append(SiteFile(inner.parts[place], inner.as_posix(), path))
    return found


def delivered(
    part: SiteFile, tables: Iterable[str], read: Callable[[], list[Extract]]
) -> list[Extract]:
    """Read a site's file; where it can't be read, its extracts have no rows and say why."""
    try:
        extracts = [replace(one, site_id=part.site_id) for one in read()]
        return [replace(one, problems=_of_another_site(one)) for one in extracts]
    except DataProblems as error:
        problems, digest = error.problems, fingerprint(part.path)
    except OSError as error:
        why = f"The file can't be opened: {error.strerror}."
        problems = (
            Problem("not_opened", "", why, "Copy it here again, readable by you.", part.name),
        )
        digest = ""
    return [
        Extract(table, pd.DataFrame(), part.name, digest, site_id=part.site_id, problems=problems)
        for table in tables
    ]


def set_sites_aside(
    extracts: list[Extract], problems: Iterable[Problem], largest_share: float
) -> list[Extract]:
    """Set aside all that a site delivered, where something in it can't be used.

    Parameters
    ----------
    extracts
        What was received; those that could not be read say so themselves.
    problems
        What else is wrong, in whatever file.
    largest_share
        Share of the sites that deliver, 0 to 1, that may be set aside.

    Raises
    ------
    DataProblems
        Every problem, if one is in a file of no single site or more sites have one.
    """
    sites = {one.source: one.site_id for one in extracts if one.site_id}
    problems = list(dict.fromkeys(problems))
    whole = [one for one in problems if one.source not in sites]
    of_sites = {problem: one.site_id for one in extracts for problem in one.problems}
    of_sites |= {one: sites[one.source] for one in problems if one.source in sites}
    failed: dict[str, list[Problem]] = {}
    for problem, site in of_sites.items():
        failed.setdefault(site, []).append(problem)
    count, of = len(failed), len(set(sites.values()))
    if count > largest_share * of:
        whole.append(_too_many(count, of, largest_share))
    if whole:
        raise DataProblems([*whole, *of_sites])
    return [
        replace(one, problems=tuple(failed[one.site_id]))
        if one.site_id in failed and (one.table != LISTS_SITES or one.problems)
        else one
        for one in extracts
    ]


def share_set_aside(extracts: Iterable[Extract]) -> float:
    """Share, 0 to 1, that failed sites have of what comes by site: of sites, or of a table's rows.

    It is the largest of these, since a large site has more rows than its share of sites.
    """
    of_sites = [one for one in extracts if one.site_id]
    failed = {one.site_id for one in of_sites if one.problems}
    shares = [len(failed) / max(len({one.site_id for one in of_sites}), 1)]
    for table in {one.table for one in of_sites}:
        rows = {True: 0, False: 0}
        for one in of_sites:
            rows[one.site_id in failed] += one.received if one.table == table else 0
        shares.append(rows[True] / max(sum(rows.values()), 1))
    return max(shares)


def require_known_sites(extracts: list[Extract], sites: Iterable[str]) -> None:
    """Refuse a failed delivery from a folder that is named by no site.

    Raises
    ------
    DataProblems
        Naming the folder beside what is wrong in it.
    """
    known = set(sites)
    lost = {one.site_id: one.problems for one in extracts if one.problems}
    unknown = {site: problems for site, problems in lost.items() if site not in known}
    if unknown:
        raise DataProblems(
            problem
            for problems in unknown.values()
            for problem in (
                Problem(
                    "no_such_site",
                    LISTS_SITES,
                    "The folder that this file came in is named by no site of the table of sites.",
                    "Name the folder by the site's identifier, or add the site to the table.",
                    problems[0].source,
                ),
                *problems,
            )
        )


def delivery_table(extracts: Iterable[Extract]) -> pd.DataFrame:
    """Tell what became of each file that came by site: one row a site, table and file.

    ``rows`` is missing where they could not be counted; ``problem`` and ``what_to_do`` are empty
    for a file that is in order, also where another one of its site is not.
    """
    rows = []
    for one in extracts:
        if not one.site_id:
            continue
        own = [problem for problem in one.problems if problem.source.startswith(one.source)]
        rows.append([
            one.site_id, one.table, one.source, one.fingerprint,
            SET_ASIDE if one.problems else USED,
            one.received if len(one.frame.columns) else None,
            " ".join(_said(problem) for problem in own),
            " ".join(dict.fromkeys(problem.action for problem in own)),
        ])  # fmt: skip
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.astype({name: "Int64" if name == "rows" else "str" for name in COLUMNS})


def _said(problem: Problem) -> str:
    """Write what was found and where, without what to do about it."""
    return str(replace(problem, action="")).rstrip()


def _of_another_site(extract: Extract) -> tuple[Problem, ...]:
    """Rows that name another site than the folder does; zeros at the left are asked about later."""
    if "site_id" not in extract.frame.columns or extract.table == LISTS_SITES:
        return extract.problems
    named = extract.frame["site_id"].dropna()
    wrong = named[named.map(folded).str.lstrip("0") != folded(extract.site_id).lstrip("0")]
    if wrong.empty:
        return extract.problems
    problem = Problem(
        "another_site",
        extract.table,
        f"{english_count(len(wrong), 'row')} of {len(extract.frame):,} name another site than the "
        "folder that the file came in.",
        "Put each site's rows into the folder named by its identifier.",
        extract.source,
        "site_id",
        tuple(int(row) for row in wrong.index[:_ROWS_NAMED]),
    )
    return (*extract.problems, problem)


def _too_many(count: int, of: int, largest_share: float) -> Problem:
    return Problem(
        "too_many_sites_set_aside",
        "",
        f"{count} of {of} sites delivered files that can't be used, more than the "
        f"{largest_share:.0%} that may be missing from the network's numbers.",
        "Mend the files named below, or set 'largest_share_of_sites_set_aside' in workbench.yml.",
        source="Deliveries by site",
    )

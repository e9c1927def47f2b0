"""The findings of the quarter published before this one, as its readers saw them."""

from __future__ import annotations

from workbench.findings import read_findings
from workbench.reporting.disclosure import ReleasedFindings, release
from workbench.reporting.sections_release import FINDINGS, FOLDER
from workbench.results import Results


def findings_before(results: Results, site_id: str = "") -> tuple[str, ReleasedFindings]:
    """Read what the last quarter published said of a place.

    What was not shown then is not shown now: only the released findings are read, and they are
    released again by the rules of today.

    Parameters
    ----------
    results
        Results of this run.
    site_id
        Site, or empty for the network.

    Returns
    -------
    tuple
        Label of that quarter, and its findings; empty, and none, where nothing was published or no
        release was kept.
    """
    privacy = results.study.settings.privacy
    before = results.published_before()
    if before is None or not (before.folder / FOLDER / FINDINGS).is_dir():
        return "", ReleasedFindings((), privacy)
    kept = read_findings(before.folder / FOLDER / FINDINGS)
    mine = [one for one in kept if one.site_id == site_id]
    return str(before.quarter), release(mine, privacy)

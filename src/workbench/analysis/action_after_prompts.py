"""What became of last quarter's prompts: whether each is still asked, and how its number moved."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from workbench import terms
from workbench.findings import Finding

PROMPT_COLUMNS = ["site_id", "finding", "prompt", "then", "now", "change", "unit", "became"]
STILL, NO_LONGER, NOT_KNOWN = "still asked", "no longer asked", "not known"


def prompts_before(previous: Iterable[Finding], now: Iterable[Finding]) -> pd.DataFrame:
    """Set each prompt of the quarter before beside the same finding of this quarter.

    Parameters
    ----------
    previous, now
        Findings of the quarter before and of this one, of the network and of sites.

    Returns
    -------
    DataFrame
        One row a finding that called for action: ``site_id`` (empty for the network), ``finding``
        (its id), ``prompt``, ``then`` and ``now`` (the estimates, missing where there is none),
        ``change`` (now minus then, where both are in one unit), ``unit``, and ``became``: ``still
        asked`` where the finding calls for action again, ``no longer asked`` where it does not,
        ``not known`` where it is not there or not reported.

    Examples
    --------
    >>> asked = Finding("fidelity.now", "?", "Low.", estimate=60.0, action_prompt="Coach.")
    >>> calm = Finding("fidelity.now", "?", "Higher.", estimate=70.0)
    >>> prompts_before([asked], [calm])[["change", "became"]].to_numpy().tolist()
    [[10.0, 'no longer asked']]
    """
    today = {(one.id, one.site_id): one for one in now}
    asked = [one for one in previous if one.status == terms.REPORTED and one.action_prompt]
    rows = [_row(one, today.get((one.id, one.site_id))) for one in asked]
    return pd.DataFrame(rows, columns=PROMPT_COLUMNS)


def _row(then: Finding, now: Finding | None) -> dict[str, object]:
    before = np.nan if then.estimate is None else then.estimate
    after = np.nan if now is None or now.estimate is None else now.estimate
    alike = now is not None and now.unit == then.unit
    became = NOT_KNOWN
    if now is not None and now.status == terms.REPORTED:
        became = STILL if now.action_prompt else NO_LONGER
    return {
        "site_id": then.site_id,
        "finding": then.id,
        "prompt": then.action_prompt,
        "then": before,
        "now": after,
        "change": after - before if alike else np.nan,
        "unit": then.unit,
        "became": became,
    }

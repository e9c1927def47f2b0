"""What was decided, by kind, as far as the words of the decisions tell."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pandas as pd

from workbench.models.proportions import wilson_interval

POLICY, RESOURCES, EITHER = "policy", "resources", "policy or resources"
SAID_NO, OTHER, NOT_NOTED = "no", "other", "not noted"
KINDS = (POLICY, RESOURCES, EITHER, SAID_NO, OTHER, NOT_NOTED)
POLICY_COLUMNS = ["level", "kind", "decisions", "of", "share", "conf_low", "conf_high"]

DECISION_WORDS: Mapping[str, tuple[str, ...]] = {
    POLICY: (
        "policy", "policies", "procedure", "procedures", "rule", "rules", "guideline",
        "guidelines", "protocol", "protocols",
    ),
    RESOURCES: (
        "resource", "resources", "fund", "funds", "funded", "funding", "budget", "budgets", "money",
        "post", "posts", "equipment",
    ),
    SAID_NO: ("no", "not", "none", "declined", "refused", "rejected"),
}  # fmt: skip
"""Whole words by which a decision is told; a study may give its own."""


def kinds_of(decisions: pd.Series, words: Mapping[str, tuple[str, ...]]) -> pd.DataFrame:
    """Tell the kinds of decisions: one boolean column a kind, one row a decision.

    A decision that says no is only that: "no change of policy" is no policy decision. One that
    speaks of both policy and resources is both.
    """
    text = decisions.astype("str").str.strip().str.casefold()
    noted = text.notna() & (text != "")
    text = text.where(noted, "")
    refused = _speaks_of(text, words.get(SAID_NO, ()))
    found = {kind: _speaks_of(text, words.get(kind, ())) & ~refused for kind in (POLICY, RESOURCES)}
    either = found[POLICY] | found[RESOURCES]
    return pd.DataFrame(
        {
            **found,
            EITHER: either,
            SAID_NO: refused,
            OTHER: noted & ~either & ~refused,
            NOT_NOTED: ~noted,
        }
    )


def _speaks_of(text: pd.Series, words: tuple[str, ...]) -> pd.Series:
    if not words:
        return pd.Series(False, index=text.index)
    pattern = "|".join(re.escape(word.casefold()) for word in words)
    return text.str.contains(rf"\b(?:{pattern})\b", regex=True)


def decisions_by_kind(items: pd.DataFrame, words: Mapping[str, tuple[str, ...]]) -> pd.DataFrame:
    """Count decisions of each kind, for all and for each level that decided.

    Returns
    -------
    DataFrame
        One row a level (empty for all) and kind: ``decisions``; ``of``, the decisions whose words
        are noted (all decisions for ``not noted``); ``share`` from 0 to 1 with Wilson's interval.
    """
    decided = items[items["decided"]] if len(items) else items
    if decided.empty:
        return pd.DataFrame(columns=POLICY_COLUMNS)
    told = kinds_of(decided["decision"], words)
    groups = [("", told)]
    groups += [(str(level), told.loc[mine.index]) for level, mine in decided.groupby("raised_to")]
    rows = []
    for level, mine in groups:
        noted = int((~mine[NOT_NOTED]).sum())
        for kind in KINDS:
            count, of = int(mine[kind].sum()), len(mine) if kind == NOT_NOTED else noted
            low, high = (float(end) for end in wilson_interval(count, of))
            share = count / of if of else float("nan")
            values = (level, kind, count, of, share, low, high)
            rows.append(dict(zip(POLICY_COLUMNS, values, strict=True)))
    return pd.DataFrame(rows, columns=POLICY_COLUMNS)

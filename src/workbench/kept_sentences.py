"""Sentences that tables keep in English, since they are keys, and that are said when printed.

One that holds a value is written from a template of this list, by which it is known again.
"""

from __future__ import annotations

import re
from functools import cache

from workbench.language import mark, say

SHARE_SET_ASIDE = mark("No more than {share} of the rows are set aside")
NONE_FILLED_IN = mark("None of {columns} is filled in")
OBSERVED_AFTER = mark("observed after {quarter}")
TOO_FEW_ANSWERED = mark("fewer than {share} of the items that apply were answered")
TEMPLATES = (SHARE_SET_ASIDE, NONE_FILLED_IN, OBSERVED_AFTER, TOO_FEW_ANSWERED)


def say_kept(text: str) -> str:
    """Say a sentence that a table keeps in English, with the values in it as they are.

    >>> say_kept("observed after 2026Q3")
    'observed after 2026Q3'
    """
    for template in TEMPLATES:
        if held := _shape(template).fullmatch(text):
            return say(template, **held.groupdict())
    return say(text)


@cache
def _shape(template: str) -> re.Pattern[str]:
    """Pattern of the sentences that a template makes."""
    return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+)", re.escape(template)))

"""Writing YAML that people edit: short values in one line, quotation marks only where needed."""

from __future__ import annotations

import re
from typing import Any

MOST_WIDE = 100
_PLAIN = re.compile(r"[A-Za-z_0-9][\w ./()%+-]*")


def scalar(value: object) -> str:
    """Write one value.

    >>> scalar("rated on"), scalar("%d.%m.%Y"), scalar("1"), scalar("it's")
    ('rated on', "'%d.%m.%Y'", '"1"', "'it''s'")
    """
    text = str(value)
    if isinstance(value, bool):
        return text.lower()
    if isinstance(value, int | float):
        return text
    if re.fullmatch(r"[+-]?[0-9][0-9.]*", text) or text.lower() in ("yes", "no", "true", "false"):
        return f'"{text}"'
    if _PLAIN.fullmatch(text) and text.strip() == text and text.lower() not in ("null", "none"):
        return text
    if re.search(r"[\t\n]", text):
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t").replace(
            "\n", "\\n") + '"'  # fmt: skip
    return "'" + text.replace("'", "''") + "'"


def flow(value: Any) -> str:
    """Write a value in one line: maps in braces, lists in brackets.

    >>> flow({"from": "Scored on", "values": {"Ind": "independent"}})
    '{from: Scored on, values: {Ind: independent}}'
    """
    if isinstance(value, dict):
        return "{" + ", ".join(f"{scalar(key)}: {flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    return scalar(value)


def wrapped_flow(start: str, value: dict[str, Any]) -> list[str]:
    """Write a map after a name, in one line if it fits and as a block otherwise."""
    line = start + flow(value)
    if len(line) <= MOST_WIDE:
        return [line]
    indent = " " * (len(start) - len(start.lstrip()) + 2)
    return [start.rstrip(), *(f"{indent}{scalar(key)}: {flow(each)}" for key, each in
                              value.items())]  # fmt: skip

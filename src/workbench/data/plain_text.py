"""Values of spreadsheets, Parquet files and databases, written as people write them."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal


def plain_text(value: object) -> str:
    """Write a value as people do: 3.0 is 3, dates are ISO, true is yes."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, Decimal):
        return f"{value:f}" if value % 1 or abs(value) > 1e15 else str(int(value))
    if isinstance(value, dt.datetime):
        midnight = value.time() == dt.time(0) and value.tzinfo is None
        return value.date().isoformat() if midnight else value.isoformat(" ")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, dict | list):
        return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
    return str(value)

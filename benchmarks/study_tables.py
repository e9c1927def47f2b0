"""Tables of the studies: as Markdown, and as a dated page under docs/methods."""

from __future__ import annotations

import argparse
import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import pandas as pd


def asked_for(docstring: str, networks: int, kinds: Sequence[str] = ()) -> argparse.Namespace:
    """Read what a study is asked for: how many ``networks``, which ``kinds``, what to ``write``."""
    parser = argparse.ArgumentParser(description=docstring.splitlines()[0])
    parser.add_argument("--networks", type=int, default=networks)
    if kinds:
        parser.add_argument("--kinds", nargs="+", choices=list(kinds), default=list(kinds))
    parser.add_argument("--write", type=Path)
    return parser.parse_args()


def markdown(table: pd.DataFrame) -> str:
    """Write a table in Markdown."""
    lines = ["| " + " | ".join(table.columns) + " |", "|" + "---|" * len(table.columns)]
    lines += ["| " + " | ".join(map(str, row)) + " |" for row in table.itertuples(index=False)]
    return "\n".join(lines)


def tell(table: pd.DataFrame, title: str, docstring: str, page: Path | None) -> None:
    """Print the table of a study and, where a page is named, write it there with its date.

    The third paragraph of the script's docstring says on the page what was simulated.
    """
    text = markdown(table)
    print(text)
    if page:
        about = docstring.split("\n\n")[2].replace("\n", " ").strip()
        made = f"Made by `make studies` on {dt.date.today():%d %B %Y}."
        page.write_text(f"# {title}\n\n{made} {about}\n\n{text}\n", encoding="utf-8")

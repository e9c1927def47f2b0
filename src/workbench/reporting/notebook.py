"""How frames show in a notebook."""

from __future__ import annotations

import pandas as pd


def show_frames_in_full() -> None:
    """Let pandas show every column and whole names, and round what it shows.

    Only what is shown changes; pictures and display tables need nothing.
    """
    pd.set_option("display.max_columns", None)
    pd.set_option("display.max_colwidth", 100)
    pd.set_option("display.precision", 2)
    pd.set_option("display.show_dimensions", False)

"""However a valid file is changed, each of its rows is accepted or set aside, or it is refused."""

import sys
import warnings
from pathlib import Path

import pytest
from hypothesis import example, given, settings

sys.path.insert(0, str(Path(__file__).parent / "corruption"))

from corruption_mutating import BASES, base, changes, mutated, received

EXAMPLES = 60
"""For each of the tables; many more are run by tests/corruption/mutations.py."""


@pytest.mark.parametrize("table", BASES)
def test_a_valid_file_is_accepted(table, tmp_path):
    assert received(table, base(table).encode(), tmp_path) == "accepted"


@pytest.mark.parametrize("table", BASES)
@settings(max_examples=EXAMPLES)
@given(made=changes)
@example(made=[("fill column", 0, 0, "\u200b1")])
@example(made=[("fill column", 0, 5, "03/04/2026"), ("cut", 400, 0, "")])
@example(made=[("prefix column", 0, 2, "1,"), ("swap ends", 0, 1, "")])
def test_no_row_is_lost_and_nothing_breaks(table, made, tmp_path_factory):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        outcome = received(table, mutated(table, made), tmp_path_factory.mktemp("mutated"))
    assert outcome in ("accepted", "some rows set aside", "refused")


@pytest.mark.parametrize(
    ("table", "made"),
    [
        (
            "supports",
            [("insert", 172, 77824, "\ufeff"), ("move row", 240, 27731, "nan"),
             ("sign", 3255, 525, ""), ("drop column", 14854, 1778, "")],
        ),
        (
            "fidelity_responses",
            [("prefix column", 12408, 5866, "\ufeff"), ("rename column", 114, 4873, "site"),
             ("repeat row", 200, 100000, "ü"), ("drop row", 4097, 234, '""')],
        ),
    ],
)  # fmt: skip
def test_what_two_hundred_thousand_changes_found_stays_mended(table, made, tmp_path):
    assert received(table, mutated(table, made), tmp_path)

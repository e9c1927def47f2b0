"""One variant of every kind of damage; all of them are run by all_kinds.py."""

import warnings

import pytest
from corruption_all import CONTROLS, GROUPS, KINDS, control
from corruption_judge import judge

CLEAN_IN_CI = (0, 16, 18, 20)
"""Clean controls that are quick and differ most: as it is, wide, a workbook, decimal commas."""


def _name(one):
    return one.title


def test_the_suite_has_every_kind():
    counted = {group: sum(one.group == group for one in KINDS) for group in GROUPS}
    assert counted == GROUPS
    assert len(KINDS) == 77
    assert sum(one.variants for one in KINDS) + len(CONTROLS) == 338
    assert len({one.title for one in KINDS}) == 77


def _cases():
    found = []
    for number, one in enumerate(KINDS):
        # Variants take turns, so that refusals and declared files are both run.
        variant = 0 if one.title == "many rows" else number % one.variants
        marks = []
        if variant in one.pending:
            marks = [pytest.mark.xfail(strict=True, reason=one.pending[variant])]
        found.append(pytest.param(one, variant, id=f"{one.title} {variant + 1}", marks=marks))
    return found


@pytest.mark.parametrize(("kind", "variant"), _cases())
def test_damage_is_met_as_it_should_be(kind, variant, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        verdict = judge(kind, variant, tmp_path / "study")
    assert verdict.faults == (), verdict.messages[:5]


@pytest.mark.parametrize("number", CLEAN_IN_CI)
def test_what_is_in_order_is_accepted_without_a_word(number, tmp_path):
    verdict = judge(control(number), 0, tmp_path / "study")
    assert verdict.faults == (), verdict.messages[:5]

import pytest

from workbench.errors import ModelRefused, ParameterError
from workbench.models.formulas import RandomTerm, parse_formula


def random_part(formula: str) -> tuple[RandomTerm, ...]:
    return parse_formula(f"y ~ x + {formula}").random


def test_the_whole_formula_is_split_into_its_parts():
    parsed = parse_formula(
        "fidelity ~ quarters + rater_role + (1 + quarters | practitioner_id)"
        " + (1 + quarters || site_id) + (1 | rater_id)"
    )
    assert parsed.response == "fidelity"
    assert parsed.fixed == "quarters + rater_role"
    assert parsed.groups == ("practitioner_id", "site_id", "rater_id")
    assert parsed.random == (
        RandomTerm(("1", "quarters"), "practitioner_id", correlated=True),
        RandomTerm(("1", "quarters"), "site_id", correlated=False),
        RandomTerm(("1",), "rater_id", correlated=True),
    )


@pytest.mark.parametrize(
    ("written", "terms"),
    [
        ("(x | g)", ("1", "x")),
        ("(1 + x | g)", ("1", "x")),
        ("(x + 1 | g)", ("1", "x")),
        ("(0 + x | g)", ("x",)),
        ("(x - 1 | g)", ("x",)),
        ("(-1 + x | g)", ("x",)),
        ("(1|g)", ("1",)),
        ("(x + I(x**2) | g)", ("1", "x", "I(x**2)")),
    ],
)
def test_the_intercept_is_there_unless_taken_out(written, terms):
    assert random_part(written) == (RandomTerm(terms, "g"),)


def test_nested_groups_are_written_out():
    assert random_part("(1 | site / team)") == (
        RandomTerm(("1",), "site"),
        RandomTerm(("1",), "site:team"),
    )
    assert random_part("(1 | site:team)")[0].group_columns == ("site", "team")


def test_fixed_part_keeps_its_signs_brackets_and_stars():
    parsed = parse_formula("log(y) ~ 0 + bs(x, df=4) * (a + b) - a:b + (1 | g)")
    assert parsed.fixed == "0 + bs(x, df=4) * (a + b) - a:b"
    assert parse_formula("y ~ (1 | g)").fixed == "1"


def test_a_formula_can_be_printed_and_read_again():
    parsed = parse_formula("y ~ x + (0 + x || g) + (x | h)")
    assert parse_formula(str(parsed)) == parsed


@pytest.mark.parametrize(
    "text",
    [
        "y",
        "y ~ x ~ z + (1 | g)",
        "~ x + (1 | g)",
        "y ~ x + (1 | g",
        "y ~ x + 1 | g)",
        "y ~ 1 | g",
        "y ~ x + ( | g)",
        "y ~ x + (1 | )",
        "y ~ x + (0 | g)",
        "y ~ x - (1 | g)",
        "y ~ x + (1 | g ||| h)",
        "y ~ x + (1 | g + h)",
        "y ~ x + (1 | 2g)",
        "y ~ x + (1 - z | g)",
        "y ~ x + (1 | g) +",
        "",
    ],
)
def test_what_is_not_a_formula_is_refused_in_words(text):
    with pytest.raises(ParameterError) as raised:
        parse_formula(text)
    assert len(str(raised.value)) > 20


def test_a_model_without_random_effects_is_refused():
    with pytest.raises(ModelRefused, match="no random effect"):
        parse_formula("y ~ x")


def test_an_effect_asked_for_twice_is_refused():
    with pytest.raises(ModelRefused, match="two brackets"):
        parse_formula("y ~ x + (1 | g) + (x | g)")

"""What became of the steps that the report before asked for."""

from workbench.findings import Finding, not_estimable
from workbench.reporting.disclosure import ReleasedFindings
from workbench.reporting.report import asking
from workbench.reporting.steps_before import (
    NO_LONGER,
    NO_NUMBER,
    NOT_KNOWN,
    STILL,
    steps_before_table,
)
from workbench.settings import Privacy


def found(name, estimate, prompt="Coach.", unit="points"):
    return Finding(name, "?", "S.", estimate=estimate, unit=unit, action_prompt=prompt)


def test_each_step_is_set_beside_the_same_finding():
    before = [found("a", 60.0), found("b", 1.0), found("c", 2.0), found("d", 3.0)]
    now = [found("a", 70.0, ""), not_estimable("b", "?", "few."), found("d", 4.0)]
    table = steps_before_table(before, now, "2026Q2")
    assert "2026Q2" in table.caption
    assert table.frame["Became"].tolist() == [NO_LONGER, NOT_KNOWN, NOT_KNOWN, STILL]
    assert table.frame["Then"].tolist()[0].startswith("60")
    assert table.frame["Now"].tolist()[1:3] == [NO_NUMBER, NO_NUMBER]


def test_at_most_three_ask_and_each_step_once():
    findings = [
        found("a", 1.0, "One."), found("b", 1.0, ""), found("c", 1.0, "Two."),
        found("d", 1.0, "One."), found("e", 1.0, "Three."), found("f", 1.0, "Four."),
    ]  # fmt: skip
    chosen = asking(ReleasedFindings(tuple(findings), Privacy()), ("e", "d", "b"))
    assert [one.id for one in chosen] == ["e", "d", "c"]

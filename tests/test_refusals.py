"""What is said of a critical rule names file, rows, column, kind of value and remedy, briefly."""

import pandas as pd
import pytest

from workbench.data.refusals import MOST_WORDS, problem_of
from workbench.data.schemas import load_schemas
from workbench.data.suites import read_suite
from workbench.resources import resource_file

RULE = {
    "rule_id": "XX02", "table": "sites", "title": "Every code is known", "status": "failed",
    "detail": "", "guidance": "Mend the code.", "rows_failed": 3, "rows_checked": 9,
}  # fmt: skip
SHARE = {
    **RULE,
    "rule_id": "ALL01",
    "title": "No more than 10% of the rows are set aside",
    "guidance": "So many rows can't be used that the file itself is probably damaged.",
    "threshold": 0.1,
}
PLACES = [("a.xlsx, sheet 'Q1'", 4), ("a.xlsx, sheet 'Q1'", 5), ("b.csv", 2)]
MANY = 30


def reasons(places=PLACES, rule="XX02", column="code", reason="Fails: a", todo="Mend it."):
    return pd.DataFrame(
        [
            {"source_file": file, "source_row": row, "rule_id": rule, "column": column,
             "reason": reason, "what_to_do": todo}
            for file, row in places
        ]
    )  # fmt: skip


def aside(cells, places=PLACES):
    frame = pd.DataFrame(places, columns=["source_file", "source_row"])
    return frame.assign(code=pd.array(cells, dtype="str"))


def test_the_file_with_most_rows_is_named_with_its_sheet_rows_and_column():
    problem = problem_of(RULE, reasons(), aside(["7", "8", "8"]), ())
    assert problem.source == "a.xlsx, sheet 'Q1'"
    assert (problem.rows, problem.column) == ((4, 5), "code")
    assert problem.message == (
        "Rule XX02, 'Every code is known', failed (3 of 9 rows; 2 different numbers); rows are in "
        "2 files, most in this one."
    )
    assert problem.action == "Mend the code."


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (["7", "7.5", "-1"], "3 different numbers"),
        (["2026-03-31"] * 3, "1 date"),
        (["P1", "7", None], "2 different texts"),
        ([None] * 3, "all empty"),
    ],
)
def test_the_kind_of_value_is_told_and_never_the_value(cells, said):
    text = str(problem_of(RULE, reasons(), aside(cells), ()))
    assert said in text
    assert "P1" not in text


def test_too_many_rows_set_aside_are_told_by_the_commonest_reason_and_its_remedy():
    more = pd.concat([reasons(rule="T-x"), reasons(PLACES[:1], "T-y", "other", "Rare", "No.")])
    problem = problem_of(SHARE, more, aside(["a"] * 3), ("a.csv",))
    assert (problem.column, problem.rows) == ("code", (4, 5))
    said = "Rule ALL01: 3 of 9 rows are set aside, more than 10%. Most often: Fails: a; rows are"
    assert problem.message.startswith(said)
    assert problem.action == "Mend it. The file is probably damaged or mapped wrongly."


def test_a_table_without_rows_names_its_files():
    problem = problem_of(RULE, reasons([]), pd.DataFrame(), ("a.csv", "b.csv"))
    assert (problem.source, problem.rows) == ("a.csv, b.csv", ())
    assert problem.action == "Mend the code."


def test_a_check_that_could_not_run_is_no_fault_of_the_rows():
    broken = {**RULE, "status": "error", "detail": "word " * 200}
    problem = problem_of(broken, reasons([]), pd.DataFrame(), ("a.csv",))
    assert "could not be checked: word" in problem.message
    assert problem.action.startswith("No row is at fault")
    assert len(str(problem).split()) <= MOST_WORDS


def wordiest_rules():
    """The rules whose title and guidance are longest together, as each may be the commonest."""
    rules = [
        rule["meta"]
        for table in load_schemas()
        for rule in read_suite(resource_file(f"expectations/{table}.json"))["expectations"]
    ]
    words = {f"{one['title']} {one['guidance']}": one for one in rules}
    return sorted(words.values(), key=lambda one: -len(f"{one['title']} {one['guidance']}"))[:30]


def test_no_message_is_longer_than_60_words_whatever_the_rule():
    places = [("a long name of an export.xlsx, sheet 'My data'", row) for row in range(2, MANY)]
    for meta in wordiest_rules():
        mine = {**RULE, "title": meta["title"], "guidance": meta["guidance"], "rows_failed": MANY}
        why = reasons(places, reason=f"Fails: {meta['title']}", todo=meta["guidance"])
        for each in (mine, {**SHARE, "rows_failed": MANY}):
            problem = problem_of(each, why, aside(["a"] * len(places), places), ())
            assert len(str(problem).split()) <= MOST_WORDS, str(problem)
            assert problem.rows
            assert problem.action

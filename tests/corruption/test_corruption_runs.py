"""Long runs come out in order, in any number of processes, and go on where they ended."""

import json

import pytest
from corruption_runs import outcomes

CASES = [("a", 1), ("b", 2), ("c", 3)]


def judged(case):
    return {"name": case[0], "twice": 2 * case[1]}


def refused(case):
    raise AssertionError(case)


@pytest.mark.parametrize("jobs", [1, 2])
def test_outcomes_come_in_the_order_of_the_cases(jobs):
    assert list(outcomes(judged, CASES, jobs)) == [(case, judged(case)) for case in CASES]


def test_what_was_recorded_is_not_judged_again(tmp_path):
    record = tmp_path / "outcomes.jsonl"
    first = list(outcomes(judged, CASES[:2], record=record))
    assert list(outcomes(refused, CASES[:2], record=record)) == first
    assert list(outcomes(judged, CASES, record=record))[2] == (CASES[2], judged(CASES[2]))
    assert len(record.read_text().splitlines()) == len(CASES)


def test_a_line_that_was_broken_off_is_judged_again(tmp_path):
    record = tmp_path / "outcomes.jsonl"
    whole = json.dumps([json.dumps(CASES[0]), judged(CASES[0])]) + "\n"
    record.write_text(whole + '["[\\"b')
    assert [one for _, one in outcomes(judged, CASES[:2], record=record)] == [
        judged(case) for case in CASES[:2]
    ]
    assert len(record.read_text().splitlines()) == 2

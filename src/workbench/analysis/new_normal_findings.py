"""What the look for a new normal says, as findings of the network."""

from __future__ import annotations

from typing import Any

from workbench.analysis.new_normal import NewNormal, Sign
from workbench.certainty import HIGHER, LOWER, MORE, certainty
from workbench.findings import Finding, not_estimable
from workbench.wording import count_of, interval, number, one_of

NORMAL = "Is a lower level of practice becoming what is normal here?"
SPREAD = "Do scores draw together about each practitioner's own course?"
ROLES = "Do supervisors and independent raters still see the same practice alike?"
COHORTS = "Do people trained later stand lower than people trained earlier?"
ERROR_RATE = 0.05

_SAME_EYES = (
    "Let a master and the supervisors score the same sessions, some recent and some from the first "
    "year: has what counts as good practice moved?",
    "A consistent fidelity assessment is used to see whether practice is as intended.",
)
_SIDE_BY_SIDE = (
    "Let each supervisor score two sessions beside an independent rater next quarter, and talk "
    "through the items on which they differ.",
    "Raters are trained on the fidelity assessment, and their agreement is checked.",
)
_LATEST_TRAINING = (
    "Set the latest training beside the practice model: which core parts got less time or practice "
    "than before?",
    "Training teaches the skills of the practice model, with practice and feedback.",
)


def new_normal_findings(result: NewNormal, named: bool | None = None) -> list[Finding]:
    """Make the findings.

    Parameters
    ----------
    result
        The analysis.
    named
        Whether the kinds of drift, judged together, name a new normal; None to go by its own test.
    """
    own = result.test.in_its_direction and result.test.p_value < ERROR_RATE
    return [
        _new_normal(result, own if named is None else named),
        _spread(result.spread),
        _role_gap(result.role_gap),
        _cohorts(result.cohorts),
    ]


def _new_normal(result: NewNormal, named: bool) -> Finding:
    test = result.test
    about: dict[str, Any] = {
        "n": test.n,
        "n_practitioners": test.n_practitioners,
        "evidence": "tables/drift_kinds.parquet",
    }
    if test.reason:
        return not_estimable("drift.new_normal", NORMAL, test.reason, **about)
    lead = "There is not enough evidence of a new normal."
    if named:
        lead = "A lower level of practice looks like the new normal here."
    prompt, practice = _SAME_EYES if named else ("", "")
    return Finding(
        id="drift.new_normal",
        question=NORMAL,
        statement=f"{lead} {_movement(result)} {_signs_seen(result)}",
        estimate=test.estimate,
        conf_low=test.conf_low,
        conf_high=test.conf_high,
        unit=test.unit,
        action_prompt=prompt,
        best_practice=practice,
        **about,
    )


def _movement(result: NewNormal) -> str:
    """Say how practice moves once the raters' movement is out."""
    practice = result.practice
    coded = f"{count_of(result.raters.n_sessions, 'session')} coded by a master"
    size = f"{_size(practice)} points a quarter ({_between(practice)}; {coded})"
    sure = certainty(practice.conf_low, practice.conf_high, smallest=result.smallest_change)
    if not sure.sure:
        return (
            f"With the raters' own movement out, no common decline is sure: practice moves {size}."
        )
    way = sure.pick("falls", "rises", "")
    beyond = ""
    if sure.way == LOWER and sure.size == MORE:
        least = number(result.smallest_change, 1)
        beyond = f" That is more than {least} points, the smallest change that matters."
    return f"With the raters' own movement out, practice {way} by {size}.{beyond}"


def _sure(sign: Sign) -> bool:
    return certainty(sign.conf_low, sign.conf_high).sure


def _size(sign: Sign) -> str:
    """Write the number; without its sign where the sentence has a word for the direction."""
    return number(abs(sign.estimate), 1) if _sure(sign) else number(sign.estimate, 1, signed=True)


def _between(sign: Sign) -> str:
    """Write the interval, with signs where the number has one."""
    if not _sure(sign):
        said = interval(sign.conf_low, sign.conf_high, 1, signed=True, beside=(0,))
        return f"95% interval {said}"
    low, high = sorted((abs(sign.conf_low), abs(sign.conf_high)))
    return f"95% interval {interval(low, high, 1, beside=(0,))}"


def _signs_seen(result: NewNormal) -> str:
    """Say which signs stand out, several looks allowed for."""
    signs = {
        "scores draw together": result.spread,
        "supervisors' ratings rise against those of independent raters": result.role_gap,
        "people trained later stand lower": result.cohorts,
    }
    told = [name for name, sign in signs.items() if sign.told]
    clear = [name for name in told if signs[name].p_value * len(told) < ERROR_RATE]
    looked = f"Of the {count_of(len(told), 'other sign')} looked for,"
    if not clear:
        return f"{looked} none stands out from chance."
    return f"{looked} {len(clear)} {'is' if len(clear) == 1 else 'are'} seen: {one_of(clear)}."


def _spread(sign: Sign) -> Finding:
    lead = "No change is sure in the spread of scores about each practitioner's own course: it is"
    way = certainty(sign.conf_low, sign.conf_high).way
    if way == LOWER:
        lead = "Scores draw together about each practitioner's own course: their spread shrinks by"
    elif way == HIGHER:
        lead = "Scores scatter more about each practitioner's own course: their spread grows by"
    lead = f"{lead} {_size(sign)}% a quarter"
    return _plain("drift.spread_within", SPREAD, sign, lead, "percent a quarter")


def _role_gap(sign: Sign) -> Finding:
    lead = "No movement of supervisors' ratings against independent raters' is sure: it is"
    if _sure(sign):
        way = "rise" if sign.conf_low > 0 else "fall"
        lead = f"Supervisors' ratings {way} against independent raters' by"
    lead = f"{lead} {_size(sign)} points a quarter"
    prompt = _SIDE_BY_SIDE if _sure(sign) else ("", "")
    return _plain("drift.role_gap", ROLES, sign, lead, "points a quarter", prompt)


def _cohorts(sign: Sign) -> Finding:
    lead = (
        "At the same time, no difference is sure between people trained a year apart: it is "
        f"{_size(sign)} points"
    )
    if _sure(sign):
        way = "lower" if sign.conf_high < 0 else "higher"
        lead = f"At the same time, people trained a year later stand {_size(sign)} points {way}"
    rest = (
        " Those trained later also have less time since training, and these data can't tell the "
        "two apart."
    )
    prompt = _LATEST_TRAINING if _sure(sign) and sign.conf_high < 0 else ("", "")
    unit = "points a year of training"
    return _plain("drift.cohorts", COHORTS, sign, lead, unit, prompt, rest)


def _plain(
    name: str,
    question: str,
    sign: Sign,
    lead: str,
    unit: str,
    prompt: tuple[str, str] = ("", ""),
    rest: str = "",
) -> Finding:
    """Make the finding of one sign: its sentence, its interval and what it rests on."""
    table = {"drift.spread_within": "spread_within", "drift.role_gap": "role_gap"}
    about: dict[str, Any] = {
        "n": sign.n,
        "n_practitioners": sign.n_practitioners,
        "evidence": f"tables/{table.get(name, 'cohorts')}.parquet",
    }
    if not sign.told:
        return not_estimable(name, question, sign.reason, **about)
    seen = f"{count_of(sign.n, 'observation')} of {count_of(sign.n_practitioners, 'practitioner')}"
    return Finding(
        id=name,
        question=question,
        statement=f"{lead} ({_between(sign)}; {seen}).{rest}",
        estimate=sign.estimate,
        conf_low=sign.conf_low,
        conf_high=sign.conf_high,
        unit=unit,
        certainty=str(certainty(sign.conf_low, sign.conf_high)),
        action_prompt=prompt[0],
        best_practice=prompt[1],
        **about,
    )

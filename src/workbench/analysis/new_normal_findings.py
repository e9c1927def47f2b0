"""What the look for a new normal says, as findings of the network."""

from __future__ import annotations

from typing import Any

from workbench.analysis.new_normal import NewNormal, Sign
from workbench.certainty import LOWER, MORE, certainty
from workbench.findings import Finding, not_estimable
from workbench.language import mark, say
from workbench.wording import count_of, interval, number, one_of

NORMAL = mark("Is a lower level of practice becoming what is normal here?")
SPREAD = mark("Do scores draw together about each practitioner's own course?")
ROLES = mark("Do supervisors and independent raters still see the same practice alike?")
COHORTS = mark("Do people trained later stand lower than people trained earlier?")
ERROR_RATE = 0.05

_SAME_EYES = (
    mark(
        "Let a master and the supervisors score the same sessions, some recent and some from the "
        "first year: has what counts as good practice moved?"
    ),
    mark("A consistent fidelity assessment is used to see whether practice is as intended."),
)
_SIDE_BY_SIDE = (
    mark(
        "Let each supervisor score two sessions beside an independent rater next quarter, and talk "
        "through the items on which they differ."
    ),
    mark("Raters are trained on the fidelity assessment, and their agreement is checked."),
)
_LATEST_TRAINING = (
    mark(
        "Set the latest training beside the practice model: which core parts got less time or "
        "practice than before?"
    ),
    mark("Training teaches the skills of the practice model, with practice and feedback."),
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
        return not_estimable("drift.new_normal", say(NORMAL), test.reason, **about)
    lead = say("There is not enough evidence of a new normal.")
    if named:
        lead = say("A lower level of practice looks like the new normal here.")
    prompt, practice = _SAME_EYES if named else ("", "")
    return Finding(
        id="drift.new_normal",
        question=say(NORMAL),
        statement=f"{lead} {_movement(result)} {_signs_seen(result)}",
        estimate=test.estimate,
        conf_low=test.conf_low,
        conf_high=test.conf_high,
        unit=test.unit,
        action_prompt=say(prompt),
        best_practice=say(practice),
        **about,
    )


def _movement(result: NewNormal) -> str:
    """Say how practice moves once the raters' movement is out."""
    practice = result.practice
    sure = certainty(practice.conf_low, practice.conf_high, smallest=result.smallest_change)
    way = sure.pick(
        mark(
            "With the raters' own movement out, practice falls by {size} points a quarter ({ends}; "
            "{sessions} coded by a master)."
        ),
        mark(
            "With the raters' own movement out, practice rises by {size} points a quarter ({ends}; "
            "{sessions} coded by a master)."
        ),
        mark(
            "With the raters' own movement out, no common decline is sure: practice moves {size} "
            "points a quarter ({ends}; {sessions} coded by a master)."
        ),
    )
    sessions = count_of(result.raters.n_sessions, "session")
    moves = say(way, size=_size(practice), ends=_between(practice), sessions=sessions)
    if sure.way != LOWER or sure.size != MORE:
        return moves
    beyond = say(
        "That is more than {least} points, the smallest change that matters.",
        least=number(result.smallest_change, 1),
    )
    return f"{moves} {beyond}"


def _sure(sign: Sign) -> bool:
    return certainty(sign.conf_low, sign.conf_high).sure


def _size(sign: Sign) -> str:
    """Write the number; without its sign where the sentence has a word for the direction."""
    return number(abs(sign.estimate), 1) if _sure(sign) else number(sign.estimate, 1, signed=True)


def _between(sign: Sign) -> str:
    """Write the interval, with signs where the number has one."""
    if not _sure(sign):
        ends = interval(sign.conf_low, sign.conf_high, 1, signed=True, beside=(0,))
    else:
        low, high = sorted((abs(sign.conf_low), abs(sign.conf_high)))
        ends = interval(low, high, 1, beside=(0,))
    return say("95% interval {ends}", ends=ends)


def _signs_seen(result: NewNormal) -> str:
    """Say which signs stand out, several looks allowed for."""
    signs = {
        mark("scores draw together"): result.spread,
        mark("supervisors' ratings rise against those of independent raters"): result.role_gap,
        mark("people trained later stand lower"): result.cohorts,
    }
    told = [name for name, sign in signs.items() if sign.told]
    clear = [name for name in told if signs[name].p_value * len(told) < ERROR_RATE]
    text = mark("Of the {signs} looked for, none stands out from chance.")
    if len(clear) == 1:
        text = mark("Of the {signs} looked for, {n} is seen: {seen}.")
    elif clear:
        text = mark("Of the {signs} looked for, {n} are seen: {seen}.")
    seen = one_of([say(name) for name in clear])
    return say(text, signs=count_of(len(told), "other sign"), n=len(clear), seen=seen)


def _spread(sign: Sign) -> Finding:
    lead = certainty(sign.conf_low, sign.conf_high).pick(
        mark(
            "Scores draw together about each practitioner's own course: their spread shrinks by "
            "{size}% a quarter"
        ),
        mark(
            "Scores scatter more about each practitioner's own course: their spread grows by "
            "{size}% a quarter"
        ),
        mark(
            "No change is sure in the spread of scores about each practitioner's own course: it is "
            "{size}% a quarter"
        ),
    )
    unit = mark("percent a quarter")
    return _plain("drift.spread_within", SPREAD, sign, say(lead, size=_size(sign)), unit)


def _role_gap(sign: Sign) -> Finding:
    sure = certainty(sign.conf_low, sign.conf_high)
    lead = sure.pick(
        mark("Supervisors' ratings fall against independent raters' by {size} points a quarter"),
        mark("Supervisors' ratings rise against independent raters' by {size} points a quarter"),
        mark(
            "No movement of supervisors' ratings against independent raters' is sure: it is {size} "
            "points a quarter"
        ),
    )
    prompt = _SIDE_BY_SIDE if sure.sure else ("", "")
    unit = mark("points a quarter")
    return _plain("drift.role_gap", ROLES, sign, say(lead, size=_size(sign)), unit, prompt)


def _cohorts(sign: Sign) -> Finding:
    sure = certainty(sign.conf_low, sign.conf_high)
    lead = sure.pick(
        mark("At the same time, people trained a year later stand {size} points lower"),
        mark("At the same time, people trained a year later stand {size} points higher"),
        mark(
            "At the same time, no difference is sure between people trained a year apart: it is "
            "{size} points"
        ),
    )
    rest = say(
        "Those trained later also have less time since training, and these data can't tell the two "
        "apart."
    )
    prompt = _LATEST_TRAINING if sure.way == LOWER else ("", "")
    unit = mark("points a year of training")
    said = say(lead, size=_size(sign))
    return _plain("drift.cohorts", COHORTS, sign, said, unit, prompt, rest)


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
        return not_estimable(name, say(question), sign.reason, **about)
    seen = say(
        "{observations} of {practitioners}",
        observations=count_of(sign.n, "observation"),
        practitioners=count_of(sign.n_practitioners, "practitioner"),
    )
    return Finding(
        id=name,
        question=say(question),
        statement=f"{lead} ({_between(sign)}; {seen}). {rest}".rstrip(),
        estimate=sign.estimate,
        conf_low=sign.conf_low,
        conf_high=sign.conf_high,
        unit=unit,
        certainty=str(certainty(sign.conf_low, sign.conf_high)),
        action_prompt=say(prompt[0]),
        best_practice=say(prompt[1]),
        **about,
    )

"""Which generation of training each practitioner belongs to, by the chain of trainers.

Trainers who are not practitioners of the network are the programme's own, and whom they train is
generation 1. Whom those train is generation 2, and so on.
"""

from __future__ import annotations

import pandas as pd

from workbench.language import mark

NO_TRAINER = mark("no trainer is named")
NO_START = mark("the chain begins with someone whose trainer is not named")
LOOP = mark("the chain of trainers runs in a circle")


def generation_of(practitioners: pd.DataFrame) -> pd.Series:
    """Tell each practitioner's generation: 1 if trained by someone who is no practitioner here.

    Parameters
    ----------
    practitioners
        ``practitioner_id``, and ``trainer_id`` where it is recorded.

    Returns
    -------
    Series
        By ``practitioner_id``, of type Int64; missing where the chain has no known start.

    Examples
    --------
    >>> people = pd.DataFrame({"practitioner_id": ["a", "b"], "trainer_id": ["T1", "a"]})
    >>> generation_of(people).to_list()
    [1, 2]
    """
    return trainer_chain(practitioners)["generation"]


def trainer_chain(practitioners: pd.DataFrame) -> pd.DataFrame:
    """Tell each practitioner's generation, and ``why_unknown`` where there is none.

    Parameters and index are as for :func:`generation_of`.
    """
    ids = practitioners["practitioner_id"]
    trainers = pd.Series(None, index=practitioners.index, dtype="object")
    if "trainer_id" in practitioners.columns:
        trainers = practitioners["trainer_id"]
    trainer_of = {
        person: trainer if pd.notna(trainer) else None
        for person, trainer in zip(ids, trainers, strict=True)
    }
    walked = [_walk(person, trainer_of) for person in ids]
    index = pd.Index(ids, name="practitioner_id")
    return pd.DataFrame(
        {
            "generation": pd.array([steps or pd.NA for steps, _ in walked], dtype="Int64"),
            "why_unknown": pd.array([why for _, why in walked], dtype="str"),
        },
        index=index,
    )


def _walk(person: str, trainer_of: dict[str, str | None]) -> tuple[int, str]:
    """Count steps up to the programme's own trainers; 0, and why, where they aren't reached.

    A person who is trained by themselves is a circle of one.
    """
    seen: set[str] = set()
    while person not in seen:
        seen.add(person)
        above = trainer_of[person]
        if above is None:
            return 0, NO_TRAINER if len(seen) == 1 else NO_START
        if above not in trainer_of:
            return len(seen), ""
        person = above
    return 0, LOOP

"""Items raised from practice, with how long each waited and whether it still waits."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from workbench.language import mark, say
from workbench.quarters import Quarter, quarter_labels

NO_TOPIC = mark("no topic noted")
OTHER_TOPICS = mark("other topics")
RAISED_LATER = mark("raised after the quarter")
NO_DAY = mark("the day on which they were raised is not noted")
BEFORE = mark("decided or answered before they were raised")
LEVELS = (mark("practice"), mark("site"), mark("region"), mark("network"))
OPTIONAL = ("topic", "decided_on", "decision", "answered_on")
FLOW_COLUMNS = ["quarter", "raised", "decided", "answered", "open_at_end"]


def items_up_to(
    feedback_items: pd.DataFrame, quarter: Quarter
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Items raised up to the end of a quarter, as they stood on its last day.

    What was decided or answered later was open then. An item that was answered without a day of
    decision counts as decided on the day of the answer, which is the latest it can have been.

    Returns
    -------
    tuple
        One row an item: ``raised_on, raised_by, raised_to, topic, decision``; ``decided``,
        ``answered``, ``told`` (bool); ``days_to_decision, days_to_answer, days_to_telling`` (the
        last from the decision), each up to the event or to the end of the quarter;
        ``days_to_telling`` is missing where nothing is decided. And how many items were left out,
        by reason.
    """
    if feedback_items.empty:
        return pd.DataFrame(columns=["raised_on"]), {}
    day = pd.Timestamp(quarter.last_day)
    frame = feedback_items.drop_duplicates("feedback_item_id")
    frame = frame.reindex(columns=[*dict.fromkeys([*frame.columns, *OPTIONAL])])
    for name in ("raised_on", "decided_on", "answered_on"):
        frame[name] = pd.to_datetime(frame[name])
    early = (frame["decided_on"] < frame["raised_on"]) | (frame["answered_on"] < frame["raised_on"])
    why = pd.Series("", index=frame.index).mask(early, BEFORE)
    why = why.mask(frame["raised_on"] > day, RAISED_LATER).mask(frame["raised_on"].isna(), NO_DAY)
    left_out = {str(reason): int(count) for reason, count in why[why != ""].value_counts().items()}
    frame = frame[why == ""].reset_index(drop=True)
    answered_on = frame["answered_on"].where(frame["answered_on"] <= day)
    decided_on = frame["decided_on"].where(frame["decided_on"] <= day).fillna(answered_on)
    until = pd.Series(day, index=frame.index)
    items = pd.DataFrame(
        {
            "raised_on": frame["raised_on"],
            "raised_by": frame["raised_by_level"],
            "raised_to": frame["raised_to_level"],
            "topic": _topics(frame["topic"]),
            "decision": frame["decision"],
            "decided_on": decided_on,
            "answered_on": answered_on,
            "decided": decided_on.notna(),
            "answered": answered_on.notna(),
            "told": (answered_on.notna() & decided_on.notna()),
            "days_to_decision": (decided_on.fillna(until) - frame["raised_on"]).dt.days,
            "days_to_answer": (answered_on.fillna(until) - frame["raised_on"]).dt.days,
            "days_to_telling": (answered_on.fillna(until) - decided_on).dt.days.clip(lower=0),
        }
    )
    return items, left_out


def _topics(written: pd.Series) -> pd.Series:
    """Topics by their first spelling: capitals and spaces around a word make no new topic."""
    plain = written.astype("str").str.strip()
    plain = plain.where(plain.notna() & (plain != ""), NO_TOPIC)
    key = plain.str.casefold().str.replace(r"\s+", " ", regex=True)
    return key.map(dict(zip(key[::-1], plain[::-1], strict=True))).astype("str")


def pooled_topics(items: pd.DataFrame, fewest: int) -> tuple[pd.Series, dict[str, str]]:
    """Topics of items, with those of too few items pooled, and what each pool holds."""
    counts = items["topic"].value_counts()
    few = sorted(name for name in counts.index[counts < fewest] if name != NO_TOPIC)
    if len(few) < 2:
        return items["topic"], {}
    pooled = items["topic"].where(~items["topic"].isin(few), OTHER_TOPICS)
    return pooled, {OTHER_TOPICS: say("pools {topics}", topics=", ".join(few))}


def groups_of(
    items: pd.DataFrame, fewest: int
) -> Iterator[tuple[str, str, str, str, pd.DataFrame]]:
    """Every group that is told: scope, level, topic, what to know about it, and its items."""
    yield "network", "", "", "", items
    for scope in ("raised_to", "raised_by"):
        present = set(items[scope].dropna())
        for level in [one for one in LEVELS if one in present]:
            yield scope, level, "", "", items[items[scope] == level]
    topic, notes = pooled_topics(items, fewest)
    for name, mine in items.groupby(topic, sort=True):
        shown = say(str(name)) if name in (NO_TOPIC, OTHER_TOPICS) else str(name)
        yield "topic", "", shown, notes.get(str(name), ""), mine


def flow_by_quarter(items: pd.DataFrame, quarter: Quarter) -> pd.DataFrame:
    """Items raised, decided and answered in each quarter, and how many were open at its end."""
    if items.empty:
        return pd.DataFrame(columns=FLOW_COLUMNS)
    starts = quarter.fiscal_year_starts
    counts = {
        name: quarter_labels(items[f"{name}_on"].dropna(), starts).value_counts()
        for name in ("raised", "decided", "answered")
    }
    rows, waiting = [], 0
    here = Quarter.containing(items["raised_on"].min().date(), starts)
    while here <= quarter:
        row = {name: int(count.get(str(here), 0)) for name, count in counts.items()}
        waiting += row["raised"] - row["answered"]
        rows.append({"quarter": str(here), **row, "open_at_end": waiting})
        here = here.plus(1)
    return pd.DataFrame(rows, columns=FLOW_COLUMNS)

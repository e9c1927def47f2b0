"""Relations and time: rows that contradict others, and what changed between two deliveries."""

from __future__ import annotations

from corruption_kinds import kind
from corruption_study import Hand, larger_study

GROUP = "relations and time"
RESPONSES = "fidelity_responses"


@kind(GROUP, "rows that repeat another word for word", "ROWS")
def repeated(hand: Hand, n: int) -> None:
    table = (RESPONSES, "supports", "plans", RESPONSES)[n]
    head, *rows = hand.lines(table)
    more = (rows[:3], rows[5:6], rows[-1:], rows[:20])[n]
    hand.write_lines(table, [head, *rows, *more] if n < 3 else [head, *more, *rows])


@kind(GROUP, "the same key with different content", "ROWS")
def same_key(hand: Hand, n: int) -> None:
    table = (RESPONSES, "supports", "plan_actions", RESPONSES)[n]
    column = ("response", "minutes", "due_on", "response")[n]
    row = dict(hand.frame(table).iloc[4])
    row[column] = {"response": "0" if row.get("response") != "0" else "1", "minutes": "7",
                   "due_on": "2026-12-24"}[column]  # fmt: skip
    hand.append(table, row, *([dict(row, response="na")] if n == 3 else []))


@kind(GROUP, "a practitioner who is not listed", "ROWS")
def orphans(hand: Hand, n: int) -> None:
    if n < 3:
        table = (RESPONSES, "supports", "plans")[n]
        rows = range(20) if n == 0 else [2]
        hand.edit(table, "practitioner_id", "X999", rows)
    else:
        hand.append("practitioners", {"practitioner_id": "0099", "site_id": "099"})
        hand.edit("supports", "practitioner_id", "0099", [3])


@kind(GROUP, "a site, plan or observation that is not listed", "ROWS")
def other_orphans(hand: Hand, n: int) -> None:
    table, column = ((RESPONSES, "site_id"), ("plan_actions", "plan_id"), ("plans", "site_id"),
                     ("supports", "triggered_by_observation_id"))[n]  # fmt: skip
    hand.edit(table, column, "X9", [4])


@kind(GROUP, "observed before hiring or after leaving", "ROWS|NOTE", truth=True)
def outside_of_post(hand: Hand, n: int) -> None:
    who = hand.frame(RESPONSES)["practitioner_id"].iloc[0]
    people = hand.frame("practitioners")
    row = list(people["practitioner_id"]).index(who)
    if n % 2 == 0:
        hand.edit("practitioners", "trained_on", "", [row])
        hand.edit("practitioners", "certified_on", "", [row])
        hand.edit("practitioners", "left_on", "", [row])
        hand.edit("practitioners", "hired_on", ("2026-09-29", "", "2026-04-15")[n], [row])
    else:
        hand.edit("practitioners", "hired_on", "2020-01-01", [row])
        hand.edit("practitioners", "left_on", ("", "2026-01-01", "", "2026-02-20")[n], [row])


@kind(GROUP, "time that goes backwards", "ROWS", "ROWS", "ROWS", "ROWS|REFUSE")
def backwards(hand: Hand, n: int) -> None:
    table, column, day = (
        ("plans", "closed_on", "2019-01-01"),
        (RESPONSES, "rated_on", "2019-01-01"),
        ("plan_actions", "done_on", "2019-01-01"),
        ("practitioners", "left_on", "2019-01-01"),
    )[n]
    frame = hand.frame(table)
    rows = [0] if column not in ("left_on", "closed_on") else [int((frame[column] != "").argmax())]
    hand.edit(table, column, day, rows)
    if table == "practitioners":
        hand.edit(table, "hired_on", "2020-01-01", rows)


@kind(GROUP, "a practitioner who changes site", "ACCEPT|NOTE", truth=True)
def changes_site(hand: Hand, n: int) -> None:
    frame = hand.frame(RESPONSES)
    who = frame["practitioner_id"].iloc[0]
    other = "003" if frame["site_id"].iloc[0] != "003" else "001"
    days = sorted(frame.loc[frame["practitioner_id"] == who, "observed_on"].unique())
    since = days[(len(days) // 2, -1, 1, 0)[n]]
    moved = (frame["practitioner_id"] == who) & (frame["observed_on"] >= since)
    hand.save(RESPONSES, frame.assign(site_id=frame["site_id"].mask(moved, other)))


def _later(hand: Hand, column: str, code: str, years: int) -> None:
    """Let rows of a code begin some years earlier, so that there is a long gap in it."""
    frame = hand.frame(RESPONSES)
    mine = frame["observation_id"] == frame.loc[frame[column] == code, "observation_id"].iloc[0]
    for name in ("observed_on", "rated_on"):
        days = frame.loc[mine & (frame[name] != ""), name]
        early = days.map(lambda one: one.replace(one[:4], str(int(one[:4]) - years), 1))
        frame.loc[early.index, name] = early
    hand.save(RESPONSES, frame)


@kind(GROUP, "a rater's code given to another person", "NOTE|ASK", truth=True)
def recycled_rater(hand: Hand, n: int) -> None:
    raters = hand.frame(RESPONSES).query("rater_role == 'independent'")["rater_id"].unique()
    _later(hand, "rater_id", raters[n % len(raters)], (2, 3, 4, 5)[n])


@kind(GROUP, "a practitioner's code given to another person", "NOTE|ASK|ROWS", truth=True)
def recycled_practitioner(hand: Hand, n: int) -> None:
    people = hand.frame(RESPONSES)["practitioner_id"].unique()
    _later(hand, "practitioner_id", people[n], (2, 3, 4, 5)[n])


@kind(GROUP, "an instrument's version that changes within the year", "ACCEPT|NOTE", "ACCEPT|NOTE",
      "ROWS|REFUSE", "ACCEPT|NOTE", names=("", "", "row column", ""), truth=True)  # fmt: skip
def version(hand: Hand, n: int) -> None:
    frame = hand.frame(RESPONSES)
    late = frame["observed_on"] >= ("2026-07-01", "2026-04-01", "2026-09-01", "2026-08-01")[n]
    hand.save(RESPONSES, frame.assign(
        instrument_version=frame["instrument_version"].mask(late, "2")
    ))  # fmt: skip
    if n != 2:
        from workbench.resources import resource_file

        text = resource_file("data/schemas/instruments/practice_fidelity_v1.yml").read_text()
        folder = hand.folder / "data" / "schemas" / "instruments"
        folder.mkdir(parents=True, exist_ok=True)
        text = text.replace('version: "1"', 'version: "2"', 1)
        (folder / "practice_fidelity_v2.yml").write_text(text, encoding="utf-8")


@kind(GROUP, "an item scored the wrong way round", "NOTE", truth=True,
      mentions="Every item goes with the others")  # fmt: skip
def flipped(hand: Hand, n: int) -> None:
    # Among the 50 observations of the small study, a turned item can't be told from a weak one.
    larger_study(hand)
    frame = hand.frame(RESPONSES)
    items = ("prep_hopes", "prep_information", "prep_team", "prep_last_time")
    mine = (frame["item_id"] == items[n]) & frame["response"].isin(list("01234"))
    turned = frame.loc[mine, "response"].map(lambda one: str(4 - int(one)))
    frame.loc[mine, "response"] = turned
    hand.save(RESPONSES, frame)


@kind(GROUP, "items missing from an observation", "ACCEPT|NOTE", truth=True)
def incomplete(hand: Hand, n: int) -> None:
    frame = hand.frame(RESPONSES)
    first = frame.index[frame["observation_id"] == frame["observation_id"].iloc[0]]
    gone = first[: (1, 6, len(first) - 1, 12)[n]]
    hand.save(RESPONSES, frame.drop(index=gone))


@kind(GROUP, "late entries after the quarter was closed", "ACCEPT|NOTE", truth=True)
def late(hand: Hand, n: int) -> None:
    frame = hand.frame(RESPONSES)
    days = sorted(frame["observed_on"].unique())
    rows = frame[frame["observed_on"] == days[n]].head(30).copy()
    rows["observation_id"] = "L" + rows["observation_id"]
    rows["rated_on"] = "2026-10-01"
    hand.append(RESPONSES, *rows.to_dict("records"))


@kind(GROUP, "a past quarter edited without a word", "ACCEPT|NOTE", truth=True)
def edited(hand: Hand, n: int) -> None:
    rows = (range(1), range(3), range(10), range(2))[n]
    hand.edit(RESPONSES, "response", lambda one: "0" if one != "0" else "4", rows)


@kind(GROUP, "one family under two identifiers", "ACCEPT|NOTE", truth=True)
def two_families(hand: Hand, n: int) -> None:
    frame = hand.frame("plans")
    twin = dict(frame.iloc[n], plan_id=f"PL9{n}")
    hand.append("plans", twin)
    if n == 3:
        hand.save("plans", hand.frame("plans").assign(date_of_birth="2010-01-01", initials="AB"))


@kind(GROUP, "a practitioner who is also the rater", "ROWS", "ROWS", "ACCEPT", "ROWS", truth=(2,))
def self_rating(hand: Hand, n: int) -> None:
    frame = hand.frame(RESPONSES)
    first = frame.drop_duplicates("observation_id")
    independent = first[first["rater_role"] == ("supervisor" if n == 3 else "independent")]
    mine = frame["observation_id"] == independent["observation_id"].iloc[(0, 1, 2, 0)[n]]
    frame.loc[mine, "rater_id"] = frame.loc[mine, "practitioner_id"]
    if n == 2:
        frame.loc[mine, "rater_role"] = "self"
    hand.save(RESPONSES, frame)

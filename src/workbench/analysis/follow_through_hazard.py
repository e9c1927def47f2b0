"""How likely an open action is to be done in each stretch of days, by owner and over time.

The model is a discrete-time hazard (Singer and Willett 1993, Journal of Educational Statistics 18,
155-195): the log odds that an action still open is done in a stretch, with an effect of the
stretch, the owner and the quarter of the agreement, and with random effects of site, practitioner
and plan, since actions of one plan go together.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from workbench.analysis.follow_through_rows import (
    DONE_IN,
    FEWEST_EACH,
    STRETCH,
    column_of,
    counted,
    rows_that_tell,
    said_of_stretch,
    stretch_rows,
)
from workbench.analysis.follow_through_shares import OWNERS, behind
from workbench.errors import ModelRefused
from workbench.language import mark, say
from workbench.models.item_fit import ItemModelFit
from workbench.models.items import fit_item_model
from workbench.progress import followed
from workbench.terms import CONFIDENCE
from workbench.wording import count_of, one_of

FEWEST_ACTIONS = 30
FEWEST_PEOPLE = 5
FEWEST_SITES = 5
FEWEST_QUARTERS = 3
INTERVAL, EFFECT, TREND = "interval", "effect", "quarters"
HAZARD_COLUMNS = [
    "kind", "term", "title", "estimate", "conf_low", "conf_high", "unit", "n_actions", "n_plans",
    "n_practitioners", "reason",
]  # fmt: skip
TREND_COLUMNS = [
    "scope", "site_id", "slope", "slope_low", "slope_high", "n_actions", "n_plans",
    "n_practitioners", "reason",
]  # fmt: skip
PROBABILITY = "probability of being done in these days, if still open"
ODDS = "odds ratio of being done"
TITLES = {
    column_of("family"): mark("actions of the family beside those of the person"),
    column_of("natural support"): mark("actions of natural supports beside those of the person"),
    column_of("professional"): mark("actions of professionals beside those of the person"),
    TREND: mark("agreed a quarter later"),
}
NOT_FOLLOWED = mark("no action was followed through a stretch of {days} days yet.")
NO_ACTIONS = mark("no actions were handed in. They would show what happens after the meeting.")


@dataclass(frozen=True)
class Hazard:
    """A hazard model and what it was made of.

    Attributes
    ----------
    found
        ``kind, term, estimate, conf_low, conf_high, p_value`` on the scale of the log odds.
    model
        As lme4 writes it.
    left_out
        Stretches, owners and random effects that the data can't hold, in words.
    numbers
        ``n_actions, n_plans, n_practitioners`` behind it.
    reason
        Why there is no model; empty if there is.
    """

    found: pd.DataFrame = field(default_factory=pd.DataFrame)
    model: str = ""
    left_out: tuple[str, ...] = ()
    numbers: dict[str, int] = field(default_factory=dict)
    reason: str = ""

    def table(self) -> pd.DataFrame:
        """Make the evidence table ``follow_through_hazard``: probabilities and odds ratios."""
        if self.found.empty:
            return pd.DataFrame(columns=HAZARD_COLUMNS)
        interval = (self.found["kind"] == INTERVAL).to_numpy()
        ends = self.found[["estimate", "conf_low", "conf_high"]].to_numpy()
        told = np.where(interval[:, None], 1 / (1 + np.exp(-ends)), np.exp(ends))
        titles = [
            said_of_stretch(DONE_IN, int(term[1:])) if is_stretch else say(TITLES[term])
            for term, is_stretch in zip(self.found["term"], interval, strict=True)
        ]
        return self.found.assign(
            title=titles,
            estimate=told[:, 0],
            conf_low=told[:, 1],
            conf_high=told[:, 2],
            unit=np.where(interval, PROBABILITY, ODDS),
            reason=say("left out: {all}.", all=one_of(list(self.left_out)))
            if self.left_out
            else "",
            **self.numbers,
        )[HAZARD_COLUMNS]

    def trend(self) -> dict[str, object]:
        """Odds ratio a quarter with its interval, or the reason why there is none."""
        row = self.found[self.found["term"] == TREND] if len(self.found) else self.found
        reason = self.reason
        if row.empty and not reason:
            reason = say(
                "actions were agreed in fewer than {quarters} quarters.", quarters=FEWEST_QUARTERS
            )
        ends = np.full(3, np.nan) if row.empty else np.exp(row.iloc[0][
            ["estimate", "conf_low", "conf_high"]
        ].to_numpy(float))  # fmt: skip
        return {
            **dict(zip(["slope", "slope_low", "slope_high"], ends, strict=True)),
            **(self.numbers or dict.fromkeys(TREND_COLUMNS[5:8], 0)),
            "reason": reason,
        }


def hazard_of(rows: pd.DataFrame, with_sites: bool = True) -> Hazard:
    """Fit the hazard of some action-stretch rows, with as much of the model as they can hold."""
    if rows.empty:
        return Hazard(reason=say(NOT_FOLLOWED, days=STRETCH))
    kept, left_out = rows_that_tell(rows)
    numbers = {"n_actions": int(kept["plan_action_id"].nunique()), **behind(kept)}
    reason = _too_few(numbers)
    if reason:
        return Hazard(numbers=numbers, reason=reason)
    table = counted(kept)
    fixed = _fixed(table)
    random, absent = _random(table, with_sites)
    while True:
        model = " + ".join([fixed, *random])
        fit, why = _fitted(model, table)
        if fit is not None:
            sites = table["site_id"].nunique() if "site_id" in model else 0
            return Hazard(_told(fit, sites), model, (*left_out, *absent), numbers)
        if not random:
            reason = say("the model can't be fitted. {why}", why=why)
            return Hazard(model=model, numbers=numbers, reason=reason)
        absent.append(say(WORDS[random.pop(0)]))


def trends(by_action: pd.DataFrame, rows: pd.DataFrame, network: Hazard) -> pd.DataFrame:
    """Make ``follow_through_trend``: of the network, and of each site by a model of its own."""
    found = [{"scope": "network", "site_id": "", **network.trend()}]
    for site in followed(sorted(by_action["site_id"].unique()), "Courses of sites fitted"):
        own = hazard_of(rows[rows["site_id"] == site], with_sites=False)
        found.append({"scope": "site", "site_id": str(site), **own.trend()})
    return pd.DataFrame(found, columns=TREND_COLUMNS)


BY_SITE, BY_SITE_TREND = "(1 | site_id)", "(0 + quarters | site_id)"
BY_PERSON, BY_PLAN = "(1 | practitioner_id)", "(1 | plan_id)"
WORDS = {
    BY_SITE_TREND: mark("trends of the sites' own"),
    BY_SITE: mark("effects of sites"),
    BY_PERSON: mark("effects of practitioners"),
    BY_PLAN: mark("effects of plans"),
}


def _too_few(numbers: dict[str, int]) -> str:
    if numbers["n_actions"] < FEWEST_ACTIONS:
        return say(
            "{actions} could be followed through a stretch in which at least {each} were done and "
            "{each} were not, and {needed} are needed.",
            actions=count_of(numbers["n_actions"], "action"),
            each=FEWEST_EACH,
            needed=FEWEST_ACTIONS,
        )
    if numbers["n_practitioners"] < FEWEST_PEOPLE:
        return say(
            "actions are of {practitioners}, and {needed} are needed.",
            practitioners=count_of(numbers["n_practitioners"], "practitioner"),
            needed=FEWEST_PEOPLE,
        )
    return ""


def _fixed(table: pd.DataFrame) -> str:
    one = table["part"].eq(table["part"].iloc[0]).all()
    owners = [column_of(owner) for owner in OWNERS[1:] if (table["owner"] == owner).any()]
    if not (table["owner"] == OWNERS[0]).any():
        owners = owners[1:]  # the first that is there takes the place of the person
    over = [TREND] if table["quarter"].nunique() >= FEWEST_QUARTERS else []
    return "done ~ " + " + ".join(["1" if one else "0 + part", *owners, *over])


def _random(table: pd.DataFrame, with_sites: bool) -> tuple[list[str], list[str]]:
    """Random effects that the design can hold, the first to be given up first, and the others."""
    able = {}
    if with_sites:
        sites = table["site_id"].nunique() >= FEWEST_SITES
        able[BY_SITE_TREND] = sites and table["quarter"].nunique() >= FEWEST_QUARTERS
        able[BY_SITE] = sites
    able[BY_PERSON] = table["practitioner_id"].nunique() >= FEWEST_PEOPLE
    able[BY_PLAN] = table["plan_id"].nunique() > table["practitioner_id"].nunique()
    return [one for one in able if able[one]], [say(WORDS[one]) for one in able if not able[one]]


def _fitted(model: str, table: pd.DataFrame) -> tuple[ItemModelFit | None, str]:
    try:
        fit = fit_item_model(model, table, "binomial", denominator="of")
    except ModelRefused as error:
        return None, str(error)
    return (fit, "") if fit.usable else (None, fit.why_not)


def _told(fit: ItemModelFit, sites: int) -> pd.DataFrame:
    """Estimates with their intervals.

    Stretches and the course over quarters differ between sites, so their intervals have the t of
    so many sites less one, as a mean of so many would; owners are compared within plans.
    """
    from scipy import stats

    tidy = fit.tidy()
    term = tidy["term"].str.extract(r"^part\[(?:T\.)?(s\d)\]$")[0].fillna(tidy["term"])
    kind = np.where(term.str.fullmatch(r"s\d"), INTERVAL, EFFECT)
    df = np.where((kind == INTERVAL) | (term == TREND), sites - 1 if sites else np.inf, np.inf)
    reach = stats.t.ppf((1 + CONFIDENCE) / 2, df) * tidy["std_error"]
    return pd.DataFrame(
        {
            "term": term,
            "kind": kind,
            "estimate": tidy["estimate"],
            "conf_low": tidy["estimate"] - reach,
            "conf_high": tidy["estimate"] + reach,
            "p_value": 2 * stats.t.sf(np.abs(tidy["statistic"]), df),
        }
    )


def hazard_rows(by_action: pd.DataFrame, by_plan: pd.DataFrame) -> pd.DataFrame:
    """Action-stretch rows of actions whose owner is one of the four."""
    return stretch_rows(by_action[by_action["owner"].isin(OWNERS)], by_plan)

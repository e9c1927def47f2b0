"""Whether practice stands lower the further training is from the programme's own trainers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from workbench import terms
from workbench.analysis.generations_chain import NO_TRAINER, generation_of, trainer_chain
from workbench.analysis.growth_fit import fit_growth
from workbench.analysis.mechanism_test import MechanismTest
from workbench.language import mark, say
from workbench.models.mixed_fit import MixedModelFit
from workbench.quarters import DAYS_IN_A_QUARTER
from workbench.settings import Thresholds
from workbench.shown import Shown
from workbench.wording import count_of

__all__ = ["Generations", "generation_of", "generations"]

FEWEST_GENERATIONS = 2
FEWEST_PRACTITIONERS = 8
"""Practitioners of a generation below which it doesn't count towards the two that are needed."""
CLOSEST_CORRELATION = 0.95
"""Correlation of generation and training date above which the two can't be told apart."""
STEP, LATER = "generation_step", "years_trained_later"
QUARTERS_IN_A_YEAR = 4
UNIT = mark("points a generation")
_ONE_IS_LARGE = mark(
    "{generations} of training has {people} or more practitioners, and {fewest} are needed."
)
_SOME_ARE_LARGE = mark(
    "{generations} of training have {people} or more practitioners, and {fewest} are needed."
)
COLUMNS = ["generation", "difference", "conf_low", "conf_high", "n_practitioners"]


@dataclass(frozen=True)
class Generations(Shown):
    """Practice by generation of training.

    Attributes
    ----------
    test
        Change of the modelled level for each generation further from the programme's trainers.
    by_generation
        Evidence table ``generations``: each generation beside the first, which is 0 by definition.
    adjusted
        Whether the training date is held equal.
    unadjusted
        The same change without holding the training date equal; NaN where there is none.
    why_not_adjusted
        Why the training date is not held equal; empty where it is.
    left_out
        Practitioners observed whose generation is not known, by reason.
    """

    test: MechanismTest
    by_generation: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=COLUMNS))
    adjusted: bool = False
    unadjusted: float = np.nan
    why_not_adjusted: str = ""
    left_out: dict[str, int] = field(default_factory=dict)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Evidence tables by name."""
        return {"generations": self.by_generation}


def generations(
    by_observation: pd.DataFrame, practitioners: pd.DataFrame, now: float, thresholds: Thresholds
) -> Generations:
    """Set generations of training beside one another.

    Those of a later generation were mostly trained later too, and who was trained lately differs
    from who was trained long ago for other reasons. Where the training date is known it is
    therefore held equal: the generations compared are then of people trained at the same time.

    Parameters
    ----------
    by_observation
        One row an observation: ``fidelity`` in percent, ``quarters``, ``quarter``, ``observed_on``,
        ``rater_role``, ``rater_id``, ``practitioner_id``, ``site_id``.
    practitioners
        ``practitioner_id``, and ``trainer_id`` and ``trained_on`` where they are recorded.
    now, thresholds
        End of the report quarter and the study's thresholds. Every analysis is asked alike; this
        one turns on neither.
    """
    chain = trainer_chain(practitioners)
    frame, left_out = with_generations(by_observation, practitioners, chain)
    people = frame.drop_duplicates("practitioner_id")
    counted = Generations(
        MechanismTest(terms.GENERATION_EFFECT, n=len(frame), n_practitioners=len(people)),
        why_not_adjusted=_why_not_adjusted(people),
        left_out=left_out,
    )
    reason = _too_few(people)
    if reason:
        return replace(counted, test=replace(counted.test, reason=reason))
    return _answered(counted, frame, people)


def with_generations(
    by_observation: pd.DataFrame, practitioners: pd.DataFrame, chain: pd.DataFrame
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Observations of those whose generation is known, and how many people were left out and why.

    Adds ``generation``, ``generation_step`` (0 for the first) and ``years_trained_later``: years
    from the start of the series to the training, 0 if it came before. Where the day of training is
    not recorded the first observation stands for it.
    """
    chain = chain[~chain.index.duplicated()]
    people = by_observation["practitioner_id"]
    frame = by_observation.assign(
        generation=people.map(chain["generation"]).astype("Int64"),
        why_unknown=people.map(chain["why_unknown"]).astype("str").fillna(NO_TRAINER),
    )
    unknown = frame[frame["generation"].isna()].drop_duplicates("practitioner_id")
    reasons = unknown["why_unknown"].value_counts()
    left_out = {str(reason): int(count) for reason, count in reasons.items()}
    known = frame[frame["generation"].notna()].reset_index(drop=True)
    first_seen = known.groupby("practitioner_id")["quarters"].transform("min")
    trained = pd.Series(np.nan, index=known.index)
    if "trained_on" in practitioners.columns:
        days = dict(zip(practitioners["practitioner_id"], practitioners["trained_on"], strict=True))
        before = known["observed_on"] - pd.to_datetime(known["practitioner_id"].map(days))
        trained = known["quarters"] - before.dt.days / DAYS_IN_A_QUARTER
    later = trained.fillna(first_seen).clip(lower=0.0) / QUARTERS_IN_A_YEAR
    if trained.isna().all():
        later = later * 0.0
    step = known["generation"].astype(float) - 1
    return known.assign(generation_step=step, years_trained_later=later), left_out


def _too_few(people: pd.DataFrame) -> str:
    """Why generations can't be compared; empty if they can."""
    counts = people["generation"].value_counts()
    if counts.empty:
        return say("for nobody who was observed is it known who trained them.")
    enough = int((counts >= FEWEST_PRACTITIONERS).sum())
    if enough >= FEWEST_GENERATIONS:
        return ""
    return say(
        _ONE_IS_LARGE if enough == 1 else _SOME_ARE_LARGE,
        generations=count_of(enough, "generation"),
        people=FEWEST_PRACTITIONERS,
        fewest=FEWEST_GENERATIONS,
    )


def _why_not_adjusted(people: pd.DataFrame) -> str:
    """Why the training date is not held equal; empty if it can be."""
    later, step = people[LATER], people[STEP]
    if later.nunique() < 2:
        return say("no training date after the start of the series is known")
    if step.std() > 0 and abs(later.corr(step)) > CLOSEST_CORRELATION:
        return say("each generation was trained at a time of its own")
    return ""


def _answered(counted: Generations, frame: pd.DataFrame, people: pd.DataFrame) -> Generations:
    """Change with each generation, and each generation beside the first."""
    adjustment = [] if counted.why_not_adjusted else [LATER]
    fit, reason = fit_growth(frame, [STEP, *adjustment])
    if fit is None:
        return replace(counted, test=replace(counted.test, reason=reason))
    tidy = fit.tidy()
    row = tidy[tidy["term"] == STEP].iloc[0]
    test = replace(
        counted.test,
        estimate=float(row["estimate"]),
        conf_low=float(row["conf_low"]),
        conf_high=float(row["conf_high"]),
        unit=UNIT,
        p_value=float(row["p_value"]),
        in_its_direction=bool(row["estimate"] < 0),
    )
    plain, _ = fit_growth(frame, [STEP]) if adjustment else (None, "")
    return replace(
        counted,
        test=test,
        by_generation=_by_generation(frame, people, adjustment),
        adjusted=bool(adjustment),
        unadjusted=_coefficient(plain, STEP),
    )


def _coefficient(fit: MixedModelFit | None, term: str) -> float:
    if fit is None:
        return np.nan
    return float(fit.equations.fixed_effects[fit.design.fixed_names.index(term)])


def _by_generation(
    frame: pd.DataFrame, people: pd.DataFrame, adjustment: list[str]
) -> pd.DataFrame:
    """Each generation beside the first; without rows where nobody of the first was observed."""
    counts = people["generation"].value_counts().sort_index()
    names = {number: f"is_generation_{number}" for number in counts.index if number > 1}
    columns = {name: (frame["generation"] == one).astype(float) for one, name in names.items()}
    fit = None
    if 1 in counts.index:
        fit, _ = fit_growth(frame.assign(**columns), [*columns, *adjustment])
    if fit is None:
        return pd.DataFrame(columns=COLUMNS)
    found = fit.tidy().set_index("term").loc[list(columns)]
    rest = pd.DataFrame(
        {
            "generation": list(names),
            "difference": found["estimate"].to_numpy(),
            "conf_low": found["conf_low"].to_numpy(),
            "conf_high": found["conf_high"].to_numpy(),
        }
    )
    first = pd.DataFrame([{"generation": 1, "difference": 0.0, "conf_low": 0.0, "conf_high": 0.0}])
    table = pd.concat([first, rest], ignore_index=True)
    return table.assign(n_practitioners=counts.to_numpy(int))[COLUMNS]

"""Time to the first of several kinds of event when some have had none yet: cumulative incidence.

``F_k(t)`` is the share that has had event k by time t, with the others there to come first. Whoever
was followed up to t without an event is at risk at t and counts as nothing afterwards (Aalen and
Johansen 1978, Scandinavian Journal of Statistics 5, 141-150). To treat the other kinds as mere ends
of follow-up would answer another question, and too high.

Two standard errors are given. ``std_error`` takes subjects as independent (Aalen 1978, Annals of
Statistics 6, 534-545, with ties as R's cmprsk has them; Gray 1988, Annals of Statistics 16,
1141-1154). ``robust_error`` is the infinitesimal jackknife: the root of the sum over clusters of
squares of what each adds to the curve, as R's survival has it, also where subjects of one cluster
are alike (Therneau, Crowson and Atkinson 2024, Multi-state models and competing risks, vignette of
survival). Intervals are taken on the scale of ``log(-log(1 - F))``, which keeps them between 0 and
1 and makes them those of Kaplan and Meier's curve where there is one kind of event (Lin 1997,
Statistics in Medicine 16, 901-910).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.errors import ParameterError
from workbench.language import mark, say
from workbench.models.competing_events_counts import CountedEvents
from workbench.models.rating_columns import rating_numbers
from workbench.terms import CONFIDENCE

FEWEST_CLUSTERS = 3
"""Clusters below which how they differ can't be told."""
STEP_COLUMNS = [
    "kind", "time", "at_risk", "events", "incidence", "std_error", "robust_error", "conf_low",
    "conf_high",
]  # fmt: skip
READ = ["incidence", "std_error", "robust_error", "conf_low", "conf_high"]

NOBODY = mark("There is nobody to follow.")
NO_EVENTS = mark("Nobody had an event.")
NONE_YET = mark("None had the event by then, so the interval is not defined.")
ALL_DONE = mark("All had the event by then, so the interval is not defined.")
TOO_LATE = mark("Nobody was followed for so long.")
FEW_CLUSTERS = mark("There are fewer than 3 clusters, so the interval is not defined.")


Errors = tuple[np.ndarray, np.ndarray]
ROUNDING = 1e-12  # a share this near one is one


@dataclass(frozen=True)
class CumulativeIncidence:
    """Cumulative incidence of each kind of event.

    Attributes
    ----------
    steps
        One row a kind and distinct time of an event or of the end of follow-up: ``kind, time,
        at_risk`` (just before)``, events`` (of the kind)``, incidence`` (just after)``,
        std_error, robust_error, conf_low, conf_high`` (missing where incidence is 0 or 1).
    kinds
        Kinds of event that were asked for or seen, in order.
    n, n_open, n_clusters, n_dropped
        Subjects used; those open when last seen; clusters (subjects where none are given); rows
        left out for a missing time.
    all_ended
        Whether nobody was left open at the last time, so that the curves are known for ever.
    reason
        Why there is no curve or no interval; empty if there is.
    """

    steps: pd.DataFrame
    kinds: tuple[str, ...]
    n: int
    n_open: int
    n_clusters: int
    n_dropped: int
    all_ended: bool
    reason: str

    def at(self, times: Iterable[float]) -> pd.DataFrame:
        """Read the curves at chosen times.

        Parameters
        ----------
        times
            Zero or more.

        Returns
        -------
        pandas.DataFrame
            One row a kind and time: ``kind, time, incidence, std_error, robust_error, conf_low,
            conf_high, at_risk`` (followed for as long)``, reason``. Missing after the last time of
            follow-up, unless everyone had an event by then.

        Examples
        --------
        >>> found = cumulative_incidence(pd.Series([1, 2, 3]), pd.Series(["a", "b", ""]))
        >>> found.at([2, 9])["incidence"].round(3).tolist()
        [0.333, nan, 0.333, nan]
        """
        asked = np.asarray(list(times), dtype=float)
        parts = [self._read(kind, asked) for kind in self.kinds]
        columns = ["kind", "time", *READ, "at_risk", "reason"]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)

    def _read(self, kind: str, asked: np.ndarray) -> pd.DataFrame:
        steps = self.steps[self.steps["kind"] == kind]
        at = steps["time"].to_numpy()
        curve = np.vstack([[0.0, 0.0, 0.0, np.nan, np.nan], steps[READ].to_numpy(float)])
        read = curve[np.searchsorted(at, asked, side="right")]
        unknown = (asked > at[-1]) & (not self.all_ended) if len(at) else np.isfinite(asked)
        read[unknown] = np.nan
        share = read[:, 0]
        nowhere = np.isnan(read[:, 3])
        reason = np.select(
            [unknown, share == 0, share >= 1 - ROUNDING, nowhere],
            [say(TOO_LATE), say(NONE_YET), say(ALL_DONE), self.reason],
            "",
        )
        risk = np.append(steps["at_risk"].to_numpy(int), 0)
        found = pd.DataFrame(read, columns=READ)
        found.insert(0, "time", asked)
        found.insert(0, "kind", kind)
        place = np.searchsorted(at, asked, side="left")
        return found.assign(at_risk=risk[place], reason=pd.Series(reason, dtype="str"))


def cumulative_incidence(
    time: pd.Series,
    event: pd.Series,
    clusters: pd.Series | None = None,
    kinds: Iterable[str] = (),
) -> CumulativeIncidence:
    """Estimate the share that has had each kind of event over time.

    Parameters
    ----------
    time
        How long each subject was followed, to its first event or to the end of follow-up, shape
        (n,); zero or more, in any unit. Missing times are left out and counted.
    event
        Kind of event that ended the follow-up, shape (n,); empty where the subject was open when
        last seen.
    clusters
        Cluster of each subject, shape (n,). If given, the interval has the larger reach of two:
        that of ``std_error`` with the normal distribution, and that of ``robust_error`` times the
        root of G / (G - 1) with t on G - 1 degrees of freedom for G clusters (Ying and Wei 1994,
        Journal of Multivariate Analysis 50, 17-29). If not, it has the first.
    kinds
        Kinds that get a curve even if nobody had them.

    Raises
    ------
    ParameterError
        When lengths differ, a time is negative or no number, or an event or cluster is missing.

    Examples
    --------
    >>> found = cumulative_incidence(pd.Series([1, 2, 3, 4]), pd.Series(["a", "b", "", "a"]))
    >>> found.steps.query("kind == 'a'")["incidence"].tolist()
    [0.25, 0.25, 0.25, 0.75]
    """
    length, happened, group, dropped = _checked(time, event, clusters)
    names = tuple(sorted({*kinds, *happened} - {""}))
    times, codes = np.unique(length, return_inverse=True)
    counted = CountedEvents.of(codes, happened, names, len(times))
    robust = counted.robust_errors(codes, happened, names, group)
    n_clusters = len(length) if group is None else len(np.unique(group))
    steps = []
    for number, name in enumerate(names):
        error = (counted.independent_errors(number), robust[number])
        reach = _reaches(*error, group is not None, n_clusters)
        steps.append(_steps(name, times, counted, number, error, reach))
    few = group is not None and n_clusters < FEWEST_CLUSTERS
    why = NOBODY if not len(length) else NO_EVENTS if not (happened != "").any() else ""
    return CumulativeIncidence(
        steps=pd.concat(steps, ignore_index=True) if steps else pd.DataFrame(columns=STEP_COLUMNS),
        kinds=names,
        n=len(length),
        n_open=int((happened == "").sum()),
        n_clusters=n_clusters,
        n_dropped=dropped,
        all_ended=bool(len(times) and counted.survival[-1] <= ROUNDING),
        reason=say(why or (FEW_CLUSTERS if few else "")),
    )


def _reaches(
    errors: np.ndarray, robust: np.ndarray, clustered: bool, n_clusters: int
) -> np.ndarray:
    """Half width of the interval on the scale of the share, shape (T,)."""
    from scipy import stats

    tail = (1 + CONFIDENCE) / 2
    reach = stats.norm.ppf(tail) * errors
    if not clustered:
        return np.asarray(reach)
    if n_clusters < FEWEST_CLUSTERS:
        return np.full(len(errors), np.nan)
    wide = stats.t.ppf(tail, n_clusters - 1) * np.sqrt(n_clusters / (n_clusters - 1)) * robust
    return np.asarray(np.maximum(reach, wide))


def _steps(
    name: str,
    times: np.ndarray,
    counted: CountedEvents,
    number: int,
    error: Errors,
    reach: np.ndarray,
) -> pd.DataFrame:
    """Curve of one kind with its interval on the scale of log(-log(1 - F))."""
    share = counted.incidence[number]
    inside = np.where((share > 0) & (share < 1 - ROUNDING), share, np.nan)
    rest = 1 - inside
    power = np.exp(reach / (rest * np.abs(np.log(rest))))
    columns = {
        "kind": name,
        "time": times,
        "at_risk": counted.at_risk,
        "events": counted.events[number],
        "incidence": share,
        "std_error": error[0],
        "robust_error": error[1],
        "conf_low": 1 - rest ** (1 / power),
        "conf_high": 1 - rest**power,
    }
    return pd.DataFrame(columns)[STEP_COLUMNS]


def _checked(
    time: pd.Series, event: pd.Series, clusters: pd.Series | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None, int]:
    """Give times, events and clusters of the subjects whose time is known; count the others."""
    if len(time) != len(event) or (clusters is not None and len(clusters) != len(time)):
        raise ParameterError("Times, events and clusters must be of the same number.")
    if event.isna().any() or (clusters is not None and clusters.isna().any()):
        raise ParameterError(
            "An event or a cluster is missing. What is open when last seen has an empty text."
        )
    lengths = rating_numbers(time, str(time.name or "time"))
    known = ~np.isnan(lengths)
    if (lengths[known] < 0).any():
        raise ParameterError(
            f"{int((lengths[known] < 0).sum())} events come before their start. Mend their dates "
            "or leave them out."
        )
    happened = event.astype("str").to_numpy(dtype=object)[known]
    group = None if clusters is None else pd.factorize(clusters[known])[0]
    return lengths[known], happened, group, int((~known).sum())

"""Independent streams of random numbers, one a purpose, so that one leaves the rest be."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np


@dataclass(frozen=True)
class Streams:
    """Streams of a simulated network.

    The order of the attributes is the order of the seed's children. A new purpose goes last:
    then every network that was drawn before stays as it was.
    """

    people: np.random.Generator
    growth: np.random.Generator
    items: np.random.Generator
    drivers: np.random.Generator
    trainers: np.random.Generator
    drifting: np.random.Generator
    rulers: np.random.Generator
    boosters: np.random.Generator
    adaptations: np.random.Generator
    components: np.random.Generator
    teams: np.random.Generator
    loops: np.random.Generator
    supports: np.random.Generator
    conditions: np.random.Generator
    recognition: np.random.Generator
    plans: np.random.Generator
    ownership: np.random.Generator
    outcomes: np.random.Generator


def streams_of(seed: int) -> Streams:
    """Streams of a seed, each at its beginning."""
    children = np.random.SeedSequence(seed).spawn(len(fields(Streams)))
    return Streams(*(np.random.Generator(np.random.PCG64(child)) for child in children))

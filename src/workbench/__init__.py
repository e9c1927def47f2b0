"""Analytics that tell whether practice strengthens or drifts, and what to do next."""

__version__ = "0.1.0"

"""Running notebooks, quarter after quarter."""

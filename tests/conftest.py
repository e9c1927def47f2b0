"""What holds for every test: property tests are repeatable, and never fail for being slow."""

from hypothesis import settings

settings.register_profile("workbench", deadline=None, derandomize=True)
settings.load_profile("workbench")

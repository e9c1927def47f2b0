"""What holds for every test: property tests are repeatable, and never fail for being slow."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from workbench import language

# What tests share stands beside them.
sys.path.insert(0, str(Path(__file__).parent))

settings.register_profile("workbench", deadline=None, derandomize=True)
settings.load_profile("workbench")


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    """Whatever language the study of a test is in, the next test begins in English."""
    yield
    language.use(language.ENGLISH)

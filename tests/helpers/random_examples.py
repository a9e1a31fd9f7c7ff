"""How many random examples a test tries: few and always the same ones, or many new ones.

``pytest --hypothesis-profile thorough tests/prep/test_export_variations.py`` tries many.
"""

from __future__ import annotations

from hypothesis import settings

settings.register_profile(
    "steady", deadline=None, derandomize=True, database=None, print_blob=True, max_examples=6
)
settings.register_profile(
    "thorough", settings.get_profile("steady"), derandomize=False, max_examples=200
)
settings.load_profile("steady")

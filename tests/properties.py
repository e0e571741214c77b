"""How many examples a property test looks at: few and the same in every run, many and new in a
drill.

`python -m tests.drills properties -n 2000` sets PIA_PROPERTIES for a child and loads this module
there as a plugin of pytest.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

WANTED = "PIA_PROPERTIES"
DRILL = int(os.environ.get(WANTED, "0"))
"""The number of examples a drill asks for; 0 in every other run."""
FEW = 40
SEEDS = (*range(12), 37, 39)
"""The generated trees every run looks at; all tests share them. The last two reach branches of
the comparison of texts that the others do not."""

ALL_CHECKS = list(HealthCheck)
settings.register_profile(
    "few", max_examples=FEW, deadline=None, derandomize=True, suppress_health_check=ALL_CHECKS
)
settings.register_profile(
    "drill",
    max_examples=DRILL or FEW,
    deadline=None,
    database=None,
    suppress_health_check=ALL_CHECKS,
)
settings.load_profile("drill" if DRILL else "few")

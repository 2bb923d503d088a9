"""What the report loads before it needs it: the second that a library takes is a second that a reader waits."""

import subprocess
import sys

HEAVY = {
    "torch",
    "ray",
    "optuna",
    "sklearn",
    "statsmodels",
    "pandas",
    "scipy.stats",
    "scipy.optimize",
    "dash",
    "kaleido",
    "plotly",
}


def test_the_report_is_imported_without_heavy_libraries() -> None:
    told = "import sys, s4mcl_dashboards.page; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True).stdout.split()
    assert "s4mcl_dashboards.page" in loaded
    assert HEAVY & set(loaded) == set()

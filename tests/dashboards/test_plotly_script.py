"""Plotly's script is what its makers published, and fits the Plotly that the figures are checked against."""

import hashlib
import re
from importlib import resources

from plotly.offline import get_plotlyjs

from s4mcl_dashboards.plotly_script import plotly_script

VERSION = re.compile(r"plotly\.js (?:\(cartesian - minified\) )?v(\d+\.\d+)")


def test_it_is_the_published_text() -> None:
    told = (resources.files("s4mcl_dashboards") / "bundle" / "README.md").read_text(encoding="utf-8")
    assert hashlib.sha256(plotly_script().encode()).hexdigest() in told


def test_it_is_of_the_version_that_checks_the_figures() -> None:
    found = [VERSION.search(text[:200]) for text in (plotly_script(), get_plotlyjs())]
    assert found[0]
    assert found[1]
    assert found[0][1] == found[1][1]

"""Plotly's script with the kinds of trace that the figures are made of; bundle/README.md says where it is from."""

import gzip
from importlib import resources


def plotly_script() -> str:
    """The script, which makes `Plotly` known to the page."""
    packed = resources.files("s4mcl_dashboards") / "bundle" / "plotly-cartesian.min.js.gz"
    return gzip.decompress(packed.read_bytes()).decode("utf-8")

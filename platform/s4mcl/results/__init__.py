"""Results for notebooks and scripts: trials, comparisons and effects as Polars frames."""

from s4mcl.results.results import Results

__all__ = ["Results"]

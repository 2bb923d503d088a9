"""What is looked at: Polars frames, Plotly figures and the report."""

"""The report in other formats than HTML, and the trials for the tools that a lab already runs."""

"""Prepared datasets: making, checking and reading them; partitions and label fractions."""

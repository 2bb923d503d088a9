"""Statistics of trials: intervals over seeds."""

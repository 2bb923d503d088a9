"""Designs: functions from a base configuration to the arms that an ablation trains."""

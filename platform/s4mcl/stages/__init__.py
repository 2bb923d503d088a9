"""The parts of a study that yield cohorts: search, then confirm."""

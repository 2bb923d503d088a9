"""Image formats: one file to one grey array."""

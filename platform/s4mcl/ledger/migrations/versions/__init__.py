"""The steps, each from the version before. A step names tables and columns itself: `schema` moves on."""

"""The live app: studies in a browser while they run."""

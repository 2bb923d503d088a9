"""The terms that the two networks are trained on."""

"""Samplers, one a file: what turns outcomes into the next suggestion."""

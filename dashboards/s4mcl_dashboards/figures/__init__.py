"""Drawings of frames: Plotly figures, and the boundaries on test images as SVG."""

"""Measures the goals of docs/performance.md against baselines in the same run: `make bench`."""

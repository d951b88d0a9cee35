"""Metrics, protocol, baselines, comparison with intervals, and the report."""

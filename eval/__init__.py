"""Evaluation: sets, runs, reports, comparisons and the release gate."""

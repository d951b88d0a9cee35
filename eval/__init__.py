"""Metrics, protocol, baselines, comparison with intervals, and the report.

Read it in the order of the work: :mod:`eval.protocol` makes queries and positives of a catalogue,
:mod:`eval.method` says what a method is, :mod:`eval.run` ranks with it, :mod:`eval.metrics` judges
every query, :mod:`eval.intervals` and :mod:`eval.comparison` say what that allows to conclude,
:mod:`eval.analysis` gathers it, :mod:`eval.results` and :mod:`eval.report` write it down.
"""

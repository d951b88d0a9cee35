"""Validation: named checks over a catalogue, each PASS, WARN or FAIL, with counts and examples.

``validate`` runs them all; the report gives rows for a terminal and values for JSON, with titles
and remedies in Chinese and English.
"""

from data.validation.checks import CHECKS, Check, validate, validate_tables
from data.validation.report import CheckResult, Finding, Status, Text, ValidationReport

__all__ = [
    "CHECKS",
    "Check",
    "CheckResult",
    "Finding",
    "Status",
    "Text",
    "ValidationReport",
    "validate",
    "validate_tables",
]

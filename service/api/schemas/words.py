"""What ids and words in paths and queries may look like."""

from __future__ import annotations

WORD = r"^[^\x00-\x1f\x7f]+$"
"""No control characters: no id has them, and PostgreSQL refuses a zero byte."""

"""Rules about offers: which apply to which, what they say in words, and what would change them.

The answers themselves come from :mod:`features.rules`.
"""

from __future__ import annotations

"""Eligibility rules as data: what a condition may ask, how a rule is written, read and kept.

:mod:`~data.rules.vocabulary` names the facts, :mod:`~data.rules.conditions` the forms of a
condition, :mod:`~data.rules.rule` a rule with its version and days. Files are read by
:mod:`~data.rules.files` with every error at once; :mod:`~data.rules.book` says which version is in
force on a day. The definitions of national titles are YAML files in ``national``. Nothing here
answers a rule: that is :mod:`features.rules`.
"""

from __future__ import annotations

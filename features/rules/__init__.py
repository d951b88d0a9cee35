"""The engine that answers conditions: facts in columns, leaves by the thousand, trees over them.

:class:`~features.rules.fact_table.FactTable` holds what is known of those who ask,
:mod:`~features.rules.leaves` compares it with the bounds and lists of many offers at once, and
:class:`~features.rules.program.Program` combines the answers as the rules say. This is the only
place where a condition is answered: features, eligibility and counterfactuals read it here.
"""

from __future__ import annotations

"""The test of meaning: whether texts meet that are about one thing and share no word.

Firms and mandates were written one by one, in everyday words on one side and in the trade's words
on the other, with graded relevance. They are for measuring only: nothing is ever trained, tuned or
distilled on them.
"""

__all__: list[str] = []

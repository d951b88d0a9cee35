"""The command line ``finmatch``: one module for each verb.

:func:`main` runs it. Nothing heavy is imported before a verb needs it, so that ``--help`` answers
at once; the verbs that train and evaluate are the only places of ``service`` that may import
``training`` and ``eval``.
"""

from service.cli.entry import main

__all__ = ["main"]

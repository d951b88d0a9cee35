"""Importers: one file a source, and the pieces that they share.

``SOURCES`` lists the real data sets by name; each reads a folder into an :class:`ImportResult`,
which gives a catalogue.
"""

from data.importers.rejects import Reject, Rejects
from data.importers.result import Importer, ImportResult
from data.importers.sources import SOURCES

__all__ = ["SOURCES", "ImportResult", "Importer", "Reject", "Rejects"]

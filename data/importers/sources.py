"""The real data sets that can be imported, by name."""

from __future__ import annotations

from data.importers import crunchbase, itjuzi, ppp
from data.importers.result import Importer

SOURCES: dict[str, Importer] = {
    importer.name: importer for importer in (crunchbase.IMPORTER, itjuzi.IMPORTER, ppp.IMPORTER)
}

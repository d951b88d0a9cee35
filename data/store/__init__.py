"""The store: every record in one database, SQLite by default, PostgreSQL by URL.

Open it with :meth:`Store.open`; read single records (``find_firm`` … ``get_offer``), whole tables
as Arrow batches or everything as a :class:`~data.catalogue.Catalogue`; write with ``upsert`` and
``append_events``; import large sources with ``import_session``, which survives being killed.
This package is the only one that imports SQLAlchemy. Tables derive from :mod:`data.records`;
their history is in ``migrations``.
"""

from __future__ import annotations

from data.store.change_feed import Change, ChangeFeed, Changes, Everything, News
from data.store.change_log import ChangeKind
from data.store.import_session import ImportRun, ImportSession
from data.store.merging import Counts
from data.store.store import Store

__all__ = [
    "Change",
    "ChangeFeed",
    "ChangeKind",
    "Changes",
    "Counts",
    "Everything",
    "ImportRun",
    "ImportSession",
    "News",
    "Store",
]

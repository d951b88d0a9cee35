"""The history of the tables. Each revision is written out by hand and never edited afterwards.

A new revision: copy the newest file of ``versions``, name it after its number and purpose, set
``revision`` and ``down_revision``, write ``upgrade`` and ``downgrade``, raise ``HEAD`` in
:mod:`data.store.migrating`. The store's contract suite compares the outcome with
:mod:`data.store.tables` on SQLite and PostgreSQL.
"""

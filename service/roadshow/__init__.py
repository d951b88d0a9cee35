"""Roadshows as files: what an organizer fills in, and what participants get.

:mod:`service.roadshow.reading` turns a workbook or CSV files into a problem and reports everything
that is wrong at once; :mod:`service.roadshow.template` writes an empty one. Plans go out as an
Excel workbook, calendars and printable pages.
"""

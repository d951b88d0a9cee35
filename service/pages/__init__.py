"""The pages: what people see in a browser, over the functions that the API uses too.

Pages are rendered on the server and work without a script; htmx and a little of our own make them
quicker to use. ``views`` holds one file a subject, ``wording`` every sentence in both languages.
"""

from __future__ import annotations

from service.pages.installing import install

__all__ = ["install"]

"""Answers that leave as they are: written to JSON once, without a second reading by a model.

The models of such routes document them; a test holds answers and models together. Checking twenty
explained rows on each request would cost a tenth of ranking them.
"""

from __future__ import annotations

from typing import Any

import orjson
from fastapi import Response

JSON = "application/json"


def plain(content: Any, *, status: int = 200) -> Response:
    """Return ``content`` as JSON."""
    body = orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS)
    return Response(body, status_code=status, media_type=JSON)

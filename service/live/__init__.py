"""The matcher of a running service: follows the store and the bundle that serves.

:class:`LiveMatcher` holds one matcher at a time and replaces it whole; :mod:`service.live.loading`
reads what it is made of, for the command line too.
"""

from __future__ import annotations

from service.live.holder import LiveMatcher, Loaded
from service.live.status import LiveSettings, LiveStatus

__all__ = ["LiveMatcher", "LiveSettings", "LiveStatus", "Loaded"]

"""The demo world: a seeded generator of Jiangsu-like innovation bases, firms, offers and events.

``generate("small", seed=7, today=date)`` draws everything; :meth:`World.catalogue` and
:meth:`World.tables` render it. Every name, text and event is invented, and every record says
``source = "demo"``. What the events were drawn from is written in :class:`Preferences`.
See ``docs/demo-world.md``.
"""

from data.demo.preferences import Preferences
from data.demo.size import PRESETS, DemoSize
from data.demo.world import World, generate

__all__ = ["PRESETS", "DemoSize", "Preferences", "World", "generate"]

"""``python -P -m service.cli``: the command, for processes that start it by themselves."""

from __future__ import annotations

from service.cli.entry import main

if __name__ == "__main__":
    raise SystemExit(main())

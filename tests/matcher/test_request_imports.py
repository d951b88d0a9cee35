"""What the request path imports: nothing that tables, learning or deep learning need."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys, types

# LightGBM takes pandas and scikit-learn with it where they are installed: that is its own affair
lightgbm = types.ModuleType("lightgbm")
lightgbm.Booster = object
sys.modules["lightgbm"] = lightgbm
import matcher.matcher
import matcher.registry

heavy = ("pandas", "sklearn", "torch", "sentence_transformers", "sqlalchemy", "matplotlib")
print(sorted(name for name in heavy if name in sys.modules))
"""


def test_the_request_path_imports_no_heavy_library():
    found = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "[]"

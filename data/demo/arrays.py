"""Short names for the array types of the demo world."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Reals: TypeAlias = NDArray[np.float32]
Bools: TypeAlias = NDArray[np.bool_]
Texts: TypeAlias = NDArray[np.str_]
Days: TypeAlias = NDArray[np.datetime64]
AnyArray: TypeAlias = NDArray[Any]

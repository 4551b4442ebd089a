"""Names for the arrays that travel between modules.  Shapes and units stand where an array is used."""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
Bytes: TypeAlias = NDArray[np.uint8]
Flags: TypeAlias = NDArray[np.bool_]
Symbols: TypeAlias = NDArray[Any]  # uint8, uint16 or uint32: symbol ids, 0 = block border
Nodes: TypeAlias = NDArray[np.int32]
Counts: TypeAlias = NDArray[np.int64]
Offsets: TypeAlias = NDArray[np.int64]
Keys: TypeAlias = NDArray[np.uint64]
Nats: TypeAlias = NDArray[Any]  # float64, or float32 where that is said

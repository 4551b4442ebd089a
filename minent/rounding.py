"""Scores on a grid, so that sums are exact."""

import numpy as np

from minent.types import Nats


def on_grid(values: Nats) -> Nats:
    """Round to multiples of 2^-20: sums up to 2^33 are exact, in any order, wherever they begin."""
    rounded: Nats = np.rint(values * 2.0**20) / 2.0**20
    return rounded

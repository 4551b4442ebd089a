"""Tagger -> its weights by name, to look at."""

from collections.abc import Iterator

import numpy as np

from minent.tagger import ONE, Tagger
from minent.types import Array

_UNKNOWN = "(other)"
_BORDER = "(edge)"
# Where a unit is that the tag belongs to: of the units i - 2 .. i + 2, and of i - 2 .. i + 1.
_PLACES = (2, 1, 0, -1, -2)


def named_weights(tagger: Tagger) -> Iterator[tuple[str, str, str, float]]:
    """Yield feature, place of what it looks at, tag and weight, the weights that say most first.

    The place is that of the first character looked at, counted from the one that is tagged.  Strings known from raw
    text and steps from tag to tag are named "left steps/right steps" and by the tag before.
    """
    characters = [_BORDER, *map(chr, tagger.alphabet.tolist()), _UNKNOWN]
    tags = tagger.tags

    def pair(keys: Array, between: str) -> list[str]:
        units = keys.tolist()
        return ["", *(f"{characters[key >> 16]}{between}{characters[key & 0xFFFF]}" for key in units)]

    known = [f"{code >> 4}/{code & 15}" for code in range(256)]
    weights = tagger.weights
    blocks = (
        (weights.unit, characters, _PLACES),
        (weights.pair, pair(tagger.pairs, ""), tuple(place - 1 for place in _PLACES[:4])),
        (weights.around, pair(tagger.arounds, " _ "), (-1,)),
        (weights.two, [f"two {name}" for name in known], tuple(place - 1 for place in _PLACES[:4])),
        (weights.three, [f"three {name}" for name in known], tuple(place - 1 for place in _PLACES)),
        (weights.step.reshape(len(tags), -1), [f"after {tag}" for tag in tags], (-1,)),
    )
    flat = np.concatenate([rows.ravel() for rows, _, _ in blocks])
    starts = np.cumsum([0, *(rows.size for rows, _, _ in blocks)])
    order = np.argsort(-np.abs(flat.astype(np.int32)), kind="stable")
    for at in order[: int(np.count_nonzero(flat))].tolist():
        block = int(np.searchsorted(starts, at, side="right")) - 1
        rows, names, places = blocks[block]
        row, column = divmod(at - int(starts[block]), rows.shape[1])
        place, tag = divmod(column, len(tags))
        yield names[row], str(places[place]), tags[tag], flat[at] / ONE

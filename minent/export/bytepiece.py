"""A model of BytePiece 0.6.3."""

import io

from minent.export.exported import Exported
from minent.vocabulary import Vocabulary


def export(vocabulary: Vocabulary) -> Exported:
    """Return what `Vocabulary.write_bytepiece` writes.  Raises InputError if BytePiece would give other ids."""
    stream = io.BytesIO()
    vocabulary.write_bytepiece(stream)
    return Exported({"": stream.getvalue()})

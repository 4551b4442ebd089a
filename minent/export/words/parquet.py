"""The whole table as Parquet."""

import io

import numpy as np

from minent.errors import MissingExtraError
from minent.export.exported import Exported
from minent.lexicon import Lexicon


def export(lexicon: Lexicon) -> Exported:
    """Return the columns of the lexicon; no evidence = null.

    Raises MissingExtraError without pyarrow.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise MissingExtraError("Parquet needs pyarrow: pip install 'minent[parquet]'") from None
    columns = {"word": pyarrow.array(lexicon.words, pyarrow.string())}
    for name in lexicon.columns[1:]:
        values = getattr(lexicon, name)
        columns[name] = pyarrow.array(values, mask=np.isnan(values))
    stream = io.BytesIO()
    parquet.write_table(pyarrow.table(columns), stream)
    return Exported({"": stream.getvalue()})

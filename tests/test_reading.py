"""reading.py: what is no text, and which error is told, whatever the pieces and the threads."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_count import Sizes, check

from minent.alphabet import ALPHABETS
from minent.corpus import Corpus
from minent.count import CountOptions, Resources, count_ngrams
from minent.errors import FormatError

PARTLY = st.lists(
    st.one_of(
        st.text("ab\n字𠮷\ufffd").map(str.encode),
        st.sampled_from(
            [b"\xff", b"\xe5\xad", b"\xf0\xa0\xae", b"\xed\xa0\x80", b"\xc0\x80", b"\x80\xbf", b"\xf5\x80\x80\x80"]
        ),
    ),
    max_size=8,
).map(b"".join)


@pytest.mark.parametrize("alphabet", ALPHABETS)
@pytest.mark.parametrize(("errors", "handler"), [("replace", "replace"), ("skip", "ignore")])
@given(
    documents=st.lists(PARTLY, min_size=1, max_size=3),
    piece=st.sampled_from([4, 5, 9, 1 << 18]),
    threads=st.integers(1, 3),
)
def test_invalid_text_is_replaced_or_skipped(
    corpus_of: Callable[..., Corpus],
    alphabet: str,
    errors: str,
    handler: str,
    documents: list[bytes],
    piece: int,
    threads: int,
) -> None:
    texts = [document.decode("utf-8", handler) for document in documents]
    options = CountOptions(3, alphabet)
    with pytest.MonkeyPatch.context() as patch:
        Sizes(piece=piece, block=30).set(patch)
        counts = count_ngrams(corpus_of(*documents, errors=errors), options, Resources(threads))
    check(counts, texts, options)
    with_valid = count_ngrams(corpus_of(*texts), options)
    assert with_valid.about == counts.about


@pytest.mark.parametrize("alphabet", ALPHABETS)
@given(
    documents=st.lists(PARTLY, min_size=1, max_size=3),
    piece=st.sampled_from([4, 5, 9, 1 << 18]),
    threads=st.integers(1, 3),
)
def test_invalid_text_is_refused_where_it_is(
    corpus_of: Callable[..., Corpus], alphabet: str, documents: list[bytes], piece: int, threads: int
) -> None:
    """Of several errors the first, whatever the threads."""
    wrong = None
    for number, document in enumerate(documents):
        try:
            document.decode()
        except UnicodeDecodeError as error:
            wrong = (f"{number}.txt", error.start)
            break
    with pytest.MonkeyPatch.context() as patch:
        Sizes(piece=piece, block=30).set(patch)
        count = partial(count_ngrams, corpus_of(*documents), CountOptions(3, alphabet), Resources(threads))
        if wrong is None:
            count()
        else:
            with pytest.raises(FormatError) as caught:
                count()
            assert (Path(caught.value.path).name, caught.value.offset) == wrong


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_of_several_errors_the_first_is_told(tmp_path: Path, threads: int) -> None:
    """Whether it is found by the one who fetches the text or by those who read it."""
    wrong, missing = tmp_path / "wrong.txt", tmp_path / "missing.txt"
    wrong.write_bytes(b"a\n" * 10 + b"\xff\n")
    missing.touch()
    corpus = Corpus(wrong, missing)
    missing.unlink()
    with pytest.raises(FormatError) as caught:
        count_ngrams(corpus, CountOptions(2), Resources(threads))
    assert (caught.value.path, caught.value.offset) == (str(wrong), 20)

"""Where TLS records end, however their bytes arrive."""

from hypothesis import given
from hypothesis import strategies as st

from portcullis.gateway.edge.tls_records import RecordBoundaries


def record(kind, body):
    return bytes((kind, 3, 3)) + len(body).to_bytes(2) + body


RECORDS = st.builds(record, st.sampled_from([20, 21, 22, 23]), st.binary(max_size=40))


def test_one_record_of_application_data_is_recognised():
    boundaries = RecordBoundaries()
    assert boundaries.feed(record(23, b"data"))
    assert boundaries.feed(record(23, b"again"))


def test_other_records_and_several_at_once_are_not_one_record_of_data():
    boundaries = RecordBoundaries()
    assert not boundaries.feed(record(22, b"data"))
    assert not boundaries.feed(record(23, b"one") + record(23, b"two"))
    assert not boundaries.feed(b"")


def test_the_rest_of_a_record_that_looks_like_a_record_is_not_one():
    boundaries = RecordBoundaries()
    inner = record(23, b"data")
    outer = record(23, b"xx" + inner)
    assert not boundaries.feed(outer[: -len(inner)])
    assert not boundaries.feed(inner)
    assert boundaries.feed(inner)


@given(st.lists(RECORDS, max_size=6), st.data())
def test_after_any_pieces_of_whole_records_the_next_record_is_recognised(records, data):
    stream = b"".join(records)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    boundaries = RecordBoundaries()
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        is_one = boundaries.feed(stream[start:end])
        assert not is_one or stream[start:end] in records
    assert boundaries.feed(record(23, b"next"))

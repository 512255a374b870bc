"""The count of one instance begins anew each day, and for each client."""

from portcullis.renewal.instance_count import InstanceCount

DAY = 86_400


def test_each_client_has_its_count_of_the_day():
    counts = InstanceCount()
    assert [counts.count("shop", 2, now=DAY) for _ in range(3)] == [True, True, False]
    assert counts.count("hotel", 2, now=DAY)
    assert not counts.count("shop", 2, now=2 * DAY - 1)
    assert counts.count("shop", 2, now=2 * DAY)

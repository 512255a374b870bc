"""The value of the API key that counts a client's calls."""

from authorizer.usage import usage_key


def test_the_value_is_one_that_api_gateway_takes():
    key = usage_key("local", "pet-shop")
    assert key == "03769ae561ca0feec27c0779585108c9ff90d77d"  # existing keys have this value
    assert key.isalnum()
    assert 20 <= len(key) <= 128


def test_stage_and_name_are_not_mixed_up():
    pairs = [("a", "b"), ("ab", ""), ("", "ab"), ("b", "a")]
    assert len({usage_key(stage, name) for stage, name in pairs}) == len(pairs)

"""What every test shares: property-based tests are bounded by examples, never by a clock."""

from hypothesis import HealthCheck, settings

from tests.installed_wheel import installed, wheel  # noqa: F401 - fixtures of several folders

# A loaded machine makes a slow example, not a failing one.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

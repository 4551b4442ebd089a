"""What all tests share: the same hypothesis examples on every run and every machine."""

from hypothesis import settings

settings.register_profile("minent", derandomize=True, deadline=None)
settings.load_profile("minent")

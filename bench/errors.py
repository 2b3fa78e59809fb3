"""What ends a scenario or a run."""


class Broken(Exception):
    """A scenario cannot be measured: an answer is wrong, or something it needs is missing."""

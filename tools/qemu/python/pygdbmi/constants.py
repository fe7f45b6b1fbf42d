"""What a caller catches when gdb does not answer."""


class GdbTimeoutError(ValueError):
    """gdb did not answer in time."""

"""The two ways in which a command can fail that a person can mend, and their exit codes."""

from __future__ import annotations


class KpiError(Exception):
    """A failure that is explained in one line to the person at the terminal.

    The message names the file or service, the field, the value and the mend, and holds no secret.
    """

    exit_code = 2


class ConfigurationError(KpiError):
    """Bad usage, settings, credentials, input or environment: exit code 2."""


class CheckFailed(KpiError):
    """A quality check refused the numbers: exit code 1."""

    exit_code = 1

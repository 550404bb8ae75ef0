"""An error's one line, in the columns of the doctor."""

from __future__ import annotations

from cli.doctor import split


def test_the_mend_of_an_error_stands_in_its_own_column() -> None:
    line = "ga4: property 9: example.com cannot be reached; check the network and sources.ga4.base_url; try again later"
    assert split("ga4", line) == (
        "property 9: example.com cannot be reached",
        "check the network and sources.ga4.base_url; try again later",
    )

"""BG/NBD and Gamma-Gamma on CDNOW, against what Fader, Hardie and Lee published of the same customers."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from tests.real.test_main_job import REAL
from transform.lifetime.fitting import Purchases, fit
from transform.lifetime.histories import Histories

MASTER = REAL / "cdnow" / "CDNOW_master.txt"
SAMPLE = Path(__file__).parent / "cdnow_sample.txt"


@pytest.fixture(scope="module")
def sample() -> Histories:
    """The published tenth of the customers, in the 39 weeks up to 30 September 1997."""
    if not MASTER.exists():
        pytest.skip(f"the real data is not at {MASTER}; tests/real/README.md says where it comes from")
    members = {int(number) for number in SAMPLE.read_text(encoding="ascii").split()}
    lines = [line.split() for line in MASTER.read_text(encoding="ascii").splitlines()[1:]]
    rows = [
        (int(customer), day, float(dollars)) for customer, day, _discs, dollars in lines if int(customer) in members
    ]
    purchases = Purchases(
        np.array([customer for customer, _, _ in rows]),
        np.array([date.fromisoformat(day).toordinal() for _, day, _ in rows]),
        np.array([dollars for _, _, dollars in rows]),
    )
    return purchases.through(date(1997, 9, 30).toordinal())


def test_the_repeat_rate_is_the_published_one(sample: Histories) -> None:
    # 946 of 2,357 customers bought again in the first 39 weeks
    assert (len(sample), int(np.sum(sample.repeats > 0))) == (2357, 946)


def test_the_fits_are_the_published_ones(sample: Histories) -> None:
    found = fit(sample)
    assert found.purchases is not None
    assert found.worth is not None
    # Marketing Science 24 (2005), Table 2
    assert found.purchases.r == pytest.approx(0.243, rel=0.01)
    assert found.purchases.alpha == pytest.approx(4.414, rel=0.01)
    assert found.purchases.a == pytest.approx(0.793, rel=0.01)
    assert found.purchases.b == pytest.approx(2.426, rel=0.01)
    assert found.purchases.log_likelihood == pytest.approx(-9582.4, abs=0.05)
    # "The Gamma-Gamma Model of Monetary Value" (2013)
    assert found.worth.p == pytest.approx(6.25, rel=0.01)
    assert found.worth.q == pytest.approx(3.74, rel=0.01)
    assert found.worth.gamma == pytest.approx(15.44, rel=0.01)

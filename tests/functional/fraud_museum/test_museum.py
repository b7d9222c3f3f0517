"""Each exhibit is refused with the code of its control, and costs money where that control alone is missing."""

import pytest

from scf.domain.errors import DomainError
from scf.kernel import controls

from .museum import Exhibit, collection, loss_without, refused_with

pytestmark = pytest.mark.django_db
EXHIBITS = collection()
SEVEN = ("shanghai_2012", "qingdao_2014", "chengxing_2019", "hin_leong_2020", "greensill_2021", "foshan_2022",
         "first_brands_2025")  # fmt: skip


def test_the_seven_great_cases_are_here():
    assert set(SEVEN) <= {exhibit.code for exhibit in EXHIBITS}


@pytest.mark.parametrize("exhibit", EXHIBITS, ids=lambda exhibit: exhibit.code)
def test_is_refused_by_its_control(exhibit: Exhibit, tmp_path):
    assert refused_with(exhibit, tmp_path) == exhibit.refusal


@pytest.mark.parametrize("exhibit", EXHIBITS, ids=lambda exhibit: exhibit.code)
def test_costs_money_without_it(exhibit: Exhibit, tmp_path):
    loss = loss_without(exhibit, tmp_path)

    assert loss.lost.minor > 0 and loss.lost <= loss.paid_out


def test_production_switches_nothing_off(settings):
    settings.CONTROLS_MAY_BE_SWITCHED_OFF = False

    with pytest.raises(DomainError), controls.switched_off("CAPS"):
        pass

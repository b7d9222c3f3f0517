"""The chart from gross to lendable, over lines whose steps differ."""

from scf.domain.valuation import PRICE_STEPS
from scf.financing.views.worth import NOTHING_LENT, PLACES, waterfall

FULL = [("GROSS", 1000), ("FREE", 800), ("HAIRCUT", 700), ("ADVANCE", 500), ("CAP_BUYER", 300)]


def test_lines_with_other_steps_keep_their_figure_in_between():
    plain = [("GROSS", 1000), ("FREE", 1000), ("ADVANCE", 400)]

    found = waterfall([FULL, plain], "CNY")

    assert [(bar.code, bar.left.minor, bar.taken.minor) for bar in found.bars] == [
        ("GROSS", 2000, 0), ("FREE", 1800, 200), ("HAIRCUT", 1700, 100), ("ADVANCE", 900, 800), ("CAP_BUYER", 700, 200),
    ]  # fmt: skip
    assert found.binding == found.bars[-1].name and found.bars[-1].share == 35.0


def test_goods_that_a_price_stops_fall_to_nothing_there():
    found = waterfall([[("GROSS", 1000), ("FREE", 1000), ("PRICE_STOPPED", 0)]], "CNY")

    assert found.bars[-1].left.minor == 0 and found.binding == ""
    assert waterfall([], "CNY") is None


def test_every_step_that_can_lend_nothing_has_its_sentence():
    assert set(PRICE_STEPS.values()) <= set(NOTHING_LENT) and set(NOTHING_LENT) <= set(PLACES)

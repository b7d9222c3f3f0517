"""Whatever happens to a loan, its papers add up; they refuse to be made where they do not."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from scf.domain.errors import DomainError
from scf.domain.loan import fold
from scf.domain.money import Money, total
from scf.domain.waterfall import Due
from scf.parties.models import Organisation
from scf.servicing.models import Loan, LoanEvent
from scf.servicing.selectors import explain, papers, statements
from scf.servicing.selectors.loans import facts_of, standing

DRAWN, MATURES = date(2031, 3, 3), date(2031, 6, 1)
BANK = Organisation(pk=1, code="bank", name="虚构第一银行", uscc="91110000TEST00001X", kind="BANK")
STAR = Organisation(pk=2, code="star", name="虚构晨星", uscc="91110000TEST00002X", kind="SUPPLIER")

money = st.integers(1, 700_000_00)
days = st.integers(0, 200)
happenings = st.one_of(
    st.tuples(st.sampled_from(["REPAYMENT", "REPAYMENT", "BUY_BACK"]), days, money),
    st.tuples(st.sampled_from(["FEE", "PENALTY"]), days, st.integers(1, 500_00)),
    st.tuples(st.just("WAIVER"), days, st.integers(1, 300_00)),
    st.tuples(st.sampled_from(["WRITE_OFF", "MISUSE"]), st.integers(100, 200), st.just(0)),
    st.tuples(st.just("REVERSAL"), days, st.just(0)),
)


@st.composite
def loans(draw) -> Loan:
    """A loan of a million with a few things that happened to it."""
    loan = Loan(
        pk=1, number="LN-20310303-0001", bank=BANK, supplier=STAR, product="RECEIPT", currency="CNY",
        principal_minor=1_000_000_00, annual_rate=Decimal("0.0435"), drawdown_date=DRAWN, maturity_date=MATURES,
        due_on=MATURES, grace_days=draw(st.sampled_from([0, 3])), compounds=draw(st.booleans()),
    )  # fmt: skip
    events = [_event(1, "DRAWDOWN", DRAWN, 1_000_000_00)]
    for number, (kind, offset, minor) in enumerate(draw(st.lists(happenings, max_size=6)), start=2):
        event = _event(number, kind, DRAWN + timedelta(days=offset), minor)
        if kind == "REVERSAL":
            open_ = [e for e in events if e.kind == "REPAYMENT" and e.value_date <= event.value_date]
            gone = {e.reverses_id for e in events if e.reverses_id}
            open_ = [e for e in open_ if e.pk not in gone]
            if not open_:
                continue
            event.reverses = open_[-1]
        events.append(event)
    loan.loaded_events = sorted(events, key=lambda e: (e.value_date, e.pk))
    return loan


def _event(pk: int, kind: str, day: date, minor: int) -> LoanEvent:
    data = {"rank": "INTEREST"} if kind == "WAIVER" else {}
    return LoanEvent(pk=pk, kind=kind, value_date=day, amount_minor=minor, data=data)


def is_possible(loan: Loan) -> bool:
    """The domain takes these events."""
    try:
        fold(loan.contract, facts_of(loan), DRAWN + timedelta(days=400))
    except DomainError:
        return False
    return True


quiet = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])


@quiet
@given(loan=loans(), cuts=st.tuples(st.integers(1, 120), st.integers(1, 120)))
def test_a_statement_of_any_days_adds_up_and_the_next_begins_where_it_ends(loan, cuts):
    assume(is_possible(loan))
    first, middle = DRAWN, DRAWN + timedelta(days=cuts[0])
    last = middle + timedelta(days=cuts[1])

    early = statements.loan_statement(loan, first=first, last=middle)
    late = statements.loan_statement(loan, first=middle + timedelta(days=1), last=last)
    whole = statements.loan_statement(loan, first=first, last=last)

    assert (early.closing, early.interest_closing) == (late.opening, late.interest_opening)
    assert (whole.closing, whole.interest_closing) == (late.closing, late.interest_closing)
    assert whole.accrued == early.accrued + late.accrued
    assert whole.settled == early.settled + late.settled


@quiet
@given(loan=loans(), offset=st.integers(1, 250))
def test_notices_and_the_portfolio_can_be_made_of_any_loan(loan, offset):
    assume(is_possible(loan))
    on = DRAWN + timedelta(days=offset)

    owed, whole = papers.owed_at_due(loan, on)
    held = papers.holding(standing(loan, on), "NORMAL")

    assert owed.sum == whole <= held.outstanding + held.accrued


@quiet
@given(loan=loans(), offset=st.integers(0, 250))
def test_every_figure_is_explained_to_the_minor_unit(loan, offset):
    assume(is_possible(loan))
    on = DRAWN + timedelta(days=offset)
    now = standing(loan, on).now
    gone = {event.reverses_id for event in loan.loaded_events}
    gone |= {refusal.event.sequence for refusal in now.refused}  # such as a fee behind a write-off

    for figure in explain.explained(now):
        summed = total([each.result for each in figure.sums], "CNY")
        charges = [e for e in loan.loaded_events if e.kind == figure.due and e.value_date <= on and e.pk not in gone]
        assert figure.earned == summed + figure.charged
        assert figure.charged.minor == sum(event.amount_minor for event in charges)
        assert figure.earned == figure.unpaid + figure.paid + figure.waived + figure.written_off
        for each in figure.sums:
            assert abs(each.result.minor - each.amount) * 2 <= 1
            assert each.amount == sum(part.amount for part in each.parts)


@quiet
@given(loan=loans(), offset=st.integers(0, 250))
def test_a_quote_that_is_paid_closes_the_loan(loan, offset):
    on = DRAWN + timedelta(days=offset)
    loan.loaded_events = [event for event in loan.loaded_events if event.value_date <= on]
    loan.loaded_events = [e for e in loan.loaded_events if not e.reverses_id or e.reverses in loan.loaded_events]
    assume(is_possible(loan))
    assume(not any(event.kind == "WRITE_OFF" for event in loan.loaded_events))
    quote = explain.quote(loan, on)
    assume(quote.sum)

    loan.loaded_events.append(_event(99, "REPAYMENT", on, quote.sum.minor))

    assert not standing(loan, on).now.payoff
    assert total([money for _due, money in quote.parts], "CNY") == quote.sum
    assert Due.PRINCIPAL in dict(quote.parts) and quote.per_day >= Money(0, "CNY")

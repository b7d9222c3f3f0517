"""Money on a loan: which of what is owed it settles, and what the rest does to the plan."""

from datetime import date
from fractions import Fraction

from .conventions import Interest, Prepayment, round_ratio
from .instalments import Charge, Instalment
from .replanning import principal_due, replan
from .walk import Walk
from .waterfall import RANKS, Due

Item = tuple[Due, Instalment | Charge, int]
Purse = dict[Due, int]
NOTHING: Purse = dict.fromkeys(RANKS, 0)
NO_FEE = Fraction(0)


def pay(walk: Walk, amount: int, effect: Prepayment | None = None) -> tuple[Purse, int]:
    """Apply a payment on the cursor's day: what is due first, then what is not.

    effect  what the borrower wants a prepayment to do, where the contract lets choose
    Returns what it settled by rank, and what is left.
    """
    spent = dict(NOTHING)
    left = _settle(walk, due_items(walk), amount, spent, walk.paid)
    if left:
        left = prepay(walk, left, effect or walk.conventions.prepayment, spent)
    _clear(walk)
    return spent, left


def pay_off(walk: Walk, amount: int | None) -> tuple[Purse, int]:
    """Settle everything; without an amount, exactly what is owed for it on this day."""
    conventions = walk.conventions
    running = walk.running()
    if conventions.payoff_to_due_date and running is not None:
        walk.meter.add(walk.undue, walk.rate, max(walk.cursor, running.start), running.due_date)
    whole = payoff(walk)
    spent = dict(NOTHING)
    given = whole if amount is None else amount
    left = _settle(walk, due_items(walk), given, spent, walk.paid)
    if conventions.payoff_whole_plan and left:
        left = _take(walk, Due.INTEREST, _interest_of_plan(walk), left, spent)
    how = Prepayment.ADVANCE if conventions.prepayment == Prepayment.ADVANCE else Prepayment.SHORTEN
    if left:
        left = prepay(walk, left, how, spent)
    _clear(walk)
    return spent, left


def payoff(walk: Walk) -> int:
    """What closes the loan on the cursor's day, by its conventions."""
    due = sum(amount for _, _, amount in due_items(walk))
    ahead = sum(charge.open for charge in walk.charges if charge.due_date > walk.cursor)
    interest = _interest_of_plan(walk) if walk.conventions.payoff_whole_plan else _interest_ahead(walk, walk.running())
    return due + ahead + interest + walk.undue + _fee(walk, walk.undue)


def due_items(walk: Walk) -> list[Item]:
    """Everything that is due and unpaid, in the order in which it is to be settled."""
    items: list[Item] = []
    if not walk.overdue and not walk.charges:
        return items
    order = walk.conventions.due_order
    for row in walk.overdue:
        if row.due_date < walk.cursor or not walk.conventions.settles_overdue_only:
            items += [(rank, row, walk.open(row, rank)) for rank in order]
    due = (charge for charge in walk.charges if charge.due_date <= walk.cursor)
    items += [(charge.rank, charge, charge.open) for charge in due if charge.rank in order]
    number = {rank: place for place, rank in enumerate(order)}
    if walk.conventions.oldest_first:
        items.sort(key=lambda item: (_row(item[1]), number[item[0]]))
    else:
        items.sort(key=lambda item: (number[item[0]], _row(item[1])))
    return [item for item in items if item[2]]


def waive(walk: Walk, rank: Due, amount: int) -> tuple[Purse, int]:
    """Give up what is owed of a rank, due, charged ahead or accrued; returns what was given up and what is too much."""
    spent = dict(NOTHING)
    items = [item for item in due_items(walk) if item[0] == rank]
    items += [(rank, each, each.open) for each in walk.charges if each.rank == rank and each.due_date > walk.cursor]
    left = _settle(walk, items, amount, spent, walk.waived)
    running = walk.running()
    if left and rank == Due.INTEREST and running is not None:
        part = min(left, walk.accrued() - running.settled[rank])
        _credit(walk, running, rank, part, spent, walk.waived)
        left -= part
    _clear(walk)
    return spent, left


def write_off(walk: Walk) -> Purse:
    """Take everything that is owed out of the books; nothing accrues behind it."""
    spent = dict(NOTHING)
    _settle(walk, due_items(walk), 2**62, spent, walk.written_off)
    for charge in walk.charges:
        _credit(walk, charge, charge.rank, charge.open, spent, walk.written_off)
    running = walk.running()
    if running is not None:
        _credit(walk, running, Due.INTEREST, walk.accrued() - running.settled[Due.INTEREST], spent, walk.written_off)
        if walk.conventions.interest != Interest.ACTUAL:
            rest = _interest_of_plan(walk)
            _credit(walk, running, Due.INTEREST, rest, spent, walk.written_off)
        _prepaid(walk, running, walk.undue, spent, walk.written_off)
    walk.is_written_off = True
    _clear(walk)
    return spent


def prepay(walk: Walk, left: int, how: Prepayment, spent: Purse) -> int:
    """What is left when nothing is due: into the plan by the convention; returns what finds no place."""
    fee = NO_FEE if how == Prepayment.ADVANCE else walk.conventions.prepayment_fee
    if fee and walk.conventions.prepayment_fee_on == "interest" and walk.undue:
        left = _take(walk, Due.COSTS, _fee(walk, walk.undue), left, spent)
        fee = Fraction(0)
    if how == Prepayment.HOLD:
        return left
    if how == Prepayment.ADVANCE:
        while left and (row := walk.running()) is not None and walk.undue + _need(walk, row)[0]:
            left = _fill(walk, row, left, spent)
            if left and row.is_running:  # it asks for no principal: what is left repays some all the same
                left = _principal(walk, row, left, Prepayment.SHORTEN, fee, spent)
                break
        return _ahead_charges(walk, left, spent)
    running = walk.running()
    if running is None:
        return _ahead_charges(walk, left, spent)
    if walk.conventions.fills_next_first and walk.cursor > running.start:
        left = _fill(walk, running, left, spent, closes=False)
        running = walk.running()
    if not left or running is None:
        return left
    return _ahead_charges(walk, _principal(walk, running, left, how, fee, spent), spent)


def _principal(walk: Walk, running: Instalment, left: int, how: Prepayment, fee: Fraction, spent: Purse) -> int:
    """Interest of the days gone by, then principal before its time."""
    interest = min(left, _interest_ahead(walk, running))
    _credit(walk, running, Due.INTEREST, interest, spent, walk.paid)
    left -= interest
    extra = min(walk.undue, int(left / (1 + fee)) if fee else left)
    if fee:
        left = _take(walk, Due.COSTS, round_ratio(extra * fee, walk.conventions.rounding), left, spent)
    if not extra:
        return left
    _prepaid(walk, running, extra, spent, walk.paid)
    if how == Prepayment.NEXT:
        walk.absorb += extra
    elif how == Prepayment.LOWER and walk.undue:
        replan(walk, is_whole_period=walk.cursor == running.start)
    return left - extra


def _prepaid(walk: Walk, running: Instalment, amount: int, spent: Purse, book: Purse) -> None:
    """Principal before its time: shown with the row that fell due today, else with the running one."""
    before = walk.rows[running.number - 2] if running.number > 1 else running
    if before.is_due and before.due_date == walk.cursor:
        before.principal += amount
        _credit(walk, before, Due.PRINCIPAL, amount, spent, book)
    else:
        running.extra += amount
        _credit(walk, running, Due.PRINCIPAL, amount, spent, book)
    walk.undue -= amount


def _fill(walk: Walk, row: Instalment, left: int, spent: Purse, *, closes: bool = True) -> int:
    """Pay a row before it is due, in the order for what is not yet due."""
    interest, principal = _need(walk, row)
    needs = {Due.INTEREST: interest, Due.PRINCIPAL: principal}
    for rank in walk.conventions.advance_order:
        if rank in needs:
            part = min(left, needs[rank])
            _credit(walk, row, rank, part, spent, walk.paid)
            needs[rank] -= part
            left -= part
            if rank == Due.PRINCIPAL:
                row.advance += part
                walk.undue -= part
        else:
            left = _pay_charges(walk, [c for c in walk.charges if c.row == row.number and c.rank == rank], left, spent)
    if closes and not any(needs.values()) and (walk.conventions.interest != Interest.ACTUAL or row.advance):
        walk.close_early(row)
    return left


def _need(walk: Walk, row: Instalment) -> tuple[int, int]:
    """Interest and principal that the row still asks for today."""
    if walk.conventions.rests_on_due_dates and walk.conventions.interest == Interest.ACTUAL:
        clock = walk.contract.clock(row.start, row.due_date)
        exact = Fraction(walk.rest_base * walk.rate) * clock.fraction(row.due_date) / 10**8
        interest = round_ratio(exact, walk.conventions.rounding)
    else:
        interest = walk.interest_so_far(row)
    return max(0, interest - row.settled[Due.INTEREST]), principal_due(walk, row, interest)


def _interest_ahead(walk: Walk, running: Instalment | None) -> int:
    """Interest of the running period that who prepays owes today: of the days gone by; none where it is fixed."""
    if running is None or walk.conventions.interest != Interest.ACTUAL:
        return 0
    return max(0, walk.metered() - running.settled[Due.INTEREST])


def _interest_of_plan(walk: Walk) -> int:
    rows = [row for row in walk.rows if row.is_running]
    return sum((row.planned_interest or 0) - row.settled[Due.INTEREST] for row in rows)


def _fee(walk: Walk, principal: int) -> int:
    """The fee for prepaying `principal`."""
    fee = walk.conventions.prepayment_fee
    base = _interest_of_plan(walk) if walk.conventions.prepayment_fee_on == "interest" else principal
    return round_ratio(base * fee, walk.conventions.rounding) if fee else 0


def _ahead_charges(walk: Walk, left: int, spent: Purse) -> int:
    return _pay_charges(walk, [charge for charge in walk.charges if charge.open], left, spent) if left else 0


def _pay_charges(walk: Walk, charges: list[Charge], left: int, spent: Purse) -> int:
    return _settle(walk, [(charge.rank, charge, charge.open) for charge in charges], left, spent, walk.paid)


def _take(walk: Walk, rank: Due, amount: int, left: int, spent: Purse) -> int:
    """Charge something and settle it at once from what is left."""
    part = min(left, amount)
    if part:
        charge = Charge(rank, part, walk.cursor, walk.row_of(walk.cursor))
        _credit(walk, charge, rank, part, spent, walk.paid)
    return left - part


def _settle(walk: Walk, items: list[Item], left: int, spent: Purse, book: Purse) -> int:
    for rank, target, amount in items:
        part = min(left, amount)
        _credit(walk, target, rank, part, spent, book)
        left -= part
    return left


def _credit(walk: Walk, target: Instalment | Charge, rank: Due, part: int, spent: Purse, book: Purse) -> None:
    if part <= 0:
        return
    spent[rank] += part
    book[rank] += part
    if isinstance(target, Charge):
        target.settled += part
        target.waived += part if book is walk.waived else 0
        row = walk.rows[target.row - 1]
    else:
        target.settled[rank] += part
        if book is walk.waived and rank == Due.INTEREST:
            target.waived_interest += part
        row = target
    row.last_paid = walk.cursor
    if walk.cursor < row.due_date:
        row.early += part
    elif walk.cursor > row.due_date:
        row.after += part
    row.paid += part


def _clear(walk: Walk) -> None:
    """Forget rows and charges that nothing is owed on."""
    if walk.overdue:
        walk.overdue = [row for row in walk.overdue if any(walk.open(row, rank) for rank in RANKS)]
    if walk.charges:
        walk.charges = [charge for charge in walk.charges if charge.open]


def _row(target: Instalment | Charge) -> int:
    return target.row if isinstance(target, Charge) else target.number


def charge(walk: Walk, rank: Due, amount: int, due_date: date, *, is_arrangement: bool = False) -> None:
    """A fee or a penalty by itself, due on `due_date`."""
    walk.charges.append(Charge(rank, amount, due_date, walk.row_of(due_date)))
    if is_arrangement:
        walk.arrangement.append(walk.charges[-1])
    row = walk.rows[walk.row_of(due_date) - 1]
    row.charged[rank] = row.charged.get(rank, 0) + amount

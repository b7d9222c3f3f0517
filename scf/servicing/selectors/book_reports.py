"""Reports out of the books: trial balance, subledger, accrual by day. The database sums, never Python by row."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from urllib.parse import urlencode

from django.db.models import CharField, Count, Q, QuerySet, Sum, Value
from django.db.models.functions import Cast, Concat
from django.urls import reverse
from django.utils.translation import gettext as _

from scf.documents.figures import plain
from scf.documents.proofs import DoesNotAddUp
from scf.documents.report import Cell, Field, Kind, Line, Report, Section
from scf.domain.money import Money, total
from scf.ledger.models import AccountKind, Book, Leg
from scf.parties.models import Organisation

from ..models import Loan
from .names import book_name, cause_name, in_order

Lenders = QuerySet[Organisation]
ORDER = {kind: index for index, kind in enumerate(AccountKind.values)}
LOAN_THREAD = "servicing.loan:"
INCOME = (AccountKind.INTEREST, AccountKind.PENALTY, AccountKind.COMPOUND, AccountKind.COST)


def trial_balance(lenders: Lenders, *, first: date, last: date) -> Report:
    """Every book's accounts by kind: opening, movements of the days, closing; two queries."""
    within = Q(transaction__booking_date__gte=first)
    legs = Leg.objects.filter(account__book__bank__in=lenders, transaction__booking_date__lte=last)
    sums = legs.values_list("account__book_id", "account__kind").annotate(
        opening=Sum("minor", filter=~within, default=0),
        debits=Sum("minor", filter=within & Q(minor__gt=0), default=0),
        credits=Sum("minor", filter=within & Q(minor__lt=0), default=0),
    )
    by_book: dict[int, list[tuple[str, int, int, int]]] = {}
    for book_id, kind, opening, debit, credit in sums.order_by():
        by_book.setdefault(book_id, []).append((kind, int(opening), int(debit), -int(credit)))
    books = in_order(Book.objects.filter(pk__in=by_book).select_related("bank"))
    return Report(
        title=_("Trial balance"),
        number=f"TB-{first:%Y%m%d}-{last:%Y%m%d}",
        as_of=last,
        facts=(_days(first, last),),
        fields=(
            Field(_("Account"), share=3.4), Field(_("Opening, debit"), Kind.MONEY),
            Field(_("Opening, credit"), Kind.MONEY), Field(_("Debits"), Kind.MONEY), Field(_("Credits"), Kind.MONEY),
            Field(_("Closing, debit"), Kind.MONEY), Field(_("Closing, credit"), Kind.MONEY),
        ),
        sections=tuple(_balances(book, by_book[book.pk], first, last) for book in books),
        source=_("Legs of the books by booking date, up to %(day)s.") % {"day": last},
    )  # fmt: skip


def _balances(book: Book, rows: list[tuple[str, int, int, int]], first: date, last: date) -> Section:
    lines = []
    for kind, opening, debited, credited in sorted(rows, key=lambda row: ORDER[row[0]]):
        sides = (*_sides(opening), debited, credited, *_sides(opening + debited - credited))
        query = urlencode({"book": book.pk, "kind": kind, "first": first, "last": last})
        figured = [Money(minor, book.currency) for minor in sides]
        lines.append(Line((str(AccountKind(kind).label), *figured), f"{reverse('servicing:subledger')}?{query}"))
    sums = [_column(lines, index, book.currency) for index in range(1, 7)]
    for debit, credit in zip(sums[::2], sums[1::2], strict=True):
        if debit != credit:
            raise DoesNotAddUp(f"book {book.pk}: {debit} on the left, {credit} on the right")
    proof = _("Debits = credits: opening %(opening)s, of these days %(moved)s, closing %(closing)s.")
    words = dict(zip(("opening", "moved", "closing"), map(plain, sums[::2]), strict=True))
    proofs = (proof % words,)
    return Section(book_name(book), tuple(lines), (_("Total"), *sums), proofs)


def _sides(minor: int) -> tuple[int, int]:
    """A balance as debit and credit."""
    return max(minor, 0), max(-minor, 0)


def _column(lines: Iterable[Line], index: int, currency: str) -> Money:
    return total([cell for line in lines if isinstance(cell := line.cells[index], Money)], currency)


def _days(first: date, last: date) -> tuple[str, str]:
    return _("Booked from – until"), f"{first} – {last}"


@dataclass(frozen=True, slots=True)
class LegsWanted:
    """Which legs a subledger shows; days by booking date, both included; empty means any."""

    first: date
    last: date
    book: Book | None = None
    kind: str = ""
    loan: str = ""
    party: str = ""

    @property
    def has_balance(self) -> bool:
        """True where the legs are those of one account kind of one book or loan, so that a balance means something."""
        return bool(self.kind and (self.book or self.loan))


@dataclass(frozen=True, slots=True)
class LegsPage:
    """A page of a subledger, and the cursor of the next one; None on the last."""

    report: Report
    next_after: str | None


def subledger(lenders: Lenders, loans: QuerySet[Loan], wanted: LegsWanted, *, after: str, limit: int) -> LegsPage:
    """Legs in the order in which they were booked, each with its event; as many queries for many as for few."""
    legs = _legs(lenders, loans, wanted)
    start = int(after) if after.isdecimal() and len(after) < 19 else 0
    found = legs.filter(transaction__booking_date__gte=wanted.first, pk__gt=start).order_by("pk")
    rows = list(found.select_related("transaction", "account__book__bank", "account__party")[: limit + 1])
    before = Q(transaction__booking_date__lt=wanted.first) | Q(pk__lte=start)
    opening = legs.filter(before).aggregate(sum=Sum("minor"))["sum"] or 0 if wanted.has_balance else 0
    next_after = str(rows[limit - 1].pk) if len(rows) > limit else None
    report = Report(
        title=_("Subledger"),
        number=f"SL-{wanted.first:%Y%m%d}-{wanted.last:%Y%m%d}",
        as_of=wanted.last,
        facts=_wanted_facts(wanted),
        fields=(
            Field(_("Booked on"), Kind.DATE, 1.6), Field(_("Value date"), Kind.DATE, 1.6), Field(_("Cause"), share=2.6),
            Field(_("Loan"), share=2.6), Field(_("Book"), share=4.4), Field(_("Account"), share=2.6),
            Field(_("Party"), share=3), Field(_("Debit"), Kind.MONEY, 2.2), Field(_("Credit"), Kind.MONEY, 2.2),
            Field(_("Balance"), Kind.MONEY, 2.4), Field(_("Event"), share=2.6),
        ),
        sections=tuple(_leg_sections(rows[:limit], opening, wanted)),
        source=_("Legs of the books in the order of booking; each names the event that caused it."),
    )  # fmt: skip
    return LegsPage(report, next_after)


def _legs(lenders: Lenders, loans: QuerySet[Loan], wanted: LegsWanted) -> QuerySet[Leg]:
    found = Leg.objects.filter(account__book__bank__in=lenders, transaction__booking_date__lte=wanted.last)
    if wanted.book:
        found = found.filter(account__book=wanted.book)
    if wanted.kind:
        found = found.filter(account__kind=wanted.kind)
    if wanted.loan:
        numbered = loans.filter(Q(number__iexact=wanted.loan) | Q(reference__iexact=wanted.loan))
        found = found.filter(transaction__thread__in=_threads(numbered))
    if wanted.party:
        text = wanted.party
        names = Q(code__iexact=text) | Q(name__icontains=text) | Q(name_en__icontains=text) | Q(uscc__iexact=text)
        parties = Organisation.objects.filter(names)
        theirs = Q(account__party__in=parties)
        found = found.filter(theirs | Q(transaction__thread__in=_threads(loans.filter(supplier__in=parties))))
    return found


def _threads(loans: QuerySet[Loan]) -> QuerySet[Loan]:
    """The threads of loans, as a subquery."""
    thread = Concat(Value(LOAN_THREAD), Cast("pk", CharField()))
    return loans.order_by().annotate(of_loan=thread).values("of_loan")  # type: ignore[return-value]


def _leg_sections(rows: list[Leg], opening: int, wanted: LegsWanted) -> Iterable[Section]:
    numbers = _numbers(rows)
    for currency, of_currency in groupby(
        sorted(rows, key=lambda leg: leg.account.book.currency), key=lambda leg: leg.account.book.currency
    ):
        balance, lines = opening, []
        legs = list(of_currency)
        for leg in legs:
            balance += leg.minor
            lines.append(_leg_line(leg, numbers, Money(balance, currency) if wanted.has_balance else None))
        debit, credit = _column(lines, 7, currency), _column(lines, 8, currency)
        moved = {"debits": plain(debit), "credits": plain(credit), "count": len(legs)}
        proofs = [_("%(count)s legs: debits %(debits)s, credits %(credits)s.") % moved]
        if wanted.has_balance:
            both = {**moved, "opening": plain(Money(opening, currency)), "closing": plain(Money(balance, currency))}
            proofs = [_("Opening %(opening)s + debits %(debits)s − credits %(credits)s = closing %(closing)s; "
                        "%(count)s legs.") % both]  # fmt: skip
        totals: tuple[Cell, ...] = (_("Total"), *[None] * 6, debit, credit,
                                    Money(balance, currency) if wanted.has_balance else None, None)  # fmt: skip
        yield Section(currency, tuple(lines), totals, tuple(proofs))


def _leg_line(leg: Leg, numbers: dict[str, str], balance: Money | None) -> Line:
    booked, account = leg.transaction, leg.account
    amount = Money(abs(leg.minor), account.book.currency)
    number = numbers.get(booked.thread, "")
    cells: tuple[Cell, ...] = (
        booked.booking_date, booked.value_date, cause_name(booked.text), number, book_name(account.book),
        str(AccountKind(account.kind).label), str(account.party or ""), amount if leg.minor > 0 else None,
        amount if leg.minor < 0 else None, balance, booked.event,
    )  # fmt: skip
    return Line(cells, reverse("servicing:loan", args=[number]) if number else "")


def _numbers(rows: Iterable[Leg]) -> dict[str, str]:
    """The loan's number by thread."""
    ids = {leg.transaction.thread.removeprefix(LOAN_THREAD) for leg in rows}
    found = Loan.objects.filter(pk__in=[pk for pk in ids if pk.isdecimal()]).values_list("pk", "number")
    return {f"{LOAN_THREAD}{pk}": number for pk, number in found}


def _wanted_facts(wanted: LegsWanted) -> tuple[tuple[str, str], ...]:
    facts = [_days(wanted.first, wanted.last)]
    if wanted.book:
        facts.append((_("Book"), book_name(wanted.book)))
    if wanted.kind:
        facts.append((_("Account"), str(AccountKind(wanted.kind).label)))
    named = ((_("Loan"), wanted.loan), (_("Supplier"), wanted.party))
    return (*facts, *((name, value) for name, value in named if value))


def accrual(lenders: Lenders, *, first: date, last: date) -> Report:
    """What each book's loans earned, day by day, as close of business booked it; two queries."""
    legs = Leg.objects.filter(
        account__book__bank__in=lenders, account__kind__in=INCOME, transaction__value_date__range=(first, last)
    )
    sums = legs.values_list("account__book_id", "transaction__value_date", "account__kind").annotate(
        earned=Sum("minor"), count=Count("pk")
    )
    by_book: dict[int, dict[date, dict[str, int]]] = {}
    for book_id, day, kind, minor, _count in sums.order_by("transaction__value_date"):
        by_book.setdefault(book_id, {}).setdefault(day, {})[kind] = -int(minor)
    books = in_order(Book.objects.filter(pk__in=by_book).select_related("bank"))
    return Report(
        title=_("Accrual by day"),
        number=f"AC-{first:%Y%m%d}-{last:%Y%m%d}",
        as_of=last,
        facts=((_("Days"), f"{first} – {last}"),),
        fields=(
            Field(_("Day"), Kind.DATE), Field(_("Interest"), Kind.MONEY), Field(_("Penalty interest"), Kind.MONEY),
            Field(_("Compound interest"), Kind.MONEY), Field(_("Costs"), Kind.MONEY), Field(_("Together"), Kind.MONEY),
        ),
        sections=tuple(_earned(book, by_book[book.pk]) for book in books),
        source=_("Income of the books by value date, as close of business booked it."),
    )  # fmt: skip


def _earned(book: Book, days: dict[date, dict[str, int]]) -> Section:
    lines = []
    for day, sums in days.items():
        parts = [sums.get(kind, 0) for kind in INCOME]
        lines.append(Line((day, *(Money(minor, book.currency) for minor in (*parts, sum(parts))))))
    sums_of = [_column(lines, index, book.currency) for index in range(1, 6)]
    if total(sums_of[:4], book.currency) != sums_of[4]:
        raise DoesNotAddUp(f"book {book.pk}: the kinds of income do not make their sum")
    summands = " + ".join(plain(money) for money in sums_of[:4])
    proof = _("%(parts)s = %(sum)s, over %(count)s days.")
    proofs = (proof % {"parts": summands, "sum": plain(sums_of[4]), "count": len(lines)},)
    return Section(book_name(book), tuple(lines), (_("Total"), *sums_of), proofs)

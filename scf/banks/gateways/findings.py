"""What a file of a bank says otherwise than it should, each thing by its code.

A finding changes no figure: it says where the file departs from its format,
from its own sums or from what came before, so that a person can judge.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


def _(sentence: str) -> str:
    """Marks a sentence for translation; the sandbox bank, which knows no Django, reads these codecs too."""
    return sentence


SENTENCES = {
    "UNREADABLE": _("This cannot be read as a bank statement: %(why)s."),
    "EMPTY": _("There is no statement in it."),
    "ENCODING_WRONG": _("The file says that it is %(said)s; it could be read only as %(read)s."),
    "GROUP_HEADER_MISSING": _("The message has no group header."),
    "ACCOUNT_MISSING": _("The account is not named."),
    "ID_MISSING": _("The statement has no number."),
    "NOT_LAST_PAGE": _("The bank says that further pages follow."),
    "OPENING_MISSING": _("There is no opening balance."),
    "CLOSING_MISSING": _("There is no closing balance."),
    "NO_BALANCES": _("The file has no balances, so nothing proves that it is complete."),
    "DOES_NOT_TIE_OUT": _("Opening %(opening)s and booked entries %(entries)s make %(made)s, not closing %(closing)s."),
    "CURRENCY_MIXED": _("Amounts of the account in %(account)s are in %(others)s."),
    "CURRENCY_ASSUMED": _("The file names no currency; %(currency)s is taken from its language."),
    "CURRENCY_MISSING": _("The file names no currency."),
    "AMOUNT_MISSING": _("The entry has no amount."),
    "AMOUNT_UNREADABLE": _("“%(text)s” is not an amount."),
    "AMOUNT_AMBIGUOUS": _("“%(text)s” can be read as two amounts."),
    "AMOUNT_TOO_FINE": _("%(text)s has more decimals than %(currency)s."),
    "AMOUNT_NEGATIVE": _("The amount %(text)s has a sign where none belongs."),
    "DIRECTION_MISSING": _("The entry does not say whether it is a debit or a credit."),
    "DIRECTION_IN_DETAILS": _("Only the transaction inside says whether it is a debit or a credit."),
    "DIRECTION_FROM_WORDS": _("Only the words “%(text)s” say whether money came or went."),
    "DIRECTION_NEUTRAL": _("The file counts this neither as income nor as spending (“%(text)s”)."),
    "DIRECTION_FROM_BALANCE": _("Signs are read so that the balances follow: a debit is written as %(sign)s."),
    "AMOUNT_NEGATIVE_HABIT": _("All debits are written with a minus; it is read as saying that they are debits."),
    "CARD_SIGNS": _("This is a card's bill: what is spent is written without a sign."),
    "NEGATIVE_DEBIT": _("A negative debit of %(text)s: an earlier movement is taken back."),
    "NEGATIVE_CREDIT": _("A negative credit of %(text)s: an earlier movement is taken back."),
    "NOT_CARRIED_OUT": _("The file lists it as “%(text)s”; no money moved."),
    "BOOKING_DATE_MISSING": _("The entry has no booking date."),
    "DAY_MISSING": _("Neither the entry nor its statement names a day."),
    "DATE_UNREADABLE": _("“%(text)s” is not a date."),
    "DATE_AMBIGUOUS": _("“%(text)s” can be two days; it is read with the day first."),
    "YEAR_MISSING": _("“%(text)s” names no year."),
    "TIME_UNREADABLE": _("“%(text)s” is not a time."),
    "DETAILS_DIFFER": _("The details sum to %(details)s, the entry says %(entry)s."),
    "SUMMARY_DIFFERS": _("The file itself states %(stated)s for %(what)s; the entries give %(counted)s."),
    "BALANCE_BREAKS": _("The balance should be %(wanted)s here, the file says %(said)s."),
    "BALANCE_UNREADABLE": _("“%(text)s” is not a balance."),
    "HEADER_MISSING": _("No line names the columns date and amount."),
    "ROW_UNREADABLE": _("The line is not an entry: “%(text)s”."),
    "TAG_MISSING": _("Field %(tag)s is missing."),
    "LINE_UNREADABLE": _("“%(text)s” is not in the form of field %(tag)s."),
    "AFTER_END": _("The entry stands behind the end of its message."),
    "MORE": _("There are %(count)s more findings of the kind %(kind)s."),
    "DUPLICATE": _("The same statement came before (%(earlier)s)."),
    "ID_REUSED": _("The bank has used the number %(id)s before, for other days."),
    "OVERLAPS": _("Its days overlap those of %(earlier)s."),
    "CORRECTS": _("It tells the days of %(earlier)s anew, with other entries."),
    "DOES_NOT_CONTINUE": _("It opens with %(opening)s; the one before (%(earlier)s) closed with %(closing)s."),
    "ENTRIES_GONE": _("%(count)s entries of %(earlier)s, %(sum)s together, are no longer there. A person decides."),
    "MATCHED_BY_AMOUNT": _("%(count)s entries were known from another file by day and amount and are not taken again."),
    "NOT_TAKEN": _("Not taken: %(why)s"),
    "NOT_A_STATEMENT": _("It is news of movements, not a statement; nothing is taken from it."),
}

# With one of these, what the file says is no ground to book money on.
BLOCKING = frozenset(
    {
        "UNREADABLE", "EMPTY", "DOES_NOT_TIE_OUT", "CURRENCY_MIXED", "CURRENCY_MISSING", "AMOUNT_MISSING",
        "AMOUNT_UNREADABLE", "AMOUNT_AMBIGUOUS", "AMOUNT_TOO_FINE", "DIRECTION_MISSING", "DIRECTION_FROM_WORDS",
        "DATE_UNREADABLE", "DATE_AMBIGUOUS", "DAY_MISSING", "YEAR_MISSING", "HEADER_MISSING", "ROW_UNREADABLE",
        "LINE_UNREADABLE",
        "BALANCE_BREAKS", "AFTER_END", "CARD_SIGNS",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """One departure.

    where   a line, a field or an entry of the file; empty where the whole is meant
    facts   what the sentence names
    """

    code: str
    where: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """The sentence in English, for machines' logs; pages translate it."""
        return SENTENCES[self.code] % self.facts

    @property
    def is_blocking(self) -> bool:
        """Whether no money may be booked on such a file."""
        return self.code in BLOCKING

    def as_json(self) -> dict[str, str]:
        """As the command prints it."""
        return {"code": self.code, "where": self.where, "message": self.message}

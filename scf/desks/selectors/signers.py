"""The homes of buyers' and keepers' registered signers."""

from datetime import date
from typing import Any

from scf.collateral.selectors import stock
from scf.collateral.selectors.stock_rows import cases_to_lock, rows_of
from scf.orders.selectors import words
from scf.parties.access import may
from scf.parties.models import Membership

SHOWN = 8


def signer_home(membership: Membership, on: date) -> dict[str, Any]:
    """What waits for the signer's word, what it has said; a buyer's debts that are pledged, or a keeper's goods."""
    waiting = words.requests_for(membership)
    context: dict[str, Any] = {
        "waiting": words.asked(list(waiting[:SHOWN]), on),
        "waiting_count": waiting.count(),
        "said": list(words.words_of(membership)[:SHOWN]),
        "keeps": may(membership, "collateral.keep"),
    }
    if not context["keeps"]:
        pledged = stock.pledged_in_name_of(membership.organisation)
        return {**context, "pledged": list(pledged[: SHOWN * 2]), "pledged_count": pledged.count()}
    stocks = list(stock.stocks_visible_to(membership)[:50])
    rows = rows_of(stocks)
    return {
        **context,
        "cases": cases_to_lock(membership.organisation),
        "releases": stock.to_hand_out(membership.organisation),
        "to_count": [each for each in rows if each["fault"]],
        "rows": rows[:SHOWN],
    }

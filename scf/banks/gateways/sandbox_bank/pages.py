"""The sandbox bank's one page: its accounts, and a form by which a buyer pays."""

from datetime import date
from html import escape

from scf.domain.money import Money

from ..base import StatementEntry

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 62rem; padding: 0 1rem; color: #1d273b }
table { border-collapse: collapse; width: 100%; margin-bottom: 1.5rem }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #dce1e7 }
td.figure, th.figure { text-align: right; font-variant-numeric: tabular-nums }
form { display: grid; gap: .6rem; grid-template-columns: repeat(auto-fit, minmax(14rem, 1fr)); align-items: end }
label { display: grid; gap: .2rem } input { font: inherit; padding: .35rem } div.wide { overflow-x: auto }
button { font: inherit; padding: .5rem 1rem; background: #0054a6; color: #fff; border: 0; border-radius: 4px }
"""

FIELDS = (
    ("account", "Collection account 收款账号", ""),
    ("amount", "Amount 金额", ""),
    ("currency", "Currency 币种", "CNY"),
    ("reference", "Reference 附言", ""),
    ("value_date", "Value date 起息日", ""),
    ("payer_name", "Payer 付款人", ""),
)


def home(
    books: dict[str, dict[str, list[StatementEntry]]],
    *,
    prefilled: dict[str, str],
    today: date,
    accounts: dict[str, str],
    problem: str = "",
) -> str:
    """The whole page; `prefilled` are the form's values, `bank` among them.

    accounts  number -> currency, offered for the form; problem  why the last payment was not taken
    """
    if prefilled.get("account") in accounts and "currency" not in prefilled:
        prefilled = {**prefilled, "currency": accounts[prefilled["account"]]}
    tables = "".join(_bank(code, accounts) for code, accounts in books.items()) or "<p>No movement yet. 暂无流水。</p>"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Sandbox bank 沙箱银行</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body>'
        "<h1>Sandbox bank 沙箱银行</h1>"
        "<p>It plays every lender. Its money is invented. 此处扮演各家银行，资金均为虚构。</p>"
        f"<h2>A buyer pays 买方付款</h2>{_problem(problem)}{_form(prefilled, today)}{_choices(accounts)}"
        f"<h2>Accounts 账户</h2>{tables}</body></html>"
    )


def _form(prefilled: dict[str, str], today: date) -> str:
    """Which bank the form pays at is part of its address, so one form a page: the bank comes with the link."""
    bank = prefilled.get("bank", "")
    if not bank:
        return (
            '<form method="get" action="/"><label>Bank code 银行代码 <input name="bank" required></label>'
            "<button>Next 下一步</button></form>"
        )
    defaults = {"value_date": today.isoformat()}
    inputs = "".join(
        f'<label>{label} <input name="{name}" value="{escape(prefilled.get(name, defaults.get(name, default)))}"'
        f"{_kind(name)}></label>"
        for name, label, default in FIELDS
    )
    action = f"/{escape(bank)}/payments-in"
    return f'<form method="post" action="{action}">{inputs}<button>Pay 付款 ({escape(bank)})</button></form>'


def _problem(problem: str) -> str:
    if not problem:
        return ""
    return f'<p role="alert"><strong>Not booked 未入账:</strong> {escape(problem)}</p>'


def _choices(accounts: dict[str, str]) -> str:
    options = "".join(f'<option value="{escape(n)}">{escape(c)}</option>' for n, c in sorted(accounts.items()))
    named = ", ".join(f"{escape(n)} ({escape(c)})" for n, c in sorted(accounts.items()))
    return f'<datalist id="accounts">{options}</datalist>' + (f"<p>Accounts 账户: {named}</p>" if named else "")


def _kind(name: str) -> str:
    kinds = {
        "account": ' list="accounts" required',
        "value_date": ' type="date" required',
        "amount": ' inputmode="decimal" required',
    }
    return kinds.get(name, " required" if name == "currency" else "")


def _bank(code: str, accounts: dict[str, list[StatementEntry]]) -> str:
    parts = [f'<h3 id="{escape(code)}">{escape(code)}</h3>']
    for account, entries in sorted(accounts.items()):
        balance = Money(sum(entry.amount_minor for entry in entries), entries[0].currency)
        rows = "".join(_row(entry) for entry in entries)
        parts.append(
            f'<h4>{escape(account)}: {balance}</h4><div class="wide"><table><thead><tr><th>Value date 起息日</th>'
            '<th class="figure">Amount 金额</th><th>Counterparty 对方</th><th>Text 附言</th><th>Id</th></tr></thead>'
            f"<tbody>{rows}</tbody></table></div>"
        )
    return "".join(parts)


def _row(entry: StatementEntry) -> str:
    texts = (entry.counterparty_name, entry.remittance, entry.end_to_end_id)
    cells = "".join(f"<td>{escape(text)}</td>" for text in texts)
    return f'<tr><td>{entry.value_date}</td><td class="figure">{entry.money}</td>{cells}</tr>'

"""What banks call things in the sheets that they export: the profile of all of them together.

A bank that speaks otherwise needs a word here, not code. Names are compared
in normal form (see `normal`); a name that nobody has listed is judged by the
words in it.
"""

import re
import unicodedata

LABEL_CHARACTERS_MAX = 60
SIMPLIFIED = str.maketrans(
    "額餘賬帳貸幣種說對號戶類備註轉結發記間貨費單開檔總項會計過續",
    "额余账账贷币种说对号户类备注转结发记间货费单开档总项会计过续",
)

# In each role the better column comes first: what was booked before what was ordered.
NAMES: dict[str, tuple[str, ...]] = {
    "booked": (
        "记账日期", "记账日", "银行记账日", "入账日期", "入账日", "入账时间", "记账时间", "记帐日期", "账务日期",
        "会计日期",
        "过账日期", "bookingdate", "postingdate", "postdate", "bookdate", "dateposted", "buchungstag",
        "buchungsdatum",
    ),
    "date": (
        "交易日期", "交易日", "发生日期", "日期", "业务日期", "交易时间", "发生时间", "交易创建时间", "date",
        "transactiondate", "transdate", "txndate", "tradedate", "operationdate", "datum", "fecha", "data",
    ),
    "valued": ("起息日", "起息日期", "valuedate", "valuta", "valutadatum", "wertstellung"),
    "credit": (
        "记账金额(收入)", "贷方发生额", "贷方金额", "贷方", "贷", "收入金额", "收入", "存入金额", "存入",
        "转入金额", "转入",
        "收款金额", "交易金额(收入)", "creditamount", "credit", "credits", "deposit", "deposits", "depositamount",
        "paidin",
        "moneyin", "gutschrift", "haben", "cr",
    ),
    "debit": (
        "记账金额(支出)", "借方发生额", "借方金额", "借方", "借", "支出金额", "支出", "支取金额", "支取",
        "取出金额", "转出金额",
        "转出", "付款金额", "交易金额(支出)", "debitamount", "debit", "debits", "withdrawal", "withdrawals",
        "withdrawalamount", "paidout", "moneyout", "lastschrift", "soll", "dr",
    ),
    "amount": (
        "记账金额", "入账金额", "结算金额", "入账币种/金额", "实付金额", "billingamount", "交易金额", "发生额",
        "发生金额",
        "人民币金额", "收支金额", "交易币种/金额", "金额", "amount", "transactionamount", "transamount", "amt",
        "value",
        "betrag", "umsatz", "importe", "montant", "订单金额",
    ),
    "direction": (
        "收/支", "收支", "借贷", "借/贷", "借贷标志", "借贷方向", "借贷标记", "借贷类型", "收付标志", "收付方向",
        "收支类型",
        "收入/支出", "收/付", "交易方向", "d/c", "dc", "dr/cr", "drcr", "cr/dr", "crdr", "debit/credit",
        "credit/debit",
        "direction", "sign", "cdtdbtind", "debit/creditindicator", "soll/haben", "s/h",
    ),
    "balance": (
        "余额", "账户余额", "联机余额", "当前余额", "本次余额", "交易后余额", "账面余额", "结余", "账户结余",
        "balance", "accountbalance",
        "runningbalance", "ledgerbalance", "balanceafter", "saldo", "solde", "可用余额",
    ),
    "currency": (
        "记账币种", "结算币种", "入账币种", "账户币种", "billingcurrency", "币种", "货币", "交易币种", "currency",
        "ccy",
        "accountcurrency", "currencycode", "waehrung", "währung",
    ),
    "counterparty": (
        "对方户名", "对方名称", "对方单位名称", "对方单位", "对手户名", "对方账户名称", "对手信息", "交易对方",
        "收(付)方名称",
        "counterparty", "counterpartyname", "partnername", "payee", "payer", "payee/payer", "beneficiary", "name",
    ),
    "counterparty_account": (
        "对方账号", "对方帐号", "对方账户", "对手账号", "收(付)方账号", "counterpartyaccount", "partneraccount",
        "bankaccount",
    ),
    "reference": (
        "交易流水号", "流水号", "核心流水号", "银行流水号", "交易单号", "交易订单号", "凭证号", "日志号",
        "operationnumber",
        "transactionid", "transactionreference", "bankreference", "reference", "ref", "uniqueid", "fitid",
    ),
    "status": ("交易状态", "当前状态", "状态", "status"),
    "account": (
        "本方账号", "我方账号", "查询账号", "账号", "帐号", "账户账号", "accountnumber", "accountno", "accountno.",
        "iban",
        "account", "卡号",
    ),
    "card": ("卡号末四位", "卡末四位", "卡号后四位", "卡号末4位", "cardending"),
    "text": (
        "摘要", "交易摘要", "交易描述", "交易说明", "附言", "用途", "客户摘要", "商品说明", "商品", "订单标题",
        "备注",
        "description", "label", "details", "detail", "narrative", "memo", "remarks", "particulars", "purpose", "text",
    ),
}  # fmt: skip

# Columns that look like others and are not.
TRAPS = re.compile(
    r"amountcurrency|balancecurrency|交易地金额|原币|外币金额|foreign|手续费|费用|税|fee|exchangerate|汇率"
)
WORDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("counterparty_account", re.compile(r"(对方|对手|收款人|付款人).*(账号|帐号|账户)$|counterparty.*account")),
    ("counterparty", re.compile(r"(对方|对手|收款人|付款人).*(户名|名称|信息)?$|counterparty")),
    ("balance", re.compile(r"余额|结余|balance")),
    ("currency", re.compile(r"币种|货币|currency|ccy")),
    ("direction", re.compile(r"^(?!.*(金额|发生额|amount)).*(借贷|收支|借/贷|收/付|debit/credit|dr/cr)")),
    ("both", re.compile(r"(借.*贷|收入.*支出|debit.*credit|credit.*debit).*")),
    ("debit", re.compile(r"^(?!.*(account|bank|账号|户名|行)).*(借方|支出|支取|转出|debit|withdraw|paidout|moneyout)")),
    ("credit", re.compile(r"^(?!.*(account|bank|账号|户名|行)).*(贷方|收入|存入|转入|credit|deposit|paidin|moneyin)")),
    ("booked", re.compile(r"(记账|入账|记帐|过账).*(日|时间)|(booking|posting|posted).*date|date.*posted")),
    ("valued", re.compile(r"起息|value.*date")),
    ("date", re.compile(r"日期|交易.*时间|date")),
    ("amount", re.compile(r"金额|发生额|amount|betrag|importe|montant")),
    ("text", re.compile(r"摘要|描述|说明|用途|附言|备注|description|detail|narrative|memo|remark")),
    ("reference", re.compile(r"流水|凭证|单号|reference|transactionid")),
)

CREDIT_WORDS = frozenset(
    "收入 收 入 入账 转入 存入 贷 贷方 来账 收款 c cr crdt credit in + deposit income h haben".split()
)
DEBIT_WORDS = frozenset(
    "支出 支 付 出 出账 转出 支取 借 借方 往账 付款 d dr dbit debit out - withdrawal expense s soll".split()
)
NEUTRAL_WORDS = frozenset(["", "/", "不计收支", "中性交易", "其他", "其它", "-/-"])
NOT_CARRIED_OUT = re.compile(r"关闭|失败|撤销|取消|已退单|failed|cancell?ed|rejected|declined|void", re.IGNORECASE)

# Where no column and no sign tells, the first word of the description may.
CREDIT_STARTS = re.compile(r"^(退货|退款|还款|信用卡还款|存入|转入|利息|返现|refund|repayment)", re.IGNORECASE)
DEBIT_STARTS = re.compile(r"^(消费|支付|取现|转出|手续费|purchase|payment|fee)", re.IGNORECASE)

CURRENCIES = {
    "人民币": "CNY", "人民币元": "CNY", "rmb": "CNY", "元": "CNY", "¥": "CNY", "美元": "USD", "us$": "USD",
    "$": "USD", "欧元": "EUR", "€": "EUR", "港币": "HKD", "港元": "HKD", "hk$": "HKD", "日元": "JPY", "日圆": "JPY",
    "英镑": "GBP", "£": "GBP", "澳门元": "MOP", "新台币": "TWD", "新加坡元": "SGD", "澳大利亚元": "AUD", "澳元": "AUD",
    "加拿大元": "CAD", "加元": "CAD", "瑞士法郎": "CHF", "韩元": "KRW", "泰铢": "THB", "卢布": "RUB", "新西兰元": "NZD",
}  # fmt: skip
CODES = frozenset(
    "CNY USD EUR HKD JPY GBP CHF AUD CAD SGD KRW THB RUB NZD MOP TWD SEK NOK DKK PLN CZK HUF TRY INR IDR MYR PHP VND "
    "ZAR BRL MXN AED SAR ILS KWD BHD RON BGN".split()
)

TOTAL = re.compile(r"合计|总计|小计|汇总|^总|\btotal\b|\bsubtotal\b|\bsum\b", re.IGNORECASE)
OPENING = re.compile(
    r"期初余额|上期余额|承前|上页余额|起始余额|opening balance|balance (at (the )?(start|beginning)|b/?f|brought)|"
    r"start(ing)? balance|beginning balance",
    re.IGNORECASE,
)
CLOSING = re.compile(
    r"期末余额|本期余额|结余|closing balance|balance (at (the )?end|c/?f|carried)|end(ing)? balance", re.IGNORECASE
)
ACCOUNT = re.compile(r"账\s*号|帐\s*号|卡\s*号|account\s*(number|no\b|no\.)|^iban|^konto|^account$", re.IGNORECASE)
FIRST_DAY = re.compile(r"起始日期|开始日期|起始时间|起始日|start date|date from|^from\b|^von\b", re.IGNORECASE)
LAST_DAY = re.compile(
    r"截止日期|结束日期|终止日期|终止时间|结束时间|截止日|end date|date to|^to\b|^until\b|^bis\b", re.IGNORECASE
)
CURRENCY_LABEL = re.compile(r"币\s*种|货币|currency|卡内账户", re.IGNORECASE)
STATED = re.compile(
    r"(?P<what>收入|支出)\s*[:：]?\s*(?P<count>[0-9]+)\s*笔\s*[,，]?\s*(?P<sum>[0-9,]+(?:\.[0-9]+)?)\s*元"
)


def normal(label: str) -> str:
    """A column's name without width, case, spaces and quotes."""
    return re.sub(r"[\s\"'*:_\[\]]", "", unicodedata.normalize("NFKC", label)).lower().translate(SIMPLIFIED)


def split_unit(name: str) -> tuple[str, str]:
    """A name in normal form without the unit behind it, and the currency that the unit says."""
    found = re.fullmatch(r"(?P<name>.+?)[(/](?P<unit>[^()/]+)\)?", name)
    if found and (currency := currency_of(found["unit"])):
        return found["name"], currency
    return name, "CNY" if name.startswith("人民币") else ""


def currency_of(text: str) -> str:
    """The ISO code of a currency's name, sign or code; "" for anything else."""
    word = normal(text)
    if word.upper() in CODES:
        return word.upper()
    return CURRENCIES.get(word, "")


def role_of(label: str) -> tuple[str, int]:
    """What a column is and how good a column for that, 0 best; ("", 0) for one that is of no use."""
    name = normal(label)
    if not name or len(label.strip()) > LABEL_CHARACTERS_MAX or TRAPS.search(name):
        return "", 0
    for candidate in (name, split_unit(name)[0]):
        for role, names in NAMES.items():
            if candidate in names:
                return role, names.index(candidate)
    for role, words in WORDS:
        if words.search(name):
            return ("amount" if role == "both" else role), 100
    return "", 0

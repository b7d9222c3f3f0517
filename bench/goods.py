"""Papers of goods by the million, as the product would have written them: by SQL, from some that it made.

Rows never leave the server: it writes them itself, from one that the product made, which is quicker than COPY from a
client. Indexes are made anew behind them, on both cores.
"""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg

from .stage import Stage
from .world import _copy, _first, _like

DAY = date(2031, 6, 30)
NOON = datetime(2031, 6, 30, 4, tzinfo=UTC)
DOCUMENTS_EACH, LINES_EACH = 200, 5  # a supplier's: 80 orders, 80 receipts on them, 40 warehouse receipts
ORDERS, RECEIPTS = 80, 80
EMPTY = "goods_empty"
AT_ONCE = 2
FILLED = (
    "orders_tradedocument", "orders_documentline", "collateral_holding", "collateral_pledge", "collateral_pledgeline",
    "collateral_pledgevalue", "collateral_exposure", "collateral_fingerprint",
)  # fmt: skip
# What would be kept up row by row: indexes, and constraints that rest on one; primary keys stay.
INDEXES = """
SELECT format('ALTER TABLE %%I DROP CONSTRAINT %%I', t.relname, c.conname),
       format('ALTER TABLE %%I ADD CONSTRAINT %%I %%s', t.relname, c.conname, pg_get_constraintdef(c.oid))
  FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid WHERE c.contype = 'u' AND t.relname = ANY(%(tables)s)
UNION ALL
SELECT format('DROP INDEX %%I', i.relname), pg_get_indexdef(i.oid)
  FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
 WHERE t.relname = ANY(%(tables)s) AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.oid)
"""
COLUMNS_OF_ORGANISATION = {
    "id": "({base} + n)", "code": "'bench-s-' || n", "uscc": "'B' || lpad(n::text, 17, '0')",
    "name": "'基准供应商' || n", "name_en": "'Bench supplier ' || n",
}  # fmt: skip
DOCUMENT = """
INSERT INTO orders_tradedocument ({columns}) SELECT {values}
  FROM orders_tradedocument AS like_this, generate_series(1, {size}) AS n
 WHERE like_this.id = {like} AND (n - 1) % {each} >= {first_of} AND (n - 1) % {each} < {last_of}
"""
DOCUMENT_VALUES = {
    "id": "({documents} + n)", "number": "'{prefix}-' || lpad(n::text, 8, '0')",
    "owner_id": "({suppliers} + 1 + (n - 1) / {each})", "supplier_id": "({suppliers} + 1 + (n - 1) / {each})",
    "content_hash": "md5(n::text) || md5((-n)::text)", "issuer_key": "'org:' || n", "file_id": "NULL",
    "state": "'CONFIRMED'", "evidence": "'CONFIRMED'", "total_minor": "(100000 + n % 99991 * 100)",
    "issue_date": "(DATE '{day}' - (n % 90)::int)",
}  # fmt: skip
# One document after the other, its lines together, as imports write them.
LINE = """
WITH firsts AS MATERIALIZED (SELECT * FROM orders_documentline WHERE document_id = {like})
INSERT INTO orders_documentline ({columns}) SELECT {values}
  FROM generate_series(1, {size}) AS n, LATERAL (SELECT * FROM firsts WHERE n > 0 OFFSET 0) AS like_this
 WHERE (n - 1) % {each} >= {first_of} AND (n - 1) % {each} < {last_of}
"""
LINE_VALUES = {
    "id": "({lines} + n * {lines_each} + like_this.id - {first_line})", "document_id": "({documents} + n)",
    "origin_id": "(CASE WHEN like_this.origin_id IS NOT NULL THEN {lines} + (n - {orders}) * {lines_each}"
    " + like_this.id - {first_line} END)",
}  # fmt: skip
# One pledge on the first line of each warehouse receipt.
PLEDGES = """
INSERT INTO collateral_holding (id, line_id, scope, capacity, committed)
SELECT {holdings} + d.n * 2 + s.at, d.line, s.scope, 25, 10
  FROM ({lines_pledged}) AS d, (VALUES (0, 'LINE'), (1, 'ROOT')) AS s(at, scope);
INSERT INTO collateral_pledge (id, reference, thread, supplier_id, bank_id, state, pledged_at, effective_at)
SELECT {pledges} + d.n, 'FA-B-' || d.n, 'bench:' || d.n, d.owner, {bank}, 'PLEDGED', TIMESTAMPTZ '{noon}', '{noon}'
  FROM ({lines_pledged}) AS d;
INSERT INTO collateral_pledgeline (id, pledge_id, line_holding_id, root_holding_id, quantity, root_quantity, counts,
       paid_quantity, lendable_minor, currency, product, advance_rate, haircut)
SELECT {pledges} + d.n, {pledges} + d.n, {holdings} + d.n * 2, {holdings} + d.n * 2 + 1, 10, 10, true,
       0, 30000000, 'CNY',
       'WAREHOUSE', 0.65, 0.10 FROM ({lines_pledged}) AS d;
INSERT INTO collateral_pledgevalue (line_id, book_price, base_quantity, haircut, advance_rate, evidence, commodity_id,
       grade, per_unit, carries_minor, currency, valued_on)
SELECT {pledges} + d.n, 60000, 10, 0.10, 0.65, 1, {commodity}, '', 1, 0, 'CNY', DATE '{day}'
  FROM ({lines_pledged}) AS d;
INSERT INTO collateral_exposure (pledge_id, loan, owed_minor, currency, sale_below, call_below, cure_to, carries_minor)
SELECT {pledges} + d.n, 'LN-B-' || d.n, 20000000, 'CNY', 0.80, 0.95, 1, 0 FROM ({lines_pledged}) AS d;
"""
LINES_PLEDGED = """
SELECT n, {lines} + n * {lines_each} AS line, {suppliers} + 1 + (n - 1) / {each} AS owner
  FROM generate_series(1, {size}) AS n WHERE (n - 1) % {each} >= {orders} + {receipts}
"""
PRINTS = """
INSERT INTO collateral_fingerprint (document_id, owner_id, kind, file_sha256, facts_hash, trade_hash, number, supplier,
       counterparty, issue_date, currency, amount_minor)
SELECT id, owner_id, kind, NULL, md5('f' || id) || md5('g' || id), md5('t' || id) || md5('u' || id),
       lower(replace(number, '-', '')), 'S' || owner_id, 'B' || id % 500, issue_date, 'CNY', total_minor
  FROM orders_tradedocument WHERE id > {documents}
"""


def fill(stage: Stage, database: str, size: int) -> dict[str, int]:
    """Make `database` with so many documents of five lines, a fifth of them pledged; the ids that it begins behind."""
    if not stage.has(EMPTY):
        stage.create(EMPTY)
        with stage.django_on(EMPTY):
            _first_papers()
    stage.create(database, like=EMPTY)
    with stage.connect(database) as connection:
        connection.execute("SET session_replication_role = replica")
        names = _names(connection, size)
        _suppliers(connection, names)
        indexes = connection.execute(INDEXES, {"tables": list(FILLED)}).fetchall()
        for drop, _make in indexes:
            connection.execute(drop)
        _at_once(stage, database, _papers(connection, names))
        _at_once(stage, database, [PRINTS.format(**names), *_pledges(names)])
        _at_once(stage, database, [make for _drop, make in indexes])
        for table in ("parties_organisation", *FILLED):
            if table not in ("collateral_pledgevalue", "collateral_exposure", "collateral_fingerprint"):
                connection.execute(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))")
        connection.execute("VACUUM ANALYZE")
    return names


def _at_once(stage: Stage, database: str, statements: Iterable[str]) -> None:
    def run(statement: str) -> None:
        with stage.connect(database) as connection:
            connection.execute("SET session_replication_role = replica")  # what triggers would count is written here
            connection.execute("SET maintenance_work_mem = '512MB'")
            connection.execute(statement)

    with ThreadPoolExecutor(AT_ONCE) as threads:
        list(threads.map(run, statements))


def _suppliers(connection: psycopg.Connection, names: dict[str, Any]) -> None:
    organisation = (
        "INSERT INTO parties_organisation ({columns}) SELECT {values} FROM parties_organisation AS like_this, "
        "generate_series(1, {size}) AS n WHERE like_this.id = {like}"
    )
    facts = {"base": names["suppliers"], "size": names["size"] // DOCUMENTS_EACH, "like": names["like_supplier"]}
    _copy(connection, organisation, COLUMNS_OF_ORGANISATION, "parties_organisation", facts)


def _papers(connection: psycopg.Connection, names: dict[str, Any]) -> Iterable[str]:
    for place, (kind, first_of, last_of) in enumerate(_kinds()):
        facts = names | {"prefix": kind, "first_of": first_of, "last_of": last_of, "like": names[f"like_{place}"]}
        facts |= {"first_line": names[f"line_{place}"]}
        yield _like(connection, LINE, LINE_VALUES, "orders_documentline", facts)
        yield _like(connection, DOCUMENT, DOCUMENT_VALUES, "orders_tradedocument", facts)


def _pledges(names: dict[str, Any]) -> list[str]:
    statements = PLEDGES.format(lines_pledged=LINES_PLEDGED.format(**names), **names).split(";")
    return [statement for statement in statements if statement.strip()]


def _kinds() -> tuple[tuple[str, int, int], ...]:
    return (
        ("PO", 0, ORDERS), ("GR", ORDERS, ORDERS + RECEIPTS), ("WR", ORDERS + RECEIPTS, DOCUMENTS_EACH),
    )  # fmt: skip


def _names(connection: psycopg.Connection, size: int) -> dict[str, Any]:
    def highest(table: str) -> int:
        row = connection.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchone()
        assert row is not None, "a maximum of nothing is a row"
        return int(row[0])

    found: dict[str, Any] = {
        "size": size, "each": DOCUMENTS_EACH, "lines_each": LINES_EACH, "orders": ORDERS, "receipts": RECEIPTS,
        "day": DAY, "noon": NOON, "suppliers": highest("parties_organisation"),
        "documents": highest("orders_tradedocument"), "lines": highest("orders_documentline"),
        "holdings": highest("collateral_holding"), "pledges": highest("collateral_pledge"),
        "commodity": _first(connection, "collateral_commodity"),
    }  # fmt: skip
    for place, kind in enumerate(("PURCHASE_ORDER", "GOODS_RECEIPT", "WAREHOUSE_RECEIPT")):
        row = connection.execute(
            "SELECT d.id, min(l.id) FROM orders_tradedocument d JOIN orders_documentline l ON l.document_id = d.id"
            " WHERE d.kind = %s GROUP BY d.id", [kind],
        ).fetchone()  # fmt: skip
        assert row is not None, f"a {kind} was made"
        found |= {f"like_{place}": row[0], f"line_{place}": row[1]}
    for name, kind in (("like_supplier", "SUPPLIER"), ("bank", "BANK")):
        row = connection.execute("SELECT min(id) FROM parties_organisation WHERE kind = %s", [kind]).fetchone()
        assert row is not None and row[0], f"a {kind} was made"
        found[name] = row[0]
    return found


def _first_papers() -> None:
    """An order, its receipt and a warehouse receipt of five lines each, and a commodity with a price."""
    from scf.collateral.gateways.price_files import Row
    from scf.collateral.models import Commodity
    from scf.collateral.services import prices
    from scf.orders.services import Upload, import_files

    from .world import _organisation

    supplier, buyer, keeper, _bank = (
        _organisation(number, kind) for number, kind in enumerate(("SUPPLIER", "BUYER", "WAREHOUSE", "BANK"), 10)
    )
    Commodity.objects.create(
        code="bench", name="基准铜", name_en="Bench copper", unit="TNE", haircut=Decimal("0.10"),
        stale_haircut=Decimal("0.10"),
    )  # fmt: skip
    names, lines = f"{supplier.name},{buyer.name},CNY", range(1, LINES_EACH + 1)
    sheets = {
        "order.csv": "采购订单号,单据日期,供应商,采购方,币种,行号,商品名称,单位,订购数量,单价,账期天数\n"
        + "".join(f"PO-0,2031-06-01,{names},{n},基准件{n},件,100,1000,60\n" for n in lines),
        "receipt.csv": "入库单号,单据日期,采购订单号,供应商,采购方,币种,行号,商品名称,单位,实收数量,拒收数量,单价\n"
        + "".join(f"GR-0,2031-06-10,PO-0,{names},{n},基准件{n},件,90,0,1000\n" for n in lines),
        "stored.csv": "仓单号,填发日期,存货人,保管人,行号,品名,单位,数量,单价,币种,储存期间止\n"
        + "".join(
            f"WR-0,2031-06-10,{supplier.name},{keeper.name},{n},基准铜,吨,25,60000,CNY,2032-12-31\n" for n in lines
        ),
    }
    for name, text in sheets.items():
        (outcome,) = import_files(files=[Upload(name, text.encode())], owner=supplier, by=None, at=NOON)
        assert outcome.parsed.status == "accepted", outcome.parsed.problems
    prices.receive_prices(rows=[Row(1, "bench", "", DAY - timedelta(days=1), Decimal(60000))], feed="bench", at=NOON)

"""The runner: loads the exhibits, does each fraud with every control on, then without the one that stops it."""

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from django.db import connection, transaction

from scf.domain.errors import DomainError
from scf.domain.money import Money
from scf.kernel import controls
from tests.trade_world import CNY, TradeWorld

from . import exhibits


@dataclass(frozen=True, slots=True)
class Loss:
    """What the lenders have paid out, and what of it stands on nothing."""

    paid_out: Money
    lost: Money

    def __str__(self) -> str:
        return f"paid out {self.paid_out}, of which {self.lost} stands on nothing"


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One fraud.

    control   the code of the control that stops it (scf.kernel.controls), or of the refusal that the database leads to
    refusal   the code that people see, where the control speaks through another
    asked_again  codes of controls that ask the same question again later on
    guards    "table.trigger" or "table.constraint" of the database that keep the same rule below the services
    commit    does what its perpetrators did, through the product's public services; returns the loss, or is refused
    """

    code: str
    title: str
    trick: str
    source: str
    control: str
    refusal: str
    asked_again: tuple[str, ...]
    guards: tuple[str, ...]
    commit: Callable[[TradeWorld], Loss]


def collection() -> list[Exhibit]:
    """Every exhibit, by the name of its file."""
    names = sorted(found.name for found in pkgutil.iter_modules(exhibits.__path__))
    return [_exhibit(name, importlib.import_module(f"{exhibits.__name__}.{name}")) for name in names]


def _exhibit(name: str, module: ModuleType) -> Exhibit:
    return Exhibit(
        name, module.TITLE, module.TRICK, module.SOURCE, module.CONTROL, getattr(module, "REFUSAL", module.CONTROL),
        getattr(module, "ASKED_AGAIN", ()), getattr(module, "GUARDS", ()), module.commit,
    )  # fmt: skip


def refused_with(exhibit: Exhibit, folder: Path) -> str:
    """The code with which the fraud is refused while every control is on; "" where it succeeds. Nothing is kept."""
    with _scratch(folder) as world:
        try:
            exhibit.commit(world)
        except DomainError as refusal:
            codes = refusal.detail.get("codes") or refusal.detail.get("elements") or [refusal.code]
            assert isinstance(codes, list), "codes come as a list"
            return exhibit.refusal if exhibit.refusal in codes else ", ".join(str(code) for code in codes)
    return ""


def loss_without(exhibit: Exhibit, folder: Path) -> Loss:
    """What is lost where this control alone is missing. Nothing is kept."""
    with _scratch(folder) as world, controls.switched_off(exhibit.control, *exhibit.asked_again):
        for guard in exhibit.guards:
            _take_away(guard)
        return exhibit.commit(world)


@contextmanager
def _scratch(folder: Path) -> Iterator[TradeWorld]:
    folder.mkdir(parents=True, exist_ok=True)
    with transaction.atomic():
        world = TradeWorld(folder)
        world.lenders_waive = False
        with world.running():
            yield world
        transaction.set_rollback(True)


def _take_away(guard: str) -> None:
    """Until the transaction is rolled back; only the tables' owner can, which the running product never is."""
    table, _, name = guard.partition(".")
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_trigger WHERE tgname = %s", [name])
        way = "DISABLE TRIGGER" if cursor.fetchone() else "DROP CONSTRAINT"
        cursor.execute(f"ALTER TABLE {table} {way} {name}")


def cny(amount: int) -> Money:
    """Whole yuan."""
    return Money.of(str(amount), CNY)


__all__ = ["Exhibit", "Loss", "cny", "collection", "loss_without", "refused_with"]

"""The smallest world in which documents can be brought: two suppliers, a buyer, the platform."""

from dataclasses import dataclass
from pathlib import Path

from stdnum.cn import uscc

from scf.parties.models import Membership, Organisation, PartyAlias, Role
from scf.parties.services import add_member, register_organisation
from tests.factories import member

DATA = Path(__file__).parents[1] / "data" / "orders"
UBL = DATA / "ubl"
JD = Path(__file__).parents[2] / "fixtures" / "jd"
SUPPLIER, BUYER, PLATFORM = Organisation.Kind.SUPPLIER, Organisation.Kind.BUYER, Organisation.Kind.PLATFORM
WAREHOUSE, BANK = Organisation.Kind.WAREHOUSE, Organisation.Kind.BANK


@dataclass(frozen=True, slots=True)
class World:
    """Organisations and who acts for them."""

    supplier: Organisation
    other: Organisation
    buyer: Organisation
    keeper: Organisation
    applicant: Membership
    stranger: Membership
    reviewer: Membership
    purchaser: Membership
    officer: Membership


def code(number: int) -> str:
    """A valid unified social credit code, invented."""
    stem = f"91110000TEST{number:05d}".replace("S", "X")
    return stem + uscc.calc_check_digit(stem)


def make_world() -> World:
    """Everybody, by the product's own services."""
    made = [
        register_organisation(code="consortial", kind=SUPPLIER, name="Consortial", uscc=code(1)),
        register_organisation(code="star", kind=SUPPLIER, name="虚构晨星家居有限公司", uscc=code(2)),
        register_organisation(code="iyt", kind=BUYER, name="IYT Corporation", uscc=code(3), is_buyer=True),
        register_organisation(code="mall", kind=PLATFORM, name="虚构商城", uscc=code(4), is_buyer=True),
        register_organisation(code="keep", kind=WAREHOUSE, name="虚构仓储有限公司", uscc=code(5)),
        register_organisation(code="bank", kind=BANK, name="虚构银行", uscc=code(6)),
    ]
    supplier, other, buyer, platform, keeper, bank = made
    PartyAlias.objects.create(organisation=platform, scheme="JD", value="jd")
    PartyAlias.objects.create(organisation=supplier, scheme="JD", value="demo-a")
    roles = [
        (supplier, Role.APPLICANT),
        (other, Role.APPLICANT),
        (platform, Role.REVIEWER),
        (bank, Role.MAKER),
    ]
    members = [
        add_member(organisation=o, email=f"{o.code}@example.org", name=o.code, role=r, password="x" * 12)
        for o, r in roles
    ]
    applicant, stranger, reviewer, officer = members
    purchaser = member(buyer, Role.SIGNER)
    return World(supplier, other, buyer, keeper, applicant, stranger, reviewer, purchaser, officer)

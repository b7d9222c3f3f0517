"""Reading cases: whose they are decides who sees them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery

from scf.kernel.audit import subject_of
from scf.kernel.models import AuditEntry
from scf.parties.access import is_platform, may
from scf.parties.models import Membership, Organisation, Role

from .models import Application, BankCase, Decision, InfoMessage, Precedent, Product, open_steps

Kind = Organisation.Kind
BANK_TARGET = timedelta(hours=24)


def applications_visible_to(membership: Membership | None) -> QuerySet[Application]:
    """A supplier's own, a lender's where it was asked, all but drafts for the platform, none for others."""
    cases = Application.objects.select_related("supplier", "buyer", "product", "handler")
    if membership is None or not may(membership, "financing.view"):
        return cases.none()
    if is_platform(membership):
        return cases.exclude(state=Application.State.DRAFT)
    if membership.organisation.kind == Kind.SUPPLIER:
        return cases.filter(supplier=membership.organisation)
    if membership.organisation.kind == Kind.BANK:
        return cases.filter(bank_cases__bank=membership.organisation)
    return cases.none()


def parts_of(membership: Membership, application: Application) -> list[Application]:
    """All parts of a case that is split among lenders, or of the one that it is a part of; nothing for lenders."""
    whole = application.parent_id or application.pk
    if membership.organisation.kind == Kind.BANK:
        return []
    parts = applications_visible_to(membership).filter(parent=whole).order_by("pk")
    return list(parts.prefetch_related("bank_cases__bank"))


def bank_cases_visible_to(membership: Membership | None) -> QuerySet[BankCase]:
    """A lender's own; the supplier's on its own applications; all for the platform. No lender sees another's."""
    cases = BankCase.objects.select_related("bank", "application__product", "application__supplier", "maker", "checker")
    if membership is None or not may(membership, "financing.view"):
        return cases.none()
    if is_platform(membership):
        return cases
    if membership.organisation.kind == Kind.SUPPLIER:
        return cases.filter(application__supplier=membership.organisation)
    if membership.organisation.kind == Kind.BANK:
        return cases.filter(bank=membership.organisation)
    return cases.none()


def decisions_visible_to(membership: Membership | None) -> QuerySet[Decision]:
    """Words of a lender's own officers; nobody else reads what they said or saw."""
    rows = Decision.objects.select_related("bank_case__application", "bank_case__bank", "person", "power_of", "seen")
    if membership is None or membership.organisation.kind != Kind.BANK or not may(membership, "financing.view"):
        return rows.none()
    return rows.filter(bank_case__bank=membership.organisation)


def info_visible_to(membership: Membership | None) -> QuerySet[InfoMessage]:
    """Questions and answers: a lender's own, to the supplier what is asked of it, to the platform what it is asked."""
    rows = InfoMessage.objects.select_related("author__organisation", "author__user", "file").order_by("id")
    rows = rows.filter(bank_case__in=bank_cases_visible_to(membership))
    if membership is not None and membership.organisation.kind != Kind.BANK:
        asked = BankCase.Asked.PLATFORM if is_platform(membership) else BankCase.Asked.SUPPLIER
        rows = rows.filter(asked=asked)
    return rows


def precedents_visible_to(membership: Membership | None) -> QuerySet[Precedent]:
    """What the lenders of signed cases want to see before they pay, on the cases that one sees."""
    rows = Precedent.objects.select_related(
        "bank_case__application", "bank_case__bank", "evidence", "brought_by", "decided_by"
    )
    return rows.filter(bank_case__in=bank_cases_visible_to(membership)).order_by("id")


def offers_of(application: Application) -> QuerySet[BankCase]:
    """The offers that the supplier may see: confirmed ones, cheapest rate first."""
    cases = application.bank_cases.filter(state__in=[BankCase.State.OFFERED, BankCase.State.ACCEPTED])
    return cases.select_related("bank", "application__product").order_by("annual_rate", "id")


def with_open_task(cases: QuerySet[Any], path: str) -> QuerySet[Any]:
    """Annotate task_pk and task_owner: the step that waits on each row. `path` leads from a task to the row."""
    tasks = open_steps().filter(**{path: OuterRef("pk")}).order_by("pk")
    return cases.annotate(task_pk=Subquery(tasks.values("pk")[:1]), task_owner=Subquery(tasks.values("owner_id")[:1]))


APPLICATION_PATH = "process__financingprocess__application"
BANK_CASE_PATH = "process__bankprocess__bank_case"


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One case that waits for somebody."""

    application: Application
    case: Application | BankCase
    state: str
    state_label: str
    since: datetime
    target: timedelta
    task_pk: int | None
    is_mine: bool
    owner_name: str

    def age(self, now: datetime) -> timedelta:
        """How long it has waited."""
        return now - self.since

    def is_late(self, now: datetime) -> bool:
        """True past the target time."""
        return self.age(now) > self.target


QUEUE_CHIPS: dict[str, dict[str, Sequence[str]]] = {
    Role.REVIEWER: {
        "todo": ("SUBMITTED", "IN_REVIEW", "PAYMENT_FAILED"),
        "unclaimed": ("SUBMITTED",),
        "mine": ("IN_REVIEW",),
        "returned": ("RETURNED",),
        "failed": ("PAYMENT_FAILED",),
    },
    Role.MAKER: {
        "todo": ("OPEN", "SENT_BACK", "MAKER"),
        "new": ("OPEN",),
        "sent_back": ("SENT_BACK",),
        "mine": ("MAKER",),
        "waiting": ("INFO_REQUESTED", "CHECKER", "SEALED"),
        "offered": ("OFFERED",),
    },
    Role.CHECKER: {
        "todo": ("CHECKER",),
        "waiting": ("INFO_REQUESTED", "SENT_BACK", "MAKER", "SEALED"),
        "offered": ("OFFERED",),
    },
}


def queue(
    *, membership: Membership, chip: str, text: str = "", after: tuple[datetime, int] | None = None, limit: int = 25
) -> list[QueueRow]:
    """The role's queue, oldest first, keyset after (since, id); at most `limit` + 1 rows, three queries."""
    states = QUEUE_CHIPS.get(membership.role, {}).get(chip, ())
    if membership.role == Role.REVIEWER:
        rows: QuerySet[Any] = with_open_task(applications_visible_to(membership), APPLICATION_PATH)
        prefix = ""
    else:
        rows = with_open_task(bank_cases_visible_to(membership), BANK_CASE_PATH)
        rows = rows.select_related("application__buyer", "bank", "maker")
        prefix = "application__"
    rows = rows.filter(state__in=states)
    if chip == "mine":
        rows = rows.filter(**{"handler" if membership.role == Role.REVIEWER else "maker": membership.user})
    if text:
        rows = rows.filter(
            Q(**{f"{prefix}number__icontains": text})
            | Q(**{f"{prefix}supplier__name__icontains": text})
            | Q(**{f"{prefix}supplier__name_en__icontains": text})
        )
    if after:
        rows = rows.filter(Q(waiting_since__gt=after[0]) | Q(waiting_since=after[0], pk__gt=after[1]))
    return [_queue_row(row, membership) for row in rows.order_by("waiting_since", "pk")[: limit + 1]]


def _queue_row(row: Any, membership: Membership) -> QueueRow:
    application = row.application if isinstance(row, BankCase) else row
    worker = row.maker if isinstance(row, BankCase) else row.handler
    target = timedelta(hours=application.product.review_target_hours)
    if isinstance(row, BankCase):
        target = row.answer_by - row.waiting_since if row.answer_by else BANK_TARGET
    is_mine = row.task_owner == membership.user_id
    owner = str(worker) if worker is not None and row.task_owner == worker.pk else ""
    return QueueRow(
        application, row, row.state, row.get_state_display(), row.waiting_since, target, row.task_pk, is_mine, owner
    )


def open_tasks_for(membership: Membership, application: Application) -> list[Any]:
    """The waiting steps of a case that this role may take."""
    tasks = open_steps().select_related("owner", "process")
    found = tasks.filter(**{APPLICATION_PATH: application})
    cases = bank_cases_visible_to(membership).filter(application=application)
    found = (found | tasks.filter(process__bankprocess__bank_case__in=cases)).order_by("pk")
    return [task for task in found if task.owner_permission and may(membership, task.owner_permission)]


HANDED = {"make": Role.MAKER, "check": Role.CHECKER}


def hand_overs_for(membership: Membership, application: Application) -> list[tuple[Any, list[Membership]]]:
    """A lender's waiting steps that this officer may give to a colleague, each with the colleagues of its role."""
    if not may(membership, "financing.assign"):
        return []
    cases = bank_cases_visible_to(membership).filter(application=application)
    steps = open_steps().filter(process__bankprocess__bank_case__in=cases).select_related("owner", "process")
    found = [task for task in steps if task.flow_task.name in HANDED]
    if not found:
        return []
    rows = Membership.objects.filter(organisation=membership.organisation, is_active=True, user__is_active=True)
    people = list(rows.filter(role__in=HANDED.values()).select_related("user").order_by("user__name", "pk"))
    return [
        (task, [p for p in people if p.role == HANDED[task.flow_task.name] and p.user_id != task.owner_id])
        for task in found
    ]


SEALED_DEEDS = (
    "application.offer", "application.accept", "application.hold", "application.go_on", "application.disburse",
    "application.settle",
)  # fmt: skip


def timeline(membership: Membership, application: Application) -> QuerySet[AuditEntry]:
    """What happened to a case, newest first; a lender's inner steps only for that lender.

    Quotes are sealed: a lender whose offer was not taken reads neither who
    offered or won, nor the terms, the pledge and the payments that followed.
    """
    entries = AuditEntry.objects.filter(thread=application.thread)
    entries = entries.filter(Q(private_to=None) | Q(private_to=membership.organisation))
    accepted = application.accepted
    if membership.organisation.kind == Kind.BANK and (accepted is None or accepted.bank != membership.organisation):
        own_steps = Q(private_to=membership.organisation)
        states = Q(subject=subject_of(application)) & ~Q(action__in=SEALED_DEEDS)
        entries = entries.filter(own_steps | states)
    return entries.select_related("actor", "actor_organisation", "private_to").order_by("-at", "-id")


def products() -> dict[str, Product]:
    """All products by code."""
    return {product.code: product for product in Product.objects.order_by("id")}

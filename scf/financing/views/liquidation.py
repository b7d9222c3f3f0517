"""A loan on goods received that pays off the loan on the order: its figures on pages, and the way to begin one."""

from dataclasses import dataclass

from django import http, shortcuts
from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.views import View

from scf.domain.errors import DomainError
from scf.domain.money import Money
from scf.kernel import clock
from scf.parties import refusals
from scf.servicing.models import Loan

from .. import selectors
from ..models import Application
from ..services import choosing, liquidating


@dataclass(frozen=True, slots=True)
class PaysOff:
    """What of a new loan goes where.

    takes  what the loan before it takes, or took
    rest   what the supplier gets; below zero where the new loan does not reach
    is_done  the lender was told so already
    """

    loan: Loan
    takes: Money
    rest: Money
    is_done: bool


def pays_off(application: Application, amount: Money | None = None) -> PaysOff | None:
    """What a case pays off, out of `amount` or of what it asks for; None for a case that pays nothing off."""
    loan = application.liquidates
    if loan is None:
        return None
    accepted = application.accepted
    whole = amount or (accepted.amount if accepted is not None else application.amount)
    if application.kept_back_minor is not None:
        takes = Money(application.kept_back_minor, application.currency)
    else:
        takes = liquidating.payoff_of(application, choosing.drawdown_on(application, clock.today()))
    return PaysOff(loan, takes, whole - takes, application.kept_back_minor is not None)


class Liquidate(PermissionRequiredMixin, View):
    """POST: begin an application on what was received, which pays off the case's loan."""

    permission_required = "financing.apply"

    def post(self, request: http.HttpRequest, number: str) -> http.HttpResponse:
        membership = request.membership  # type: ignore[attr-defined]
        case = shortcuts.get_object_or_404(selectors.applications_visible_to(membership), number=number)
        try:
            draft = liquidating.start_draft(number=case.number, by=membership, at=clock.now())
        except DomainError as refusal:
            messages.error(request, refusals.explain(refusal))
            return shortcuts.redirect("financing:case", number=number)
        return shortcuts.redirect("financing:apply-need", number=draft.number)

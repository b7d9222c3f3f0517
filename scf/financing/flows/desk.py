"""Taking, doing and laying back a step. One address a step, whatever the flow.

Steps of the platform and of lenders are claimed first, so that two people
never work on one; the supplier's steps belong to whoever of the supplier does them.
"""

from typing import Any

from django import http, shortcuts
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from viewflow.workflow.models import Task
from viewflow.workflow.status import STATUS

from scf.kernel import clock
from scf.parties.models import Membership

from .. import selectors
from ..models import Application
from ..services import banking, checking, reviewing
from .walks import OPEN_STATES, BankDecision, Financing

CLAIMED = {"review", "make", "check"}


def _find(request: http.HttpRequest, task_pk: int, *, assigns: bool = False) -> tuple[Task, Any, Application]:
    """The task, its process row and the application; 404 for strangers, 403 for the wrong role.

    assigns   who hands a lender's step to a colleague need not be able to take it
    """
    task = shortcuts.get_object_or_404(Task.objects.select_related("process"), pk=task_pk)
    process = task.process.coerced
    membership = request.membership  # type: ignore[attr-defined]
    if task.process.flow_class is Financing:
        application_id = process.application_id
    elif task.process.flow_class is BankDecision and process is not None:  # the database hides another lender's walk
        visible = selectors.bank_cases_visible_to(membership)
        application_id = shortcuts.get_object_or_404(visible, pk=process.bank_case_id).application_id
    else:
        raise http.Http404
    visible_applications = selectors.applications_visible_to(membership)
    application = shortcuts.get_object_or_404(visible_applications, pk=application_id)
    is_lenders = task.flow_task.name in ("make", "check")
    if not task.owner_permission or not (
        request.user.has_perm(task.owner_permission) or (assigns and is_lenders)
    ):  # fmt: skip
        raise PermissionDenied
    return task, process, application


def _case(application: Application) -> http.HttpResponse:
    return shortcuts.redirect("financing:case", number=application.number)


@login_required
@require_http_methods(["GET", "POST"])
def work(request: http.HttpRequest, task_pk: int) -> http.HttpResponse:
    """Show a step or take it."""
    task, _process, application = _find(request, task_pk)
    if request.method == "GET":
        return _show(request, task, application)
    with task.process.flow_class.lock(task.process_id):
        task.refresh_from_db()
        return _show(request, task, application)


def _show(request: http.HttpRequest, task: Task, application: Application) -> http.HttpResponse:
    node = task.flow_task
    if task.status not in OPEN_STATES:
        messages.info(request, _("This step is done already."))
        return _case(application)
    activation = node.activation_class(task)
    if node.name in CLAIMED:
        if task.owner_id != request.user.pk:
            messages.info(request, _("Claim the case first; then the step is yours."))
            return _case(application)
    elif task.status == STATUS.NEW:
        activation.assign(request.user) if request.method == "POST" else _lend(task, request.user)
    elif task.owner_id != request.user.pk:
        activation.reassign(request.user)
    request.activation = activation  # type: ignore[attr-defined]
    activation.start(request)
    return node.view(request)


def _lend(task: Task, user: Any) -> None:
    """To look at a step nobody has taken yet: the owner is set on the object only, never saved."""
    task.owner, task.status = user, STATUS.ASSIGNED


@login_required
@require_POST
def claim(request: http.HttpRequest, task_pk: int) -> http.HttpResponse:
    """Take a step; the first one gets it."""
    task, process, application = _find(request, task_pk)
    with task.process.flow_class.lock(task.process_id):
        task.refresh_from_db()
        if task.owner_id is not None or task.status != STATUS.NEW:
            messages.warning(request, _("A colleague was faster: the case is claimed already."))
            return _case(application)
        by, at = request.membership, clock.now()  # type: ignore[attr-defined]
        if task.flow_task.name == "review":
            reviewing.claim(application_id=application.pk, by=by, at=at)
        elif task.flow_task.name == "make":
            banking.claim(bank_case_id=process.bank_case_id, by=by, at=at)
        elif task.flow_task.name == "check":
            checking.require_another(process.bank_case, by)
        task.flow_task.activation_class(task).assign(request.user)
    return shortcuts.redirect("financing:work", task_pk=task.pk)


@login_required
@require_POST
def release(request: http.HttpRequest, task_pk: int) -> http.HttpResponse:
    """Lay a claimed step back into the queue."""
    task, process, application = _find(request, task_pk)
    with task.process.flow_class.lock(task.process_id):
        task.refresh_from_db()
        if task.owner_id != request.user.pk or task.status != STATUS.ASSIGNED:
            raise PermissionDenied
        by, at = request.membership, clock.now()  # type: ignore[attr-defined]
        if task.flow_task.name == "review":
            reviewing.unclaim(application_id=application.pk, by=by, at=at)
        elif task.flow_task.name == "make":
            banking.unclaim(bank_case_id=process.bank_case_id, by=by, at=at)
        task.flow_task.activation_class(task).unassign()
    messages.info(request, _("The case is back in the queue."))
    return shortcuts.redirect("financing:queue")


@login_required
@require_POST
def assign(request: http.HttpRequest, task_pk: int) -> http.HttpResponse:
    """A lender's checker hands a maker's or a checker's step to a colleague, whoever had it before."""
    if not request.user.has_perm("financing.assign"):
        raise PermissionDenied
    task, process, application = _find(request, task_pk, assigns=True)
    by, at = request.membership, clock.now()  # type: ignore[attr-defined]
    people = Membership.objects.select_related("user").filter(organisation=by.organisation)
    wanted = request.POST.get("to", "")
    to = people.filter(pk=int(wanted) if wanted.isdecimal() else 0).first()
    with task.process.flow_class.lock(task.process_id):
        task.refresh_from_db()
        if task.status not in OPEN_STATES:
            messages.info(request, _("This step is done already."))
            return _case(application)
        if to is None:
            raise banking.CannotTakeIt("nobody of that number", name="–", why=_("that is not a colleague of yours"))
        if task.flow_task.name == "make":
            banking.hand_over(bank_case_id=process.bank_case_id, to=to, by=by, at=at)
        else:
            checking.hand_over(bank_case_id=process.bank_case_id, to=to, by=by, at=at)
        activation = task.flow_task.activation_class(task)
        activation.assign(to.user) if task.status == STATUS.NEW else activation.reassign(to.user)
    messages.success(request, _("The case is with %(name)s now.") % {"name": to.user})
    return _case(application)

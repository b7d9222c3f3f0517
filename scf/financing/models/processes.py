"""Viewflow's process rows: who acts next. The facts are elsewhere."""

from django.db import models
from viewflow.workflow.models import Process, Task
from viewflow.workflow.status import STATUS

from .applications import Application
from .bank_cases import BankCase


class FinancingProcess(Process):
    """The walk of one application."""

    application = models.OneToOneField(Application, models.CASCADE, related_name="process")


class BankProcess(Process):
    """The walk of one bank case."""

    lender_rows = "bank_case"

    bank_case = models.OneToOneField(BankCase, models.CASCADE, related_name="process")


def open_steps() -> models.QuerySet[Task]:
    """The steps that wait for a person, whatever the walk."""
    waiting = (STATUS.NEW, STATUS.ASSIGNED, STATUS.STARTED)
    return Task.objects.filter(status__in=waiting, flow_task_type="HUMAN")

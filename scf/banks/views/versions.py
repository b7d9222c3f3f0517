"""What the desks of versions share that one person enters and another confirms."""

from types import ModuleType

from django import http
from django.contrib import messages
from django.utils.translation import gettext as _

from scf.kernel import clock

NOTE_MAX = 200  # as the form says


def decide(request: http.HttpRequest, service: ModuleType, **which: int) -> None:
    """Confirm by `service`, or refuse or take back, as the form says; then say so. Raises what the service raises."""
    by, at = request.membership, clock.now()  # type: ignore[attr-defined]
    if request.POST.get("action") == "confirm":
        service.confirm(**which, by=by, at=at)
        messages.success(request, _("Confirmed. It counts from its first day on."))
    else:
        note = " ".join(request.POST.get("note", "").split())[:NOTE_MAX]  # a browser's line break is two letters
        service.take_off(**which, note=note, by=by, at=at)
        messages.success(request, _("Taken off the list."))

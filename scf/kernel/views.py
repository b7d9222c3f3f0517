"""Sign of life for load balancers and the supervisor."""

from datetime import timedelta

from django import http
from django.db import connection

from . import clock
from .models import Heartbeat

WORKER_SILENT_MAX = timedelta(seconds=30)


def healthz(request: http.HttpRequest) -> http.JsonResponse:
    """200 where the database answers and a worker has beaten lately; 503 says what does not."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    beat = Heartbeat.objects.filter(name="worker").values_list("at", flat=True).first()
    is_alive = beat is not None and clock.wall() - beat < WORKER_SILENT_MAX
    body = {"database": "ok", "worker": "ok" if is_alive else "silent"}
    wanted = request.GET.get("of", "web")
    return http.JsonResponse(body, status=503 if wanted == "all" and not is_alive else 200)

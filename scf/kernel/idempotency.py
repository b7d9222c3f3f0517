"""Run once: a command repeated with its key gives its first answer and changes nothing."""

import hashlib
import json
from collections.abc import Callable

from django.db import connection

from scf.domain.errors import DomainError

from .models import IdempotencyKey


class KeyReused(DomainError):
    """The key came before with another request."""

    code = "IDEMPOTENCY_KEY_REUSED"


def run_once(*, scope: str, key: str, request: dict, work: Callable[[], dict]) -> dict:
    """Return `work()`'s answer, or the stored one if `key` was used before in `scope`.

    Must run inside the transaction that does the work. Two at once: the
    second waits on the lock, then finds the first one's answer.
    Raises KeyReused where the key belongs to another request.
    """
    assert connection.in_atomic_block, "run_once outside a transaction guards nothing"
    fingerprint = hashlib.sha256(json.dumps(request, sort_keys=True, default=str).encode()).hexdigest()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{scope}:{key}"])
    known = IdempotencyKey.objects.filter(scope=scope, key=key).first()
    if known is not None:
        if known.request_hash != fingerprint:
            raise KeyReused("this request was sent before with other contents; reload the page and try again")
        return known.answer
    answer = work()
    IdempotencyKey.objects.create(scope=scope, key=key, request_hash=fingerprint, answer=answer)
    return answer

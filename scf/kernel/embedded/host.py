"""The process that owns the embedded engines.

It starts them, restarts one that dies, and stops both when the last process
that uses them is gone, however that one ended: users hold a shared lock on a
file, and the kernel lets go of it for them. Started by `embedded.hold`.

    python -m scf.kernel.embedded.host RUN_DIR [--forgetful]
"""

import fcntl
import json
import os
import signal
import sys
import time
from pathlib import Path

from . import engines, places

GLANCE_SECONDS = 0.2


def main(arguments: list[str]) -> int:
    """Serve until nobody uses the engines."""
    where = places.prepare(Path(arguments[0]))
    is_forgetful = "--forgetful" in arguments
    # The order matters: closed at the end in the order opened, so whoever waits for
    # the engines to be free finds no host either.
    host_lock = (where.run_dir / "engines.host").open("w")
    fcntl.flock(host_lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    users_lock = (where.run_dir / "engines.users").open("w")
    # Told to stop, it still waits for its users: whoever wants it gone ends them.
    for polite in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(polite, signal.SIG_IGN)

    running = [engines.start_redis(where)]
    try:
        running.append(engines.start_postgres(where, is_forgetful=is_forgetful))
        engines.ensure_roles(where)
        _publish(where)
        _serve(running, where, users_lock.fileno(), is_forgetful=is_forgetful)
    finally:
        where.state.unlink(missing_ok=True)
        for engine in reversed(running):
            engine.stop()
    return 0


def _publish(where: places.Places) -> None:
    addresses = {
        "database_url": engines.postgres_url(where, engines.APP_ROLE),
        "owner_url": engines.postgres_url(where, engines.OWNER_ROLE),
        "superuser_url": engines.postgres_url(where, engines.SUPERUSER, engines.SUPERUSER),
        "broker_url": engines.redis_url(where),
        "host_pid": os.getpid(),
    }
    draft = where.state.with_suffix(".new")
    draft.write_text(json.dumps(addresses))
    draft.rename(where.state)


def _serve(running: list[engines.Engine], where: places.Places, users_lock: int, *, is_forgetful: bool) -> None:
    while True:
        try:
            fcntl.flock(users_lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            time.sleep(GLANCE_SECONDS)
        for index, engine in enumerate(running):
            if engine.process.poll() is not None:
                print(f"{engine.name} ended with {engine.process.returncode}; starting it again", flush=True)
                start_again = engines.start_redis(where) if index == 0 else None
                running[index] = start_again or engines.start_postgres(where, is_forgetful=is_forgetful)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except places.EnginesUnavailable as reason:
        sys.exit(str(reason))

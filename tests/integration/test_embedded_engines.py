"""The embedded engines live exactly as long as somebody uses them."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from scf.kernel import embedded
from scf.kernel.embedded import EnginesUnavailable, places

pytestmark = [pytest.mark.processes]


@pytest.fixture
def run_dir(tmp_path_factory):
    """A run directory that the system user can reach when the tests run as root."""
    import shutil
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix="scf-engines-", dir="/var/tmp"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def is_answering(engines):
    try:
        psycopg.connect(engines.database_url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


class TestHold:
    def test_second_user_joins_and_the_last_one_to_leave_stops_them(self, run_dir):
        first = embedded.hold(run_dir, is_forgetful=True)
        second = embedded.hold(run_dir, is_forgetful=True)
        assert first.host_pid == second.host_pid

        assert first.release() is False
        assert is_answering(second)

        assert second.release() is True
        assert not is_answering(second)

    def test_keeps_the_data_for_the_next_start(self, run_dir):
        engines = embedded.hold(run_dir, is_forgetful=True)
        with psycopg.connect(engines.owner_url) as connection:
            connection.execute("CREATE TABLE kept (id int)")
        engines.release()

        engines = embedded.hold(run_dir, is_forgetful=True)

        with psycopg.connect(engines.owner_url) as connection:
            assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)
        engines.release()

    def test_leaves_nothing_behind_when_its_only_user_is_killed(self, run_dir):
        code = f"import time; from pathlib import Path; from scf.kernel import embedded; \
            e = embedded.hold(Path({str(run_dir)!r}), is_forgetful=True); print(e.host_pid, flush=True); time.sleep(60)"
        user = subprocess.Popen([sys.executable, "-c", code.replace("\\\n", "")], stdout=subprocess.PIPE, text=True)
        host_pid = int(user.stdout.readline())

        user.send_signal(signal.SIGKILL)
        user.wait()

        until(lambda: not Path(f"/proc/{host_pid}").exists())
        assert not (run_dir / "engines.json").exists()

    def test_starts_an_engine_again_that_was_killed(self, run_dir):
        engines = embedded.hold(run_dir, is_forgetful=True)
        home = places.engine_home(run_dir)
        postmaster = int((home / "postgres" / "postmaster.pid").read_text().split()[0])

        os.kill(postmaster, signal.SIGKILL)

        until(lambda: not Path(f"/proc/{postmaster}").exists())
        until(lambda: is_answering(engines))
        engines.release()


class TestNeedsEngines:
    @pytest.mark.parametrize(
        "words",
        [
            "",
            "help",
            "check --deploy",
            "migrate --help",
            "import_trade_documents a --dry-run",
            "import_bank_statement a --dry-run",
        ],
    )
    def test_not_for_commands_that_touch_no_database(self, words):
        assert not embedded.needs_engines(["manage.py", *words.split()])

    @pytest.mark.parametrize("words", ["migrate", "shell", "import_trade_documents a --for ORG"])
    def test_for_all_others(self, words):
        assert embedded.needs_engines(["manage.py", *words.split()])


class TestPlaces:
    def test_a_run_directory_that_cannot_be_made_is_refused_with_the_way_out(self):
        with pytest.raises(EnginesUnavailable, match="SCF_RUN_DIR"):
            places.prepare(Path("/proc/nowhere/run"))

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root lends the engines to a system user")
    def test_a_checkout_below_a_closed_folder_keeps_its_engines_elsewhere_and_opens_nothing(self, tmp_path):
        closed = tmp_path / "closed"
        closed.mkdir(mode=0o700)

        home = places.engine_home(closed / "checkout" / ".run")

        assert home.parent == places.SYSTEM_HOMES
        assert closed.stat().st_mode & 0o777 == 0o700

    def test_a_long_path_still_gets_a_socket(self, run_dir):
        deep = run_dir / ("d" * 60) / ("e" * 60)

        where = places.prepare(deep)

        assert len(str(where.sockets / places.LONGEST_SOCKET_NAME)) <= places.SOCKET_PATH_BYTES_MAX
        if not where.sockets.is_relative_to(run_dir):
            where.sockets.rmdir()


def until(holds, seconds_max=15):
    deadline = time.monotonic() + seconds_max
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)

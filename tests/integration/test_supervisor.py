"""The supervisor keeps its children alive and leaves none behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scf.kernel import demo
from scf.kernel.supervisor import Child, Supervisor

pytestmark = pytest.mark.processes


def child(tmp_path, code, name="child"):
    return Child(name, [sys.executable, "-c", code], tmp_path / f"{name}.log", os.environ)


def is_alive(pid):
    return Path(f"/proc/{pid}").exists()


def until(holds):
    deadline = time.monotonic() + 15
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


class TestSupervisor:
    def test_starts_a_killed_child_again_and_says_so_in_one_line(self, tmp_path):
        said = []
        supervisor = Supervisor(said.append, [child(tmp_path, "import time; time.sleep(60)")])
        supervisor.start()
        first = supervisor.children[0].process.pid

        os.kill(first, signal.SIGKILL)
        is_back = supervisor.wait_until(lambda: supervisor.children[0].process.pid != first, seconds_max=10)
        supervisor.stop()

        assert is_back
        assert len(said) == 1
        assert "SIGKILL" in said[0]

    def test_waits_longer_each_time(self, tmp_path):
        said = []
        supervisor = Supervisor(said.append, [child(tmp_path, "raise SystemExit(3)")])
        supervisor.start()

        supervisor.wait_until(lambda: len(said) == 2, seconds_max=10)
        supervisor.stop()

        assert "exit code 3" in said[0]
        assert "again in 1 s" in said[0]
        assert "again in 2 s" in said[1]

    def test_stops_children_and_grandchildren_that_ignore_politeness(self, tmp_path, monkeypatch):
        monkeypatch.setattr("scf.kernel.supervisor.STOP_SECONDS_MAX", 0.5)
        code = (
            "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
            "p = subprocess.Popen(['sleep', '60']); print(p.pid, flush=True); time.sleep(60)"
        )
        stubborn = child(tmp_path, code)
        supervisor = Supervisor(print, [stubborn])
        supervisor.start()
        until(lambda: stubborn.log.read_text().strip())
        grandchild = int(stubborn.log.read_text())

        supervisor.stop()

        until(lambda: not is_alive(grandchild))
        assert not stubborn.is_running

    def test_that_is_killed_takes_its_children_with_it(self, tmp_path):
        code = (
            "import os, sys, time; from pathlib import Path; from scf.kernel.supervisor import Child;"
            f"c = Child('c', ['sleep', '60'], Path({str(tmp_path / 'c.log')!r}), os.environ); c.start();"
            "print(c.process.pid, flush=True); time.sleep(60)"
        )
        parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        orphan = int(parent.stdout.readline())

        parent.kill()
        parent.wait()

        until(lambda: not is_alive(orphan) or "Z" in Path(f"/proc/{orphan}/stat").read_text().split()[2])


class TestPorts:
    def test_a_port_in_use_gets_a_sentence_with_the_way_out(self):
        import socket

        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]

            with pytest.raises(demo.DemoRefused, match=f"make demo SCF_PORT={port + 10}"):
                demo.Ports.of({"SCF_PORT": str(port)}).ensure_free()

    @pytest.mark.parametrize("text", ["", "web", "0", "70000", "-1", "８０"])
    def test_what_is_no_port_is_refused(self, text):
        with pytest.raises(demo.DemoRefused, match="SCF_PORT"):
            demo.Ports.of({"SCF_PORT": text})


class TestOnlyOne:
    def test_a_second_demo_is_refused_and_names_the_first(self, tmp_path):
        ports = demo.Ports("127.0.0.1", 8000, 8001, 8002, 8003)
        lock = demo.only_one(tmp_path, ports)

        with pytest.raises(demo.DemoRefused, match=str(os.getpid())):
            demo.only_one(tmp_path, ports)

        lock.close()
        demo.only_one(tmp_path, ports).close()


class TestReset:
    def test_removes_everything_that_was_stored(self, tmp_path):
        run_dir = tmp_path / "run"
        (run_dir / "engines" / "postgres").mkdir(parents=True)

        demo.reset(run_dir)
        demo.reset(run_dir)

        assert not run_dir.exists()

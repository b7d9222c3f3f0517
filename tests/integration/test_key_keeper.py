"""The keeper of keys as a process: remembers, gives nothing out early, and hears nobody without the secret."""

import os

import pytest
import requests

from scf.banks.gateways.keeper import HttpKeeper, KeeperRefused, KeeperSilent
from scf.banks.gateways.key_keeper.vault import TooEarly
from scf.kernel import boxes, demo
from tests.sandbox import SandboxProcess


class KeeperProcess(SandboxProcess):
    """The key keeper as a process."""

    program, folder = "key keeper", "key-keeper"

    def __init__(self, run_dir):
        super().__init__(run_dir)
        told = demo.environment(ports=self.ports, run_dir=run_dir)
        self.keeper_url, self.keeper_secret = told["SCF_KEEPER_URL"], told["SCF_KEEPER_SECRET"]

    @property
    def served(self):
        return self.keeper_url

    def line(self, secret="", **options):
        return HttpKeeper(base_url=self.keeper_url, member="m", secret=secret or self.keeper_secret, **options)


@pytest.fixture(scope="module")
def process(tmp_path_factory):
    process = KeeperProcess(tmp_path_factory.mktemp("keeper") / "run")
    process.start()
    yield process
    process.kill()


@pytest.mark.processes
class TestProcess:
    def test_a_key_outlives_a_kill_and_is_given_out_after_its_deadline_only(self, process):
        issued = process.line().issue("FA-1", hours=1)
        process.kill()
        process.start()

        assert process.line().issue("FA-1", hours=5) == issued
        with pytest.raises(TooEarly):
            process.line().hand_out("FA-1")
        private = process.line(ahead_days=1).hand_out("FA-1")
        assert boxes.unseal(boxes.seal(b"4.35 %", public=issued.public_key), private=private) == b"4.35 %"
        assert os.stat(process.journal).st_mode & 0o077 == 0
        page = requests.get(process.keeper_url, timeout=5).text
        assert "FA-1" in page and private not in page

    def test_refusals_and_outages_are_told_apart(self, process):
        with pytest.raises(KeeperRefused):
            process.line(secret="guessed").issue("FA-2", hours=1)
        with pytest.raises(KeeperRefused):
            process.line().hand_out("FA-never")
        with pytest.raises(KeeperRefused):
            process.line().issue("FA-3", hours=0)
        requests.post(f"{process.keeper_url}/control/faults", json={"mode": "outage", "times": 1}, timeout=5)
        with pytest.raises(KeeperSilent):
            process.line().issue("FA-4", hours=1)
        with pytest.raises(KeeperSilent):
            HttpKeeper(base_url="", member="m", secret="x").issue("FA-5", hours=1)


class TestBoxes:
    def test_what_was_sealed_or_locked_opens_with_its_own_key_only(self):
        private, public = boxes.new_pair()
        sealed, locked = boxes.seal(b"x", public=public), boxes.lock(b"y", secret="s", purpose="of one")

        assert boxes.unseal(sealed, private=private) == b"x"
        assert boxes.unlock(locked, secret="s", purpose="of one") == b"y"
        for attempt in (
            lambda: boxes.unseal(sealed, private=boxes.new_pair()[0]), lambda: boxes.unseal("AAAA", private=private),
            lambda: boxes.unlock(locked, secret="s", purpose="of another"),
            lambda: boxes.unlock(locked, secret="t", purpose="of one"),
        ):  # fmt: skip
            with pytest.raises(boxes.BoxBroken):
                attempt()

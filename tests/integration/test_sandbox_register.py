"""The sandbox registers as a process: remember, act once, and misbehave on demand."""

import pytest
import requests

from scf.collateral.gateways.base import RegisterRefused, RegisterSilent
from scf.collateral.gateways.lines import HttpRegister
from scf.collateral.gateways.sandbox_register.books import RegisterBooks
from tests.sandbox import SandboxProcess
from tests.stack import free_port

PAPER = {"id": "1", "kind": "GOODS_RECEIPT", "number": "GR-7001", "issue_date": "2031-02-25", "currency": "CNY",
         "amount_minor": 9_000_000, "supplier": "X", "counterparty": "Y"}  # fmt: skip


class RegisterProcess(SandboxProcess):
    """The sandbox registers as a process."""

    program, folder = "sandbox register", "sandbox-register"

    def line(self, **options):
        return HttpRegister(base_url=self.register_url, member="m", secret=self.register_secret, **options)

    def control(self, path, **content):
        requests.post(f"{self.register_url}/control/{path}", json=content, timeout=5).raise_for_status()


@pytest.fixture(scope="module")
def process(tmp_path_factory):
    process = RegisterProcess(tmp_path_factory.mktemp("register") / "run")
    process.start()
    yield process
    process.kill()


@pytest.mark.processes
class TestProcess:
    def test_remembers_after_a_kill_and_does_an_act_once(self, process):
        line = process.line()
        statuses = line._perform("papers/register", "k1", {"case": "A", "papers": [PAPER]})
        process.kill()
        process.start()

        assert line._perform("papers/register", "k1", {"case": "A", "papers": [PAPER]}) == statuses
        with pytest.raises(RegisterRefused):
            line._perform("papers/register", "k1", {"case": "B", "papers": []})
        with pytest.raises(RegisterRefused):
            line.cancel("F1", key="k2")
        assert "GR-7001" in requests.get(process.register_url, timeout=5).text

    def test_misbehaves_on_demand(self, process):
        for mode in ("outage", "slow", "lost_answer"):
            process.control("faults", whom="m", mode=mode, seconds=1, times=1)
            with pytest.raises(RegisterSilent):
                process.line(answer_seconds_max=0.3).mark_financed("A", key=f"k-{mode}")
        process.control("match", is_on=True)
        answer = process.line()._perform("papers/register", "k3", {"case": "C", "papers": [PAPER]})
        assert answer["papers"] == [{"id": "1", "status": "FINANCED", "similarity": 100}]

    def test_without_the_secret_nobody_is_heard(self, process):
        with pytest.raises(RegisterRefused):
            HttpRegister(base_url=process.register_url, member="m", secret="guess").mark_financed("A", key="k")
        nobody = HttpRegister(base_url=f"http://127.0.0.1:{free_port()}", member="m", secret="s")
        with pytest.raises(RegisterSilent):
            nobody.mark_financed("A", key="k")


def test_books_are_rebuilt_from_their_journal(tmp_path):
    books = RegisterBooks(tmp_path)
    books.perform("m", "papers/register", "1", {"case": "A", "papers": [PAPER]})
    books.perform("m", "papers/finance", "2", {"case": "A"})

    assert RegisterBooks(tmp_path).papers() == books.papers() == [("m", "A", "FINANCED", PAPER)]

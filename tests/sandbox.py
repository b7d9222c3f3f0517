"""A sandbox machine alone, as a process, for tests that need nothing else."""

import os
import signal
import time

import requests

from scf.banks.gateways.sandbox import SandboxGateway
from scf.kernel import demo
from tests.stack import free_port


class SandboxProcess:
    """The process, and a line to the lender `name`."""

    name = "BANK"
    program, folder = "sandbox bank", "sandbox-bank"

    def __init__(self, run_dir):
        self.ports = demo.Ports(
            host="127.0.0.1", web=free_port(), bank=free_port(), register=free_port(), keeper=free_port()
        )
        environment = {**os.environ, **demo.environment(ports=self.ports, run_dir=run_dir)}
        (run_dir / "logs").mkdir(parents=True)
        self.child = next(
            child for child in demo.children(run_dir=run_dir, environment=environment) if child.name == self.program
        )
        self.secret = environment["SCF_SANDBOX_BANK_SECRET"]
        self.url = environment["SCF_SANDBOX_URL"]
        self.register_url, self.register_secret = environment["SCF_REGISTER_URL"], environment["SCF_REGISTER_SECRET"]
        self.journal = run_dir / self.folder / "journal.jsonl"

    @property
    def served(self):
        return self.url if self.program == "sandbox bank" else self.register_url

    def start(self):
        self.child.start()
        deadline = time.monotonic() + 20
        while not demo.answers(f"{self.served}/healthz"):
            assert time.monotonic() < deadline, self.child.log.read_text()
            time.sleep(0.05)

    def kill(self):
        self.child.signal_group(signal.SIGKILL)
        self.child.process.wait()

    def line(self, bank=None, **options):
        return SandboxGateway(base_url=self.url, bank=bank or self.name, secret=self.secret, **options)

    def fault(self, mode, **more):
        requests.post(f"{self.url}/control/faults", json={"bank": self.name, "mode": mode, **more}).raise_for_status()

    def pay_in(self, **more):
        given = {"account": "COLLECT1", "amount": "100.00", "currency": "CNY", "value_date": "2026-03-05", **more}
        return requests.post(f"{self.url}/{self.name}/payments-in", json=given)

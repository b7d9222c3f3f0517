"""How a bank is connected and tried, and what its machine pushes to us."""

import json
import time
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import translation

from scf.banks.gateways import transports
from scf.banks.models import BankMessage, Connection
from scf.banks.services import connecting
from scf.kernel import signing
from scf.kernel.models import AuditEntry
from scf.parties.models import Role
from tests.bank_servers import sftp_bank
from tests.factories import NOON, LendingWorld, member
from tests.stack import free_port
from tests.trade_world import client_of

SECRET = "the secret of this test"


@pytest.fixture(scope="module")
def sftp(tmp_path_factory):
    with sftp_bank(tmp_path_factory.mktemp("sftp")) as bank:
        yield bank


class TestConnectBank:
    """The command that sets lines up and tries them."""

    @pytest.fixture
    def world(self, db):
        return LendingWorld()

    def run(self, *arguments):
        said, wrong, status = StringIO(), StringIO(), 0
        try:
            with translation.override("en"):
                call_command("connect_bank", *arguments, stdout=said, stderr=wrong)
        except SystemExit as end:
            status = end.code
        return status, said.getvalue(), wrong.getvalue()

    def test_a_bank_is_added_by_settings_alone_and_tried(self, world, sftp, monkeypatch, tmp_path):
        administrator = member(world.platform, Role.ADMINISTRATOR)
        file = tmp_path / "line.json"
        file.write_text(json.dumps(sftp.settings()))
        monkeypatch.setenv("SCF_BANK_TEST_KEY", sftp.environment["SCF_BANK_TEST_KEY"])

        status, said, wrong = self.run(
            world.bank.code, "--gateway", "sftp", "--file", str(file), "--by", administrator.user.email, "--check"
        )

        assert (status, wrong) == (0, "") and said.count("ok    ") == 3
        row = Connection.objects.get(bank=world.bank)
        assert (row.gateway, row.settings) == ("sftp", sftp.settings())
        assert AuditEntry.objects.get(action="connection.set").actor == administrator.user

        status, said, wrong = self.run(world.bank.code, "--set", f"port={free_port()}", "--off", "--check")
        assert status == 1 and "nothing listens at this port" in wrong and "off" in said

    def test_what_cannot_stand_is_said_and_changes_nothing(self, world):
        status, _said, wrong = self.run(world.bank.code, "--gateway", "sftp", "--set", "host=h", "--set", "port=x")

        assert status == 1 and "port cannot be “x”" in wrong and "user is missing" in wrong
        assert Connection.objects.get(bank=world.bank).gateway == "sandbox"
        for arguments in (
            ("nobody",),
            (world.bank.code, "--gateway", "fax"),
            (world.supplier.code, "--gateway", "browser"),
        ):
            try:
                assert self.run(*arguments)[0] == 1
            except CommandError as refusal:
                assert "nobody" in str(refusal)

    def test_every_kind_of_line_is_explained(self, db):
        _status, said, _wrong = self.run()

        assert all(name in said for name in transports.every()) and "host_key" in said

    def test_the_administrators_page_refuses_the_same(self, world):
        administrator = member(world.platform, Role.ADMINISTRATOR)
        administrator.user.is_staff = administrator.user.is_superuser = True
        administrator.user.save()
        client = client_of(administrator)
        client.cookies["django_language"] = "en"
        address = f"/admin/banks/connection/{Connection.objects.get(bank=world.bank).pk}/change/"
        given = {"bank": world.bank.pk, "gateway": "browser", "is_active": "on"}

        refused = client.post(address, {**given, "settings": '{"host": "h"}'})
        assert refused.status_code == 200 and "no setting of this line" in refused.content.decode()
        assert client.post(address, {**given, "settings": "{}"}).status_code == 302
        assert Connection.objects.get(bank=world.bank).gateway == "browser"


class TestPushed:
    """A bank's machine pushes its messages to us."""

    @pytest.fixture
    def world(self, db, monkeypatch):
        monkeypatch.setenv("SCF_BANK_SECRET", SECRET)
        world = LendingWorld()
        settings = {"base_url": "https://bank.example/v1", "proof": "hmac", "ca_env": "SCF_BANK_CA",
                    "secret_env": "SCF_BANK_SECRET"}  # fmt: skip
        connecting.connect(bank=world.bank, gateway="https", settings=settings, by=None, at=NOON)
        return world

    def push(self, world, body=b"<Document/>", *, secret=SECRET, now=None, headers=None, **more):
        target = f"/banks/push/{world.bank.code}/"
        headers = headers or signing.headers(
            secret=secret, method="POST", target=target, body=body, now=now or time.time()
        )
        return headers, Client().post(target, body, content_type="application/xml", headers={**headers, **more})

    def test_what_is_signed_is_kept_once_and_the_answer_is_signed(self, world):
        headers, answer = self.push(world, **{"X-SCF-Message-Id": "17"})

        signing.check_answer(
            answer.headers,
            secret=SECRET,
            nonce=headers[signing.NONCE],
            status=202,
            body=answer.content,
            now=time.time(),
        )
        assert answer.json() == {"is_new": True}
        _headers, again = self.push(world, **{"X-SCF-Message-Id": "17"})
        assert again.json() == {"is_new": False}
        kept = BankMessage.objects.get()
        assert (kept.bank, kept.gateway, kept.external_id) == (world.bank, "https", "17")
        assert Connection.objects.get(bank=world.bank).cursor == "", "what is pulled goes on where it was"

    def test_what_is_recorded_changed_old_or_a_strangers_is_refused(self, world):
        headers, answer = self.push(world)
        assert answer.status_code == 202

        refused = [
            self.push(world, headers=headers),
            self.push(world, b"<Document>other</Document>", headers=headers),
            self.push(world, secret="another"),
            self.push(world, now=time.time() - 3600),
            self.push(world, headers={"X-Nothing": "1"}),
        ]
        assert [answer.status_code for _headers, answer in refused] == [403] * 5
        assert BankMessage.objects.count() == 1
        connecting.connect(bank=world.bank, gateway="browser", settings={}, by=None, at=NOON)
        assert self.push(world)[1].status_code == 403

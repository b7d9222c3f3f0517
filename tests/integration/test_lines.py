"""Lines to real servers: who is trusted, who is let in, and what is said when something is wrong."""

import pytest
import requests
import trustme

from scf.banks.gateways import iso20022, transports
from scf.banks.gateways.base import AnswerLost, BankUnreachable, NotOffered, Outcome
from scf.banks.gateways.transports import https
from scf.kernel import signing
from tests.bank_servers import https_bank, sftp_bank
from tests.stack import free_port
from tests.unit.test_file_line import AT, Memory, instruction

SECRET = "the secret of this test"


def office(environment, kept=frozenset()):
    return transports.Office(
        bank="BANK", outgoing=Memory(), kept=lambda ids: set(ids) & set(kept), environment=environment
    )


def opened(name, settings, given):
    transport = transports.named(name)
    return transport.opened(transports.read(transport.settings, settings), given)


def tried(name, settings, given):
    """The codes of what was tried, and whether each is good."""
    transport = transports.named(name)
    return [
        (check.code, check.is_good) for check in transport.tried(transports.read(transport.settings, settings), given)
    ]


@pytest.fixture(scope="module")
def sftp(tmp_path_factory):
    with sftp_bank(tmp_path_factory.mktemp("sftp"), ("ssh-ed25519", "ecdsa-sha2-nistp256")) as bank:
        yield bank


class TestSftp:
    def test_an_instruction_is_put_there_whole_and_messages_are_taken(self, sftp):
        given = office(sftp.environment)
        line = opened("sftp", sftp.settings(archive="archive"), given)

        assert not line.send_payment(instruction(), at=AT).is_repetition
        assert line.send_payment(instruction(), at=AT).is_repetition
        (file,) = (sftp.root / "in").iterdir()
        assert file.name == "pain.001_PO-20310303-0001.xml"
        assert file.read_bytes() == given.outgoing.files[file.name].content
        file.unlink()  # the bank takes it
        with pytest.raises(NotOffered):
            line.payment_status("PO-20310303-0001")
        assert line.send_payment(instruction(), at=AT).is_repetition and not list((sftp.root / "in").iterdir())

        (sftp.root / "out" / "news.xml").write_bytes(b"x" * 200_000)
        (sftp.root / "out" / "half.xml.tmp").write_bytes(b"half")
        (message,) = line.fetch_messages(after="")
        assert message.content == b"x" * 200_000
        again = opened("sftp", sftp.settings(archive="archive"), office(sftp.environment, kept={message.id}))
        assert again.fetch_messages(after="") == []
        assert [file.name for file in (sftp.root / "out").iterdir()] == ["half.xml.tmp"]

    @pytest.mark.parametrize("which", [0, 1])
    def test_each_of_the_servers_keys_may_be_the_pinned_one(self, sftp, which):
        settings = sftp.settings(host_key=sftp.fingerprints[which])

        assert tried("sftp", settings, office(sftp.environment))[-1] == ("FOLDER_READABLE", True)

    def test_a_server_with_another_key_gets_nothing(self, sftp):
        before = list(sftp.logins)
        settings = sftp.settings(host_key="SHA256:" + "A" * 43, password_env="SCF_BANK_TEST_PASSWORD")
        given = office(sftp.environment)

        with pytest.raises(BankUnreachable):
            opened("sftp", settings, given).send_payment(instruction("PO-20310303-0002"), at=AT)
        assert tried("sftp", settings, given) == [("HOST_KEY_DIFFERS", False)]
        assert sftp.logins == before, "no key and no password was shown to it"
        assert opened("sftp", settings, given).payment_status("PO-20310303-0002") is None

    @pytest.mark.parametrize(
        ("settings", "environment", "expected"),
        [
            ({}, {"SCF_BANK_TEST_KEY": ""}, "VARIABLE_EMPTY"),
            ({}, {"SCF_BANK_TEST_KEY": "/nowhere/key"}, "FILE_MISSING"),
            ({}, {"SCF_BANK_TEST_KEY": __file__}, "KEY_UNREADABLE"),
            ({"password_env": "SCF_BANK_TEST_PASSWORD", "key_env": ""}, {"SCF_BANK_TEST_PASSWORD": "x"},
             "LOGIN_REFUSED"),
            ({"user": "stranger"}, {}, "LOGIN_REFUSED"),
            ({"instructions": "nowhere"}, {}, "FOLDER_MISSING"),
            ({"archive": "nowhere"}, {}, "FOLDER_MISSING"),
            ({"host": "bank.invalid"}, {}, "HOST_UNKNOWN"),
            ({"port": 0}, {}, "REFUSED"),
        ],
    )  # fmt: skip
    def test_what_is_wrong_is_named(self, sftp, settings, environment, expected):
        port = {"port": free_port()} if "port" in settings else {}
        given = office(sftp.environment | environment)

        codes = tried("sftp", sftp.settings(**settings | port), given)

        assert [code for code, is_good in codes if not is_good] == [expected]

    def test_a_password_will_do(self, sftp):
        settings = sftp.settings(key_env="", password_env="SCF_BANK_TEST_PASSWORD")

        assert [good for _code, good in tried("sftp", settings, office(sftp.environment))] == [True] * 3


@pytest.fixture(scope="module")
def authorities():
    """The bank's, ours, and somebody else's."""
    return trustme.CA(), trustme.CA(), trustme.CA()


def mutual(url, tmp_path, *, ca, client):
    """Settings and environment of a line by certificates."""
    paths = {name: tmp_path / f"{name}.pem" for name in ("CA", "CERT", "KEY")}
    ca.cert_pem.write_to_path(str(paths["CA"]))
    client.private_key_pem.write_to_path(str(paths["KEY"]))
    paths["CERT"].write_bytes(b"".join(blob.bytes() for blob in client.cert_chain_pems))
    settings = {"base_url": url, "ca_env": "SCF_BANK_CA", "certificate_env": "SCF_BANK_CERT", "key_env": "SCF_BANK_KEY"}
    return settings, {f"SCF_BANK_{name}": str(path) for name, path in paths.items()}


class TestMutualTls:
    @pytest.fixture
    def bank(self, tmp_path, authorities, monkeypatch):
        monkeypatch.setenv("SCF_SANDBOX_BANK_SECRET", SECRET)
        theirs, ours, _other = authorities
        with https_bank(
            tmp_path / "bank", own=theirs.issue_cert("localhost"), clients=ours, signs_for_clients=SECRET
        ) as bank:
            yield bank

    def test_who_shows_the_right_certificate_to_the_right_bank_pays_and_hears(self, bank, tmp_path, authorities):
        theirs, ours, _other = authorities
        settings, environment = mutual(bank.url, tmp_path, ca=theirs, client=ours.issue_cert("platform.example"))
        line = opened("https", settings, office(environment))

        assert line.payment_status("PO-20310303-0001") is None
        assert not line.send_payment(instruction(), at=AT).is_repetition
        assert line.send_payment(instruction(), at=AT).is_repetition
        assert line.payment_status("PO-20310303-0001").outcome is Outcome.PAID
        assert [message.kind for message in line.fetch_messages(after="")] == ["pain.002", "camt.054"]
        assert tried("https", settings, office(environment))[-1] == ("LINE_ANSWERS", True)

    def test_a_bank_of_another_authority_gets_nothing(self, bank, tmp_path, authorities):
        _theirs, ours, other = authorities
        settings, environment = mutual(bank.url, tmp_path, ca=other, client=ours.issue_cert("platform.example"))
        line = opened("https", settings, office(environment))

        with pytest.raises(BankUnreachable):
            line.send_payment(instruction(), at=AT)
        assert bank.requests == []
        assert tried("https", settings, office(environment))[-1] == ("SERVER_NOT_TRUSTED", False)

    def test_a_bank_by_another_name_gets_nothing(self, bank, tmp_path, authorities):
        theirs, ours, _other = authorities
        url = bank.url.replace("localhost", "127.0.0.1")
        settings, environment = mutual(url, tmp_path, ca=theirs, client=ours.issue_cert("platform.example"))

        assert tried("https", settings, office(environment))[-1] == ("SERVER_NOT_TRUSTED", False)
        assert bank.requests == []

    def test_whom_the_bank_does_not_know_it_refuses_and_nothing_is_paid(self, bank, tmp_path, authorities):
        theirs, _ours, other = authorities
        settings, environment = mutual(bank.url, tmp_path, ca=theirs, client=other.issue_cert("platform.example"))
        line = opened("https", settings, office(environment))

        with pytest.raises((BankUnreachable, AnswerLost)):
            line.send_payment(instruction(), at=AT)
        assert bank.requests == []
        assert https._is_refused(transports.read(https.Settings, settings), office(environment))
        assert tried("https", settings, office(environment))[-1] == ("CLIENT_NOT_TRUSTED", False)

    def test_a_key_that_is_not_the_certificates(self, bank, tmp_path, authorities):
        theirs, ours, other = authorities
        settings, environment = mutual(bank.url, tmp_path, ca=theirs, client=ours.issue_cert("platform.example"))
        other.issue_cert("x.example").private_key_pem.write_to_path(environment["SCF_BANK_KEY"])

        assert tried("https", settings, office(environment)) == [("CERTIFICATE_UNREADABLE", False)]


class TestSignedHttps:
    @pytest.fixture
    def bank(self, tmp_path, authorities, monkeypatch):
        monkeypatch.setenv("SCF_SANDBOX_BANK_SECRET", SECRET)
        with https_bank(tmp_path / "bank", own=authorities[0].issue_cert("localhost"), clients=None) as bank:
            yield bank

    @pytest.fixture
    def line(self, bank, tmp_path, authorities):
        """Settings and environment of a signed line."""
        authorities[0].cert_pem.write_to_path(str(tmp_path / "ca.pem"))
        settings = {"base_url": bank.url, "proof": "hmac", "ca_env": "SCF_BANK_CA", "secret_env": "SCF_BANK_SECRET"}
        return settings, {"SCF_BANK_CA": str(tmp_path / "ca.pem"), "SCF_BANK_SECRET": SECRET}

    def test_it_pays_and_a_recorded_request_is_refused(self, bank, line, tmp_path):
        settings, environment = line
        assert not opened("https", settings, office(environment)).send_payment(instruction(), at=AT).is_repetition

        sent = bank.requests[-1]
        recorded = {name: sent[f"HTTP_{name.upper().replace('-', '_')}"]
                    for name in (signing.TIMESTAMP, signing.NONCE, signing.SIGNATURE)}  # fmt: skip
        body = iso20022.write_pain001(instruction(), at=AT)
        replay = requests.post(
            f"{bank.url}/payments", data=body, headers=recorded, verify=environment["SCF_BANK_CA"], timeout=5
        )

        assert replay.status_code == 401 and "seen before" in replay.text

    def test_another_secret_is_named(self, line):
        settings, environment = line

        codes = tried("https", settings, office(environment | {"SCF_BANK_SECRET": "wrong"}))

        assert codes[-1] == ("ANSWER_NOT_SIGNED", False)

    def test_plain_http_is_no_setting(self, line):
        settings, _environment = line

        with pytest.raises(transports.LineSettingsInvalid) as refused:
            transports.read(transports.named("https").settings, settings | {"base_url": "http://bank.example"})
        assert [fault.facts["field"] for fault in refused.value.faults] == ["base_url"]


class TestSettings:
    def test_a_pasted_secret_is_neither_taken_nor_repeated(self):
        given = {"host": "h", "user": "u", "host_key": "SHA256:" + "A" * 43, "password_env": "hunter2-my-password"}

        with pytest.raises(transports.LineSettingsInvalid) as refused:
            transports.read(transports.named("sftp").settings, given)
        assert "hunter2" not in str(refused.value.detail) and "password_env" in str(refused.value.detail)

    def test_every_fault_is_named_at_once(self):
        with pytest.raises(transports.LineSettingsInvalid) as refused:
            transports.read(transports.named("sftp").settings, {"port": "22", "hots": "x", "answer_hours": True})

        assert {(fault.code, fault.facts["field"]) for fault in refused.value.faults} == {
            ("SETTING_WRONG", "port"), ("SETTING_UNKNOWN", "hots"), ("SETTING_WRONG", "answer_hours"),
            ("SETTING_MISSING", "host"), ("SETTING_MISSING", "user"), ("SETTING_MISSING", "host_key"),
        }  # fmt: skip

    def test_every_transport_has_words_for_each_setting(self):
        assert {"browser", "folder", "https", "sandbox", "sftp"} <= set(transports.every())
        for transport in transports.every().values():
            assert all("means" in field.metadata for field in transport.settings.__dataclass_fields__.values())

"""Lines of two folders: names, finished files, and that wherever a process dies the bank gets each file once."""

from contextlib import contextmanager
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scf.banks.gateways import file_line, iso20022
from scf.banks.gateways.base import AnswerLost, BankUnreachable, NotOffered, Party, PaymentInstruction
from scf.banks.gateways.file_line import FileLine, NoSuchFile, Places, Seen
from scf.banks.gateways.outgoing import FileOut, name_of, temporary_name

AT = datetime(2031, 3, 3, 4, tzinfo=UTC)
IDS = st.text(alphabet="ABCXYZabcxyz019/-?:().,'+_ ", min_size=1, max_size=35)


class Killed(BaseException):
    """The process ends here; nothing catches it."""


class Memory:
    """An Outgoing in a dictionary."""

    def __init__(self):
        self.files, self.made = {}, 0

    def find(self, name):
        return self.files.get(name)

    def keep(self, *, name, kind, about, content, at):
        if name not in self.files:
            self.made += 1
            self.files[name] = FileOut(name, content())
        return self.files[name]

    def stage(self, name, *, token, at):
        old = self.files[name]
        self.files[name] = FileOut(name, old.content, old.token or token, old.is_handed_over)
        return self.files[name].token

    def hand_over(self, name, *, at, by_hand=False):
        old = self.files[name]
        self.files[name] = FileOut(name, old.content, old.token, True)


class Bank:
    """Folders in memory. A file with its final name in `in` is taken at once, as the quickest of banks would."""

    def __init__(self):
        self.folders = {"in": {}, "out": {}, "archive": {}}
        self.taken = []
        self.clock = 0

    def listing(self, folder):
        return [Seen(name, len(content), at) for name, (content, at) in self.folders[folder].items()]

    def read(self, folder, name, *, bytes_max):
        try:
            return self.folders[folder][name][0][:bytes_max]
        except KeyError:
            raise NoSuchFile(name) from None

    def write(self, folder, name, content):
        self.clock += 1
        self.folders[folder][name] = (content, self.clock)
        self._take()

    def exists(self, folder, name):
        return name in self.folders[folder]

    def rename(self, folder, name, new_folder, new_name):
        if name not in self.folders[folder]:
            raise NoSuchFile(name)
        self.folders[new_folder][new_name] = self.folders[folder].pop(name)
        self._take()

    def remove(self, folder, name):
        self.folders[folder].pop(name, None)

    def _take(self):
        for name in [name for name in self.folders["in"] if not name.endswith(".tmp")]:
            self.taken.append((name, self.folders["in"].pop(name)[0]))


class Struck:
    """Lets the nth call through this process's hands fail, before or after it has had its effect."""

    def __init__(self, *targets, nth, is_after, kind):
        self.targets, self.left, self.is_after, self.kind = targets, nth, is_after, kind

    def __getattr__(self, name):
        method = next(getattr(each, name) for each in self.targets if hasattr(each, name))

        def called(*given, **named):
            self.left -= 1
            if self.left == 0 and not self.is_after:
                raise self.kind()
            found = method(*given, **named)
            if self.left == 0:
                raise self.kind()
            return found

        return called


def line_of(folders, memory, kept=frozenset(), wait=lambda seconds: None, **places):
    @contextmanager
    def opened():
        yield folders

    return FileLine(
        opened=opened, places=Places("in", "out", **places), outgoing=memory,
        kept=lambda ids: set(kept) & set(ids), wait=wait,
    )  # fmt: skip


def instruction(identifier="PO-20310303-0001"):
    return PaymentInstruction(
        end_to_end_id=identifier, message_id=f"M{identifier}"[:35], amount_minor=100_00, currency="CNY",
        debtor=Party("虚构银行", "L1"), creditor=Party("Invented", "P1"), execution_date=date(2031, 3, 3),
    )  # fmt: skip


class TestNames:
    @given(IDS)
    def test_a_name_is_for_ever_the_same_and_fits_any_folder(self, identifier):
        name = name_of("pain.001", identifier)

        assert name == name_of("pain.001", identifier) and len(name) <= 160
        assert not set(name) - set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-~=")
        assert not name.endswith(file_line.UNFINISHED) and not name.startswith(".")
        assert temporary_name(name, "a1").endswith(file_line.UNFINISHED)

    @given(IDS, IDS)
    def test_two_ids_have_two_names(self, one, other):
        assert (one == other) == (name_of("pain.001", one) == name_of("pain.001", other))
        assert name_of("pain.001", one) != name_of("camt.056", one)


class TestHandingOver:
    def test_one_file_with_the_instruction_in_it(self):
        bank, memory = Bank(), Memory()
        line = line_of(bank, memory)

        assert not line.send_payment(instruction(), at=AT).is_repetition
        assert line.send_payment(instruction(), at=AT.replace(hour=9)).is_repetition

        ((name, content),) = bank.taken
        assert name == "pain.001_PO-20310303-0001.xml" and memory.made == 1
        assert iso20022.read_pain001(content) == [instruction()] and bank.folders["in"] == {}

    @pytest.mark.parametrize("kind", [Killed, OSError])
    @pytest.mark.parametrize("is_after", [False, True])
    @pytest.mark.parametrize("nth", range(1, 7))
    def test_wherever_it_breaks_the_bank_gets_the_same_file_once(self, nth, is_after, kind):
        bank, memory = Bank(), Memory()
        both = Struck(bank, memory, nth=nth, is_after=is_after, kind=kind)

        try:
            line_of(both, both).send_payment(instruction(), at=AT)
        except (Killed, OSError, BankUnreachable, AnswerLost):
            pass
        line = line_of(bank, memory)
        try:  # the way of payments.send: ask first, send what has certainly never left
            is_unheard = line.payment_status("PO-20310303-0001") is None
        except NotOffered:
            is_unheard = False
        if is_unheard:
            line.send_payment(instruction(), at=AT.replace(hour=5))

        ((name, content),) = bank.taken
        assert content == memory.files[name].content and memory.made == 1
        with pytest.raises(NotOffered):
            line.payment_status("PO-20310303-0001")

    def test_two_at_once_give_one_file(self):
        bank, memory = Bank(), Memory()

        class Late(Bank):
            """Between the writing of the one and its note, the other does everything."""

            def write(self, folder, name, content):
                bank.write(folder, name, content)
                line_of(bank, memory).send_payment(instruction(), at=AT)

            def rename(self, *given):
                bank.rename(*given)

            def remove(self, *given):
                bank.remove(*given)

        line_of(Late(), memory).send_payment(instruction(), at=AT)

        assert len(bank.taken) == 1 and bank.folders["in"] == {}

    def test_what_was_not_handed_over_is_certainly_unknown_and_what_was_is_not_asked(self):
        bank, memory = Bank(), Memory()
        line = line_of(bank, memory)

        assert line.payment_status("PO-20310303-0001") is None
        line.send_payment(instruction(), at=AT)
        for ask in (lambda: line.payment_status("PO-20310303-0001"),
                    lambda: line.fetch_statement("A", first=AT.date(), last=AT.date())):  # fmt: skip
            with pytest.raises(NotOffered):
                ask()


class TestTaking:
    def names(self, bank, **options):
        return [message.name for message in line_of(bank, Memory(), **options).fetch_messages(after="")]

    def test_oldest_first_and_nothing_unfinished(self):
        bank = Bank()
        for name in ("b.xml", "a.xml", "c.xml.tmp", ".d.xml", "e.part", "f~"):
            bank.write("out", name, b"<x/>")

        assert self.names(bank) == ["b.xml", "a.xml"]

    def test_with_markers_only_what_is_marked(self):
        bank = Bank()
        for name in ("a.xml", "b.xml", "b.xml.done"):
            bank.write("out", name, b"x")

        assert self.names(bank, complete_by="marker") == ["b.xml"]

    def test_what_grows_while_we_look_is_left_for_the_next_time(self):
        bank = Bank()
        bank.write("out", "still.xml", b"x")
        bank.write("out", "growing.xml", b"x")

        assert self.names(
            bank, complete_by="stillness", wait=lambda seconds: bank.write("out", "growing.xml", b"xx")
        ) == ["still.xml"]

    def test_what_changed_between_listing_and_reading_is_left(self):
        class Shrinking(Bank):
            def read(self, folder, name, *, bytes_max):
                return super().read(folder, name, bytes_max=bytes_max)[:-1]

        bank = Shrinking()
        bank.write("out", "a.xml", b"whole")

        assert self.names(bank) == []

    def test_kept_ones_are_not_read_again_and_go_to_the_archive_another_of_the_same_name_is_taken(self):
        bank = Bank()
        bank.write("out", "a.xml", b"one")
        (first,) = line_of(bank, Memory()).fetch_messages(after="")
        kept = {first.id}

        assert self.names(bank, kept=kept) == [] and "a.xml" in bank.folders["out"]
        assert self.names(bank, kept=kept, archive="archive") == [] and bank.folders["out"] == {}
        bank.write("out", "a.xml", b"two")
        (second,) = line_of(bank, Memory(), kept=kept, archive="archive").fetch_messages(after="")
        assert second.id != first.id and len(second.id) <= 80
        self.names(bank, kept={second.id}, archive="archive")
        assert {content for content, _at in bank.folders["archive"].values()} == {b"one", b"two"}

    def test_a_message_is_known_by_what_it_says_not_by_its_name(self):
        bank = Bank()
        bank.write("out", "odd.txt", iso20022.write_pain001(instruction(), at=AT))
        bank.write("out", "mt940.xml", b":20:X")

        kinds = {message.name: message.kind for message in line_of(bank, Memory()).fetch_messages(after="")}

        assert kinds == {"odd.txt": "pain.001", "mt940.xml": "file"}

    def test_what_is_too_large_is_named_and_not_read(self, monkeypatch):
        monkeypatch.setattr(file_line, "FILE_BYTES_MAX", 3)
        bank = Bank()
        bank.write("out", "large.xml", b"four")

        (message,) = line_of(bank, Memory()).fetch_messages(after="")

        assert (message.kind, message.content) == (file_line.TOO_LARGE, b"")

    def test_a_folder_that_fails_is_a_bank_that_cannot_be_reached(self):
        class Gone(Bank):
            def listing(self, folder):
                raise OSError

        with pytest.raises(BankUnreachable):
            line_of(Gone(), Memory()).fetch_messages(after="")

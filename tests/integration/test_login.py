"""Signing in and out, whom one acts for, in which language, and the second factor."""

import pytest
from django.test import Client
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from scf.parties.models import Membership, Organisation, Role, User
from scf.parties.services import NotConfirmed, add_member, confirm_person, totp_device
from tests.factories import PASSWORD, member, organisation
from tests.trade_world import BACKEND, Person, TradeWorld, client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def applicant() -> Membership:
    return member(organisation(), Role.APPLICANT)


def sign_in(membership: Membership, password: str = PASSWORD, client: Client | None = None, **headers):
    client = client or Client()
    data = {"username": membership.user.email, "password": password}
    return client, client.post("/login/", data, **headers)


class TestSignIn:
    def test_with_the_password_one_is_at_home(self, applicant):
        client, answer = sign_in(applicant)

        assert answer.status_code == 302 and client.get("/").context["membership"] == applicant

    def test_the_case_of_the_address_does_not_matter(self, applicant):
        answer = Client().post("/login/", {"username": applicant.user.email.upper(), "password": PASSWORD})

        assert answer.status_code == 302

    def test_it_does_not_tell_whether_an_address_is_known(self, applicant):
        _, known = sign_in(applicant, "wrong")
        unknown = Client().post("/login/", {"username": "who@example.org", "password": "wrong"})

        assert known.status_code == unknown.status_code == 200
        said = [str(answer.context["form"].non_field_errors()) for answer in (known, unknown)]
        assert said[0] == said[1] != ""

    def test_after_five_tries_even_the_right_password_rests(self, applicant):
        answers = [sign_in(applicant, "wrong")[1].status_code for _ in range(5)]
        client, answer = sign_in(applicant)

        assert answers[:4] == [200] * 4 and answer.status_code in (403, 429)
        assert client.get("/").status_code == 302

    def test_the_tries_of_one_do_not_lock_out_another(self, applicant):
        other = member(applicant.organisation, Role.SIGNATORY)
        for _ in range(6):
            sign_in(applicant, "wrong")

        assert sign_in(other)[1].status_code == 302

    def test_a_success_forgets_the_failures_before(self, applicant):
        for _ in range(3):
            for _ in range(4):
                sign_in(applicant, "wrong")
            assert sign_in(applicant)[1].status_code == 302

    def test_who_has_left_does_not_come_in(self, applicant):
        User.objects.filter(pk=applicant.user_id).update(is_active=False)

        assert sign_in(applicant)[1].status_code == 200

    def test_it_leads_back_only_into_the_product(self, applicant):
        data = {"username": applicant.user.email, "password": PASSWORD}

        inside = Client().post("/login/?next=/documents/", data)
        outside = Client().post("/login/?next=https://evil.example/", data)

        assert (inside.url, outside.url) == ("/documents/", "/")

    def test_signing_out_ends_it(self, applicant):
        client, _ = sign_in(applicant)

        client.post("/logout/")

        assert client.get("/").status_code == 302

    def test_a_form_from_elsewhere_is_refused(self, applicant):
        client = Client(enforce_csrf_checks=True)
        client.force_login(applicant.user, backend=BACKEND)

        assert client.post("/language/", {"language": "en"}).status_code == 403


class TestLanguage:
    def test_it_is_remembered_on_the_person_and_in_the_browser(self, applicant):
        client, _ = sign_in(applicant)
        assert 'lang="zh' in client.get("/").content.decode()

        client.post("/language/", {"language": "en"})

        assert 'lang="en"' in client.get("/").content.decode()
        assert 'lang="en"' in client_of(applicant).get("/").content.decode()  # another browser, no cookie
        assert User.objects.get(pk=applicant.user_id).language == "en"

    def test_before_signing_in_the_browser_remembers(self):
        client = Client()
        client.post("/language/", {"language": "en"})

        assert 'lang="en"' in client.get("/login/").content.decode()

    @pytest.mark.parametrize("language", ["", "xx", "fr", "../en"])
    def test_what_is_not_offered_changes_nothing(self, applicant, language):
        client, _ = sign_in(applicant)

        assert client.post("/language/", {"language": language}).status_code == 302

        assert User.objects.get(pk=applicant.user_id).language == ""

    def test_it_does_not_send_people_elsewhere(self, applicant):
        client, _ = sign_in(applicant)

        assert client.post("/language/", {"language": "en", "next": "https://evil.example/"}).url == "/"


class TestActing:
    @pytest.fixture
    def second(self, applicant) -> Membership:
        clerk = {"email": applicant.user.email, "name": "", "password": "", "role": Role.MAKER}
        return add_member(organisation=organisation(Organisation.Kind.BANK), **clerk)

    def test_one_acts_for_one_organisation_at_a_time(self, applicant, second):
        client, _ = sign_in(applicant)
        assert client.get("/financing/apply/").status_code == 200

        client.post("/switch/", {"membership": second.pk})

        assert client.get("/").context["membership"] == second
        assert client.get("/financing/apply/").status_code == 403

    def test_nobody_acts_for_others(self, applicant):
        stranger = member(organisation(), Role.APPLICANT)
        client, _ = sign_in(applicant)

        assert client.post("/switch/", {"membership": stranger.pk}).status_code == 404
        assert client.post("/switch/", {"membership": "x"}).status_code == 404
        assert client.get("/").context["membership"] == applicant

    def test_an_organisation_that_is_closed_is_not_acted_for(self, applicant, second):
        client, _ = sign_in(applicant)
        client.post("/switch/", {"membership": second.pk})
        Organisation.objects.filter(pk=second.organisation_id).update(is_active=False)

        assert client.get("/").context["membership"] == applicant


def code_of(device: TOTPDevice, *, steps_ahead: int = 0) -> str:
    """What the authenticator shows now, or some half minutes later."""
    return f"{totp(device.bin_key, device.step, device.t0, device.digits, device.drift + steps_ahead):06d}"


def wrong_code(device: TOTPDevice) -> str:
    """Six digits that are no code around now."""
    near = {code_of(device, steps_ahead=n) for n in range(-3, 4)}
    return next(f"{n:06d}" for n in range(10) if f"{n:06d}" not in near)


def enrol(membership: Membership) -> TOTPDevice:
    client, device = client_of(membership), totp_device(membership.user)
    client.post("/security/", {"proof": code_of(device)})
    device.refresh_from_db()
    assert device.confirmed
    return device


class TestSecondFactor:
    def test_the_page_shows_a_secret_until_it_is_confirmed(self, applicant):
        client = client_of(applicant)
        assert client.get("/security/").context["secret"]

        enrol(applicant)

        assert "secret" not in client.get("/security/").context

    def test_a_wrong_code_enrols_nothing(self, applicant):
        device = totp_device(applicant.user)

        client_of(applicant).post("/security/", {"proof": wrong_code(device)})

        assert not TOTPDevice.objects.get().confirmed

    def test_once_enrolled_the_password_signs_no_more(self, applicant):
        confirm_person(applicant.user, PASSWORD)
        enrol(applicant)

        with pytest.raises(NotConfirmed):
            confirm_person(applicant.user, PASSWORD)

    def test_a_code_signs_once(self, applicant):
        device = enrol(applicant)
        code = code_of(device, steps_ahead=1)

        confirm_person(applicant.user, code)

        with pytest.raises(NotConfirmed):
            confirm_person(applicant.user, code)

    def test_it_is_taken_away_by_a_code_only(self, applicant):
        device, client = enrol(applicant), client_of(applicant)

        client.post("/security/", {"proof": PASSWORD})
        assert TOTPDevice.objects.exists()
        client.post("/security/", {"proof": code_of(device, steps_ahead=1)})

        assert not TOTPDevice.objects.exists()

    def test_guesses_at_codes_are_slowed_down(self, applicant):
        device, client = enrol(applicant), client_of(applicant)

        client.post("/security/", {"proof": wrong_code(device)})

        device.refresh_from_db()
        assert device.throttling_failure_count == 1

    def test_an_offer_is_signed_with_a_code_and_guesses_are_counted(self, tmp_path):
        world = TradeWorld(tmp_path)
        with world.running():
            world.order()
            application = Person(world, world.applicant).apply("PO-1", product="ORDER", amount="1000")
            case = application.bank_cases.get(bank=world.bank)
            Person(world, world.maker).offer(case, amount="1000")
            Person(world, world.checker).take(case, "check", action="CONFIRM")
            device, signatory = enrol(world.signatory), Person(world, world.signatory)

            signatory.sign(application, case, proof=PASSWORD)
            assert type(application).objects.get().state == "OFFERED"
            signatory.sign(application, case, proof=wrong_code(device))
            device.refresh_from_db()
            assert device.throttling_failure_count == 1
            TOTPDevice.objects.update(throttling_failure_count=0, throttling_failure_timestamp=None)
            signatory.sign(application, case, proof=code_of(device, steps_ahead=1))

            assert type(application).objects.get().state == "DISBURSED"

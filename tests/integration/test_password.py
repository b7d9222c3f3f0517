"""A person begins, or begins again, by a link in a mail."""

import re

import pytest
from django.core import mail
from django.urls import reverse

from scf.parties.models import User

pytestmark = pytest.mark.django_db
LINK = re.compile(r"/password/[^/\s]+/[^/\s]+/")


def ask(client, email: str) -> list[str]:
    """Ask for a link; the links that were mailed."""
    answer = client.post(reverse("parties:password-reset"), {"email": email})
    assert answer.status_code == 302
    return [LINK.search(message.body).group() for message in mail.outbox]


def test_an_invited_person_without_a_password_chooses_one_and_signs_in(client):
    User.objects.create_user("new@demo.invalid", None, name="New")

    (link,) = ask(client, "New@Demo.invalid")
    form = client.get(link, follow=True).redirect_chain[-1][0]
    client.post(form, {"new_password1": "a-long-new-word-9", "new_password2": "a-long-new-word-9"})

    assert User.objects.get(email="new@demo.invalid").check_password("a-long-new-word-9")
    assert client.get(link, follow=True).context["validlink"] is False


@pytest.mark.parametrize("email", ["nobody@demo.invalid", "gone@demo.invalid"])
def test_strangers_and_people_who_left_get_no_mail_and_the_same_answer(client, email):
    User.objects.create_user("gone@demo.invalid", "a-long-old-word-9", name="Gone", is_active=False)

    assert ask(client, email) == []

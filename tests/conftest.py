"""Fixtures that every kind of test may use."""

from collections.abc import Iterator

import pytest
from django.db import connection
from hypothesis import settings

from scripts import messages
from tests import databases

# How long an example takes says something of the machine, nothing of the law; bench measures.
settings.register_profile("untimed", deadline=None)
settings.register_profile("thorough", deadline=None, max_examples=1000)  # make test ARGS="... --hypothesis-profile=..."
settings.load_profile("untimed")

pytest_plugins = ["tests.browser.fixtures", "tests.browser.world", "tests.stack_fixtures"]


def pytest_configure(config: pytest.Config) -> None:
    """Pages are read in both languages: the translation is that of the parts as they stand now."""
    if not hasattr(config, "workerinput"):
        messages.compile_catalog()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """pytest-django's database of this process begins as a copy of the one that the run migrated."""
    connection.settings_dict["TEST"]["TEMPLATE"] = databases.migrated()


@pytest.fixture(autouse=True)
def the_books_agree_with_the_events(request: pytest.FixtureRequest, _django_db_marker: None) -> Iterator[None]:
    """After every test that made loans, everything stored about them must follow from their events."""
    marked = request.node.get_closest_marker("django_db") or {"db", "transactional_db"} & set(request.fixturenames)
    if not marked or request.node.get_closest_marker("tampered"):
        yield
        return
    request.getfixturevalue("db")  # so that this ends before the database is emptied
    yield
    if connection.needs_rollback:
        return  # the test broke its own transaction on purpose
    from scf.servicing.services import closing_proof

    assert [str(difference) for difference in closing_proof.differences()] == []

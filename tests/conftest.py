"""Fixtures that every kind of test may use."""

pytest_plugins = ["tests.browser.fixtures", "tests.stack_fixtures"]

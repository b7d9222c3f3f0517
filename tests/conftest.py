"""Fixtures that every kind of test may use."""

pytest_plugins = ["tests.browser.fixtures", "tests.browser.world", "tests.stack_fixtures"]

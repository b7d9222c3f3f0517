"""A cheap password hash for demos, whose only password is printed on every start."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class DemoHasher(PBKDF2PasswordHasher):
    """PBKDF2 with few rounds: signing in and loading the demo world are quick. Never in production settings."""

    algorithm = "pbkdf2_demo"
    iterations = 5_000

"""The whole application with accounts of every role, as the console's tests have it."""

from tests.console.conftest import application, clerk

__all__ = ["application", "clerk"]

"""The whole application with accounts of every role, the real units, and other systems that call it."""

from tests.api.conftest import application, clerk, hands, office, system

__all__ = ["application", "clerk", "hands", "office", "system"]

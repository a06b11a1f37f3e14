"""The interface with the real units, and other systems, as the other interface's tests have them."""

from tests.api.conftest import application, clerk, hands, office, system

__all__ = ["application", "clerk", "hands", "office", "system"]

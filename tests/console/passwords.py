"""The password that every account of the tests has."""

PASSWORD = "松柏-四季-常青-2026"

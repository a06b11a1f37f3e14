"""Why a draft is not published."""


class Refused(Exception):
    """It may not be published (or approved, or accepted) as it is; the message tells a person why."""

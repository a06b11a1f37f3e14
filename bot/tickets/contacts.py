"""Whether what was left as a contact can be one."""

import re

MOBILE_DIGITS = 11
LEAST_DIGITS = 7
_NUMBER = re.compile(r"[\d\s()（）+-]+")


def wrong_digits(contact: str) -> int | None:
    """How many digits a telephone number has that cannot be one: misheard, or cut off; None for what can be one.

    Names, addresses and several numbers are left to who reads them.

    >>> wrong_digits("139 1234 567"), wrong_digits("0000-87654321"), wrong_digits("微信 wang123")
    (10, None, None)
    """
    contact = contact.strip()
    if not contact or not _NUMBER.fullmatch(contact):
        return None
    digits = re.sub(r"\D", "", contact).removeprefix("86") if contact.startswith("+") else re.sub(r"\D", "", contact)
    mobile = digits.startswith("1") and len(digits) >= LEAST_DIGITS + 1
    is_one = len(digits) == MOBILE_DIGITS if mobile else LEAST_DIGITS <= len(digits) <= MOBILE_DIGITS + 1
    return None if is_one else len(digits)

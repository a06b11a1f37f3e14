"""Protocols: each channel translates into a Message and a Reply back; nothing is decided here."""

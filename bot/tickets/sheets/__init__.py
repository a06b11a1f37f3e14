"""Tickets as sheets: exported for Excel and as CSV, imported from the city's 12345."""

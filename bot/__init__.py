"""A resident's message in, a reply out."""

"""Forms of several turns: what they gather, ask, show and do with it."""

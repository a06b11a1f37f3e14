"""Getting words to people outside the console and the page: the outbox, and the ways out of it."""

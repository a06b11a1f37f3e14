"""What the bot could not answer: alike questions together, how grave they are, what residents are written about them."""

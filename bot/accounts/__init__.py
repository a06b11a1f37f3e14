"""Who works in the console: accounts, passwords, guessing.  Knows neither Flask nor SQL."""

"""The commands that work on the store alone; app.py, which also builds the service, puts them beside its own."""

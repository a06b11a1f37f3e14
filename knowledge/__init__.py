"""The plan, its services, departments and figures; knows nothing of how a question is understood or shown."""

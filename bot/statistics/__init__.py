"""How the service does: what is counted, what it means, and the monthly report.  Knows neither Flask nor SQL."""

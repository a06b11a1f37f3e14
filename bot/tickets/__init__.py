"""诉求工单: what a ticket is, what may happen to it, by whom and until when.  Knows neither Flask nor SQL nor conversations."""

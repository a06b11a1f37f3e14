"""Text → what is meant and how sure that is; knows neither conversations nor storage."""

"""One turn of a conversation; knows neither Flask nor WeChat nor SQL."""

"""Photos that residents send: fetched from WeChat or uploaded, drawn anew without what a camera hides in them, kept."""

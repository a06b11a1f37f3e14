"""Whether a draft may become what holds: it is checked, asked questions with known answers, and those of the last weeks."""

"""Other years' and other districts' plan documents: read, check, match with what is known, and made into a draft."""

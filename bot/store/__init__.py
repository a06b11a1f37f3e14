"""What must survive: conversations, messages with their decisions, and what staff must see."""

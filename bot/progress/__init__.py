"""What departments report on the plan's promises: month by month, with what it rests on; what is due, and who is late."""

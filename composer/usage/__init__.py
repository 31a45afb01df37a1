"""What agents did with what they were offered: reports of desks, documented events, outcomes."""

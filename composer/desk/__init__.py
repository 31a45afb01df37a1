"""The agent's desk: its socket, its pages, what they show and what agents do."""

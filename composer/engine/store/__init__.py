"""Arrays and texts on disk, memory-mapped; and bags of feature ids."""

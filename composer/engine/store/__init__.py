"""Storage of trained arrays and texts, memory-mapped."""

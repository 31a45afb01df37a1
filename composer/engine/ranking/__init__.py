"""The trained suggestion engine: learns from lists and conversations, serves from a memory-mapped artefact."""

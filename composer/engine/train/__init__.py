"""Training: reads conversations, fits every part of the model, measures it, and writes an artefact."""

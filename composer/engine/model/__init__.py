"""The trained model: encoders, re-ranker, thresholds, all read from an artefact."""

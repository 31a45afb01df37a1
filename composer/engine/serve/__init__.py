"""Serving: candidates, scores, and the offers for each keystroke."""

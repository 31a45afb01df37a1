"""Fluency: the correction of the word that an agent has just completed."""

from composer.engine.fluency.engine import Correction, SpellingEngine

__all__ = ["Correction", "SpellingEngine"]

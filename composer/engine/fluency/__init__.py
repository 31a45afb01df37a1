"""Fluency: the correction of the word that an agent has just completed."""

from composer.engine.fluency.engine import Correction, SpellingEngine, ranker_of
from composer.engine.fluency.learned import Learned, learn

__all__ = ["Correction", "Learned", "SpellingEngine", "learn", "ranker_of"]

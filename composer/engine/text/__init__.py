"""Text analysis: tokens, entities, templates with slots, features."""

"""Text as the engine reads it: tokens, entities, templates with slots, features."""

"""The engine's actors: a room each, sharing nothing, talking by messages only."""

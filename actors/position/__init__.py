"""The position room: what is held, what it is worth, and whether the venue agrees."""

"""The hub room: keeps both hub connections open, and says how they are."""

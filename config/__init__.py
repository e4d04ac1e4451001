"""Settings: their schema, how they are loaded, and how they are shown."""

"""The order room: from an approved signal to a protected position, and from there to flat."""

"""The model room: from closed bars to predictions."""

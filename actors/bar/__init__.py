"""The bar room: one contract's tape, book and one-second bars."""

"""The client side of the venue: the only code that knows its wire (gateway.md names each rule)."""

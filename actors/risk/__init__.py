"""The risk room: judges every signal against the account's limits, and sizes what it approves."""

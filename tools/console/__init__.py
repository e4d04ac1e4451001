"""What the operator's tools share: which venue, a logged-in client, and how answers are shown."""

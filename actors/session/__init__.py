"""The files a session leaves, all fed from the journal's records (docs/files.md)."""

"""The venue's past bars beside our own: what is missing, and how fresh they are. Pure."""

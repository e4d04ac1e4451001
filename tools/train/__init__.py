"""Training of the shipped model: `python -m tools.train`."""

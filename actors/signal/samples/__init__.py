"""Strategies to start from, each in a file. They show how, and promise no profit."""

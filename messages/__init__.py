"""The vocabulary: every message that actors and ports exchange, by subject. Imports nothing of
ours.
"""

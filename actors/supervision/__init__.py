"""Supervision: restarts, latches, the ways to flat. Pure policy, and the behaviour that applies
it.
"""

"""A whole session in virtual time: the engine's actors on the simulated venue's core, in one
process.
"""

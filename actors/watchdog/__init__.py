"""The watchdog's room: what has not happened, or has been so for too long. It tells; the supervisor
acts.
"""

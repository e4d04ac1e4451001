"""What every actor stands on: mailboxes that outlive it, timers, the journal tap, and the two
runtimes.
"""

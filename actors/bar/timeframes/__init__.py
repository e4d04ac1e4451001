"""Bars of any timeframe, cut from one contract's prints. Pure."""

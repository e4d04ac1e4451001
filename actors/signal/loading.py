"""The strategy that the settings name."""

from importlib import import_module
from inspect import signature
from typing import cast

from actors.signal.model_strategy import ModelStrategy
from actors.signal.strategy import Strategy, StrategyFactory
from config import schema
from messages.market import Instrument


def load(name: str, model: schema.Model, rules: schema.Signal) -> StrategyFactory:
    """The factory of `trading.strategy`: "model", or a class as `module:Class` that is called with
    the Instrument of each contract.

    ValueError, in one line, when it cannot be imported or is no strategy.
    """
    if name != "model":
        return _import(name)

    def make(instrument: Instrument) -> Strategy:
        return ModelStrategy(model.min_confidence, rules)

    return make


def _import(name: str) -> StrategyFactory:
    module, _, attribute = name.partition(":")
    try:
        found = getattr(import_module(module), attribute)
    except (Exception, SystemExit) as error:  # whatever a stranger's module does as it is imported
        why = f"{type(error).__name__}: {error}".splitlines()[0]
        raise ValueError(f"trading.strategy: {name} cannot be loaded: {why}") from error
    if not isinstance(found, type) or not callable(getattr(found, "decide", None)):
        raise ValueError(f"trading.strategy: {name} must be a class with decide(view)")
    try:
        signature(found).bind(None)
    except (TypeError, ValueError):
        raise ValueError(f"trading.strategy: {name} must be made from one instrument") from None
    return cast(StrategyFactory, found)

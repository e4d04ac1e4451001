"""The shell of the model room."""

from collections import defaultdict

from actors.model.judging import judge
from actors.model.window import Window
from actors.runtime.actor import Actor
from actors.runtime.context import Context
from messages.market import BarClosed, PastBars
from models.card import Card
from models.scoring import Scorer


class ModelActor(Actor):
    """One answer to every closed bar of every contract: a prediction or a coded refusal."""

    def __init__(self, context: Context, scorer: Scorer, card: Card) -> None:
        super().__init__(context)
        self.scorer = scorer
        self.model = card.model
        self.windows: defaultdict[str, Window] = defaultdict(Window)

    def on_past_bars(self, past: PastBars) -> None:
        self.windows[past.contract].warm(past.bars)

    def on_bar_closed(self, closed: BarClosed) -> None:
        for answer in judge(self.windows[closed.contract], closed, self.scorer, self.model):
            self.publish(answer)

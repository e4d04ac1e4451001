"""The figures as text for the terminal."""

from collections.abc import Iterator

from models.card import Figures, Score


def lines(figures: Figures) -> Iterator[str]:
    """One line a fact; shares in per cent."""
    for score in figures.test:
        yield from _score(score)
    calls = figures.calls
    yield (
        f"{calls.markets} fresh markets, {calls.seconds:,} s: a call in {calls.share:.1%} of"
        f" seconds, longest wait {calls.longest_wait_s} s"
    )
    yield "confidence    count   mean   hits"
    for row in figures.calibration:
        yield (
            f"{row.low:.2f}..{row.high:.2f} {row.count:>8,}  {row.confidence:.3f}  {row.hits:.3f}"
        )
    yield f"calibration error {figures.calibration_error:.4f}"
    if figures.recorded is None:
        yield "no recorded market measured: give one with --replay PREFIX"
    else:
        yield from _score(figures.recorded)


def _score(score: Score) -> Iterator[str]:
    yield (
        f"{score.market}: accuracy {score.accuracy:.1%} of {score.rows:,}, log loss"
        f" {score.log_loss:.3f}, {score.calls:,} calls {score.call_hits:.1%} right"
    )
    for lead in score.leads:
        yield (
            f"  against {lead.baseline} ({lead.accuracy:.1%}): {lead.lead:+.1%}"
            f" [{lead.low:+.1%}, {lead.high:+.1%}]"
        )

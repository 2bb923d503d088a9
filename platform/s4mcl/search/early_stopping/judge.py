"""The judge of one group: hears scores at rungs and says who goes on."""

from s4mcl.search.early_stopping.rule import Rule
from s4mcl.search.early_stopping.verdict import Verdict


class Judge:
    """Shows scores to a rule, in an order that does not depend on who trains fastest.

    In order, a rung is judged in the order of the proposals' numbers: proposal k waits there until each proposal
    before it has come as far or has ended. The first of those that wait for nobody can always go on, so nothing stands
    still for ever. Without order a score is judged as it comes.
    """

    def __init__(self, rule: Rule, *, in_order: bool) -> None:
        self.rungs = rule.rungs
        self._rule, self._in_order = rule, in_order
        self._places = {rung: place for place, rung in enumerate(rule.rungs)}
        self._scores: list[dict[int, float]] = [{} for _ in rule.rungs]
        self._verdicts: dict[tuple[int, int], Verdict] = {}
        self._next = [0] * len(rule.rungs)  # by rung, the first number that was not judged there
        self._passed: dict[int, int] = {}  # by number, how many rungs it is past
        self._furthest: dict[int, int] = {}  # by number, the last rung at which it has a score
        self._over: set[int] = set()  # stopped or ended: they come to no further rung

    def report(self, number: int, rung: int, score: float) -> None:
        """Hear the score of a proposal at a rung; hearing it again changes nothing.

        A rung before it at which the proposal has no score judges it not.

        Raises:
            KeyError: there is no such rung.
        """
        place = self._places[rung]
        if number in self._scores[place]:
            return
        self._scores[place][number] = score
        self._furthest[number] = max(place, self._furthest.get(number, place))
        if self._in_order:
            self._advance()
        else:
            self._judge(number, place)

    def ended(self, number: int) -> None:
        """A proposal has ended, however: it comes to no further rung."""
        self._over.add(number)
        if self._in_order:
            self._advance()

    def verdict(self, number: int, rung: int) -> Verdict:
        """What becomes of a proposal that has reached a rung; WAIT while that is open."""
        return self._verdicts.get((number, rung), Verdict.WAIT)

    def _advance(self) -> None:
        """Judge all that can be judged, rung by rung: who is stopped at one never comes to the next."""
        for place, scores in enumerate(self._scores):
            while True:
                number = self._next[place]
                if self._passed.get(number, 0) == place and number in scores:
                    self._judge(number, place)
                elif self._passed.get(number, 0) == place and self._furthest.get(number, -1) > place:
                    self._passed[number] = place + 1
                elif number not in self._over:
                    break
                self._next[place] += 1

    def _judge(self, number: int, place: int) -> None:
        rung = self.rungs[place]
        goes_on = self._rule.goes_on(number, rung, self._scores[place][number])
        self._verdicts[number, rung] = Verdict.GO_ON if goes_on else Verdict.STOP
        if goes_on:
            self._passed[number] = place + 1
        else:
            self._over.add(number)

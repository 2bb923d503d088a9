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
        self._scores: dict[int, dict[int, float]] = {rung: {} for rung in rule.rungs}
        self._verdicts: dict[tuple[int, int], Verdict] = {}
        self._next = dict.fromkeys(rule.rungs, 0)
        self._ended: set[int] = set()

    def report(self, number: int, rung: int, score: float) -> None:
        """Hear the score of a proposal at a rung; hearing it again changes nothing.

        Raises:
            KeyError: there is no such rung.
        """
        if number in self._scores[rung]:
            return
        self._scores[rung][number] = score
        if self._in_order:
            self._advance()
        else:
            self._judge(number, rung)

    def ended(self, number: int) -> None:
        """A proposal has ended, however: it comes to no further rung."""
        self._ended.add(number)
        if self._in_order:
            self._advance()

    def verdict(self, number: int, rung: int) -> Verdict:
        """What becomes of a proposal that has reached a rung; WAIT while that is open."""
        return self._verdicts.get((number, rung), Verdict.WAIT)

    def _advance(self) -> None:
        """Judge all that can be judged, rung by rung: who is stopped at one never comes to the next."""
        for rung in self.rungs:
            scores = self._scores[rung]
            while True:
                number = self._next[rung]
                if number in scores and self._passed(number, rung) is Verdict.GO_ON:
                    self._judge(number, rung)
                elif number not in self._ended and self._passed(number, rung) is not Verdict.STOP:
                    break
                self._next[rung] += 1

    def _passed(self, number: int, rung: int) -> Verdict:
        """The verdict over a proposal at the rungs before this one."""
        for earlier in self.rungs[: self.rungs.index(rung)]:
            verdict = self.verdict(number, earlier)
            if verdict is not Verdict.GO_ON:
                return verdict
        return Verdict.GO_ON

    def _judge(self, number: int, rung: int) -> None:
        goes_on = self._rule.goes_on(number, rung, self._scores[rung][number])
        self._verdicts[number, rung] = Verdict.GO_ON if goes_on else Verdict.STOP

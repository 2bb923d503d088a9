from s4mcl.execution.silence import Silence


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def listening(times: float = 10.0) -> tuple[Silence, Clock]:
    clock = Clock()
    return Silence(times, least=2.0, clock=clock), clock


def test_ten_times_the_median_report_time_is_too_long() -> None:
    silence, clock = listening()
    silence.begun("a", "unet")
    for moment in (30.0, 31.0, 32.0, 34.0):  # the first report has the start of the worker in it
        clock.now = moment
        silence.heard("a")
    assert silence.allowed("a") == 10.0, "the intervals are 1, 1 and 2 s"
    clock.now = 44.0
    assert silence.too_long() == []
    clock.now = 44.5
    assert silence.too_long() == [("a", 10.5)]
    silence.over("a")
    assert silence.too_long() == []


def test_nobody_is_killed_before_anything_is_known_and_a_start_may_take_longer() -> None:
    silence, clock = listening()
    silence.begun("a", "unet")
    clock.now = 1e6
    assert silence.too_long() == []
    silence.heard("a")
    clock.now += 1.0
    silence.heard("a")
    silence.begun("b", "unet")
    silence.begun("c", "cnn")
    clock.now += 50.0
    assert [name for name, _ in silence.too_long()] == ["a"]
    clock.now += 51.0
    assert [name for name, _ in silence.too_long()] == ["a", "b"], "of cnn nothing is known"


def test_short_silences_are_a_busy_machine_and_zero_switches_it_off() -> None:
    silence, clock = listening()
    silence.begun("a", "stub")
    for moment in (0.001, 0.002, 0.003):
        clock.now = moment
        silence.heard("a")
    clock.now = 1.9
    assert silence.too_long() == []
    clock.now = 2.1
    assert [name for name, _ in silence.too_long()] == ["a"]
    silence.times = 0
    assert silence.too_long() == []

"""What is a step of the clock and what is not, over every history of readings."""

from hypothesis import example, given
from hypothesis import strategies as st

from bidding.rules.steady import SLEW_PPM, Judged, Trust, judge

SECOND = 1_000_000
HOUR = 3600 * SECOND
LIMIT = 250_000
ORIGIN = 1_700_000_000 * SECOND

gaps = st.integers(0, 3 * HOUR)
waits = st.integers(0, 10 * SECOND)
"""How long an answer took: a lock, a blocked thread, a process that was stopped."""
shares = st.integers(0, 1000)
readings = st.lists(st.tuples(gaps, waits, shares, st.integers(-500, 500)), min_size=1, max_size=40)


class World:
    """A steady clock and a database clock, with somebody who compares them."""

    def __init__(self) -> None:
        self.steady, self.off = 5 * SECOND, 0.0
        self.trust: Trust | None = None

    def read(self, gap: int = SECOND, wait: int = 1000, share: int = 500, ppm: int = 0) -> Judged:
        """Time goes by, the clock drifting; then it is read at some point of the wait."""
        asked = self.steady + gap
        read_at = asked + wait * share // 1000
        self.off += (read_at - self.steady) * ppm / 1_000_000
        self.steady = asked + wait
        clock = ORIGIN + read_at + round(self.off)
        judged = judge(self.trust, clock, asked, self.steady, LIMIT)
        self.trust = judged.trust
        return judged

    @property
    def error(self) -> int:
        """How far what is trusted lies from the time that really passed."""
        assert self.trust is not None
        return self.trust.clock_at(self.steady) - ORIGIN - self.steady - round(self.off)


@given(readings)
@example([(0, 0, 0, 0), (3 * HOUR, 10 * SECOND, 1000, 500), (3 * HOUR, 10 * SECOND, 0, -500)])
def test_a_clock_that_is_slewed_never_steps(history: list[tuple[int, int, int, int]]) -> None:
    """However long a process slept and however late its answers came, at 500 ppm either way."""
    world = World()
    for gap, wait, share, ppm in history:
        assert world.read(gap, wait, share, ppm).step == 0


@given(readings, st.sampled_from([-HOUR, HOUR]), st.integers(0, 999_999), waits)
def test_an_hour_is_seen_at_the_next_reading(
    history: list[tuple[int, int, int, int]], step: int, gap: int, wait: int
) -> None:
    """And the instant that is trusted lies within what was known before it."""
    world = World()
    for each in history:
        world.read(*each)
    known = world.trust
    world.off += step
    judged = world.read(gap, wait)
    assert judged.step * step > 0
    assert judged.trust == known
    assert known is not None
    assert abs(world.error + step) <= (known.high - known.low) // 2 + 2


@given(readings, st.sampled_from([-HOUR, HOUR]))
def test_a_clock_that_is_set_right_agrees_again(
    history: list[tuple[int, int, int, int]], step: int
) -> None:
    world = World()
    world.read()
    world.off += step
    for gap, wait, share, _ppm in history:
        assert world.read(gap % (60 * SECOND), wait, share).step
    world.off -= step
    assert world.read().step == 0


@given(st.integers(-LIMIT + 2000, LIMIT - 2000))
def test_a_small_step_passes(step: int) -> None:
    world = World()
    world.read()
    world.off += step
    assert [world.read().step for _n in range(600)] == [0] * 600


@given(st.sampled_from([-1, 1]), st.integers(LIMIT + 10_000, HOUR))
def test_what_is_beyond_the_limit_does_not(sign: int, step: int) -> None:
    world = World()
    world.read()
    world.off += sign * step
    assert abs(world.read().step) > LIMIT


@given(st.integers(20_000, 200_000), st.sampled_from([-1, 1]))
def test_many_small_steps_are_one_large_one(step: int, sign: int) -> None:
    """Nobody creeps: a reading between two small steps does not make the first one true."""
    world = World()
    world.read()
    seen = []
    for _n in range(40):
        world.off += sign * step
        seen.append(world.read().step)
    assert any(seen)


def test_an_answer_that_took_long_accuses_nobody() -> None:
    """A process stopped between asking and hearing knows only that the instant lies between."""
    world = World()
    world.read()
    assert world.read(wait=HOUR, share=0).step == 0
    assert world.read(wait=HOUR, share=1000).step == 0
    assert world.read().step == 0


def test_a_step_is_forgiven_no_faster_than_clocks_drift() -> None:
    world = World()
    world.read()
    world.off += LIMIT + 100_000
    seconds = 0
    while world.read().step:
        seconds += 1
    assert seconds >= 100_000 // SLEW_PPM - 2


def test_a_drifting_clock_never_steps_however_often_it_is_read() -> None:
    """Half the drift that is allowed, read every 0.9 ms: each allowance is below a microsecond."""
    trust: Trust | None = None
    for turn in range(10_000):
        steady = 5 * SECOND + turn * 900
        clock = ORIGIN + steady + turn * 900 * (SLEW_PPM // 2) // 1_000_000
        trust, step = judge(trust, clock, steady, steady, limit=500)
        assert step == 0

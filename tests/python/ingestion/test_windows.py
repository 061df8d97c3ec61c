"""Windows: all time is read once, whatever was read before, in whatever pieces."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ingestion.extract.base.windows import Window, due, still_open, weeks

START = datetime(2025, 1, 1, tzinfo=UTC)
OVERLAP = timedelta(hours=1)
seconds = st.integers(0, 60 * 86_400).map(lambda n: START + timedelta(seconds=n))
windows = st.builds(lambda a, b: Window(min(a, b), max(a, b) + timedelta(seconds=1)), seconds, seconds)


def covered(found: list[Window], moment: datetime) -> bool:
    return any(window.start <= moment < window.end for window in found)


@given(read=st.lists(windows, max_size=6), first=seconds, newest=seconds, moments=st.lists(seconds, max_size=20))
def test_what_was_read_and_what_is_due_leave_no_gap(
    read: list[Window], first: datetime, newest: datetime, moments: list[datetime]
) -> None:
    """A second from first to newest that no window covers would be lost for ever, without a word."""
    found = due(read, first, newest, OVERLAP)
    for moment in [*moments, first, newest]:
        if first <= moment <= newest:
            assert covered(found, moment) or covered(read, moment)
    assert found == sorted(found)
    assert all(a.end <= b.start for a, b in pairwise(found)), "nothing is asked for twice"
    assert all(first <= window.start < window.end <= newest + timedelta(seconds=1) for window in found)


@given(read=st.lists(windows, min_size=1, max_size=6), newest=seconds)
def test_only_the_overlap_is_read_again(read: list[Window], newest: datetime) -> None:
    """Cost follows the new data: of what was read before, a run asks for the last hour and no more."""
    last = max(window.end for window in read)
    for window in due(read, START, newest, OVERLAP):
        for moment in (window.start, window.end - timedelta(seconds=1)):
            assert moment >= last - OVERLAP or not covered(read, moment)


@given(window=windows)
def test_weeks_cut_a_window_at_mondays(window: Window) -> None:
    """Pieces are at most a week, begin on Mondays but for the first, and together are the window."""
    found = weeks(window)
    assert (found[0].start, found[-1].end) == (window.start, window.end)
    assert all(a.end == b.start and b.start.weekday() == 0 for a, b in pairwise(found))
    assert all(piece.end - piece.start <= timedelta(weeks=1) for piece in found)


@given(window=windows)
def test_a_window_is_known_by_its_name(window: Window) -> None:
    """The ledger keeps windows by name: one that could not be read back would be pulled for ever."""
    assert Window.parse(str(window)) == window
    assert Window.parse("everything") is None


@given(window=windows)
def test_halves_are_the_whole(window: Window) -> None:
    """Halving loses no second and always ends."""
    if window.seconds > 1:
        one, other = window.halves()
        assert (one.start, one.end, other.end) == (window.start, other.start, window.end)
        assert 0 < one.seconds < window.seconds


@given(asked=st.lists(st.tuples(windows, st.booleans()), max_size=8), moments=st.lists(seconds, max_size=20))
def test_a_second_is_open_until_it_is_read(asked: list[tuple[Window, bool]], moments: list[datetime]) -> None:
    """What the ledger is asked for by a person: the last time that a second was asked for tells."""
    found = still_open(asked)
    for moment in moments:
        told = [was_read for window, was_read in asked if window.start <= moment < window.end]
        assert covered(found, moment) == (bool(told) and not told[-1])

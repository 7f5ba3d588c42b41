"""Watch: whatever happens in the folder is marked, or everything is said to be lost; never neither."""

from __future__ import annotations

import errno
import os
import shutil
import threading
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import pytest
from watchdog.observers.inotify_c import InotifyConstants, InotifyEvent, InotifyFD, Mask, WatchDescriptor

from syncd.local import watch
from syncd.local.place import place
from syncd.local.root import Root
from syncd.local.watch import Watcher
from syncd.local.watching import Watching
from tests.local.folder import MARKER, Folder

PATIENCE = 10.0


class Listener:
    """Collects what the watcher says, and waits for it with a deadline."""

    def __init__(self) -> None:
        self.marked: set[str] = set()
        self.losses = 0
        self._told = threading.Condition()

    def mark(self, paths: Collection[str]) -> None:
        with self._told:
            self.marked.update(paths)
            self._told.notify_all()

    def lost(self) -> None:
        with self._told:
            self.losses += 1
            self._told.notify_all()

    def hears(self, condition: Callable[[], bool]) -> bool:
        with self._told:
            return self._told.wait_for(condition, PATIENCE)

    def hears_of(self, *paths: str) -> bool:
        return self.hears(lambda: set(paths) <= self.marked)


def state(watcher: Watcher) -> Watching:
    """A call, so that mypy does not take it for a constant."""
    return watcher.state


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def watcher(folder: Folder, listener: Listener) -> Iterator[Watcher]:
    made = Watcher(folder.root, listener.mark, listener.lost)
    yield made
    made.stop()
    assert state(made) is Watching.OFF


def test_creating_writing_and_removing_mark_the_file(folder: Folder, watcher: Watcher, listener: Listener) -> None:
    watcher.start()
    assert state(watcher) is Watching.INOTIFY
    folder.write("x.png", b"1")
    assert listener.hears_of("x.png")
    listener.marked.clear()
    folder.write("x.png", b"2")
    assert listener.hears_of("x.png")
    listener.marked.clear()
    (folder.path / "x.png").unlink()
    assert listener.hears_of("x.png")


def test_both_ends_of_a_move_are_marked(folder: Folder, watcher: Watcher, listener: Listener) -> None:
    folder.write("x", b"1")
    folder.write("d/y", b"1")
    watcher.start()
    (folder.path / "x").rename(folder.path / "d/z")
    (folder.path / "d").rename(folder.path / "e")
    assert listener.hears_of("x", "d/z", "d", "e")
    listener.marked.clear()
    folder.write("e/y", b"2")
    assert listener.hears_of("e/y")


def test_once_it_caught_up_all_that_happened_before_is_marked(
    folder: Folder, watcher: Watcher, listener: Listener
) -> None:
    watcher.start()
    for number in range(20):
        folder.write(f"{number}/x", b"1")
        (folder.path / f"{number}/x").rename(folder.path / f"y{number}")
        watcher.catch_up(PATIENCE)
        assert {f"{number}", f"y{number}"} <= listener.marked
    assert ".syncd" not in listener.marked
    assert listener.losses == 0


def test_what_may_not_be_marked_yet_is_lost(folder: Folder, listener: Listener) -> None:
    gate = threading.Event()

    def slow(paths: Collection[str]) -> None:
        gate.wait(PATIENCE)
        listener.mark(paths)

    late = Watcher(folder.root, slow, listener.lost)
    late.catch_up(PATIENCE)
    assert listener.losses == 1  # it does not even watch
    late.start()
    try:
        folder.write("x", b"1")
        late.catch_up(0.01)
        late.catch_up(PATIENCE)
        assert listener.losses == 3
        gate.set()
        assert late._echo.wait(PATIENCE)
        late.catch_up(PATIENCE)
        assert (listener.losses, listener.marked) == (3, {"x"})
    finally:
        gate.set()
        late.stop()


def test_what_comes_from_or_goes_outside_is_marked(
    folder: Folder, watcher: Watcher, listener: Listener, tmp_path: Path
) -> None:
    folder.write("x", b"1")
    (tmp_path / "outside/deep").mkdir(parents=True)
    watcher.start()
    (folder.path / "x").rename(tmp_path / "x")
    (tmp_path / "outside").rename(folder.path / "inside")
    assert listener.hears_of("x", "inside")
    folder.write("inside/deep/y", b"1")
    assert listener.hears_of("inside/deep/y")


def test_a_tree_that_is_made_at_once_is_marked(folder: Folder, watcher: Watcher, listener: Listener) -> None:
    """Files made before the watch of their directory are covered by the mark of the directory."""
    watcher.start()
    folder.write("a/b/c/x", b"1")
    assert listener.hears_of("a")
    shutil.rmtree(folder.path / "a")
    listener.marked.clear()
    folder.write("y", b"1")
    assert listener.hears_of("y")


def test_our_own_directory_is_not_watched(folder: Folder, watcher: Watcher, listener: Listener) -> None:
    watcher.start()
    place(folder.root, folder.receive(b"1"), "x", None)
    assert listener.hears_of("x")
    assert not [path for path in listener.marked if path.startswith(".syncd")]


def test_a_name_that_is_not_utf8_marks_its_directory(folder: Folder, watcher: Watcher, listener: Listener) -> None:
    (folder.path / "d").mkdir()
    watcher.start()
    (folder.path / "d" / os.fsdecode(b"caf\xe9")).touch()
    assert listener.hears_of("d")


def test_a_folder_behind_a_link_is_watched(folder: Folder, listener: Listener, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder.path)
    watcher = Watcher(Root(tmp_path / "link"), listener.mark, listener.lost)
    watcher.start()
    folder.write("x", b"1")
    assert listener.hears_of("x")
    watcher.stop()


def test_a_healthy_watcher_is_left_alone_by_its_check(watcher: Watcher, listener: Listener) -> None:
    watcher.start()
    before = watcher._observer
    watcher.check()
    assert watcher._observer is before
    assert listener.losses == 0


def overflow(watcher: Watcher) -> None:
    assert watcher._descriptor is not None
    event = InotifyEvent(WatchDescriptor(-1), Mask(InotifyConstants.IN_Q_OVERFLOW), 0, b"")
    watcher._descriptor.handle_event(event)


def test_an_overflow_means_look_at_everything_and_watches_anew(
    folder: Folder, watcher: Watcher, listener: Listener
) -> None:
    watcher.start()
    overflow(watcher)
    assert listener.losses == 1
    watcher.check()
    assert listener.losses == 2
    assert state(watcher) is Watching.INOTIFY
    watcher.check()
    assert listener.losses == 2
    folder.write("x", b"1")
    assert listener.hears_of("x")


def test_a_real_overflow_is_noticed(folder: Folder, watcher: Watcher, listener: Listener) -> None:
    limit = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text(encoding="ascii"))
    if limit > 50_000:
        pytest.skip("this system queues too many events")
    watcher.start()
    descriptor = watcher._descriptor
    assert descriptor is not None
    with descriptor._lock:  # watchdog's reader waits for it after its next read
        for _ in range(limit // 2 + 3000):
            (folder.path / "x").touch()
            (folder.path / "x").unlink()
    assert listener.hears(lambda: listener.losses > 0)
    assert descriptor.doubtful


def test_trees_that_come_and_go_break_nothing(folder: Folder, watcher: Watcher, listener: Listener) -> None:
    """A warning or an exception in one of watchdog's threads would fail this test."""
    watcher.start()
    for _ in range(50):
        (folder.path / "a/b/c").mkdir(parents=True)
        shutil.rmtree(folder.path / "a")
    folder.write("x", b"1")
    assert listener.hears(lambda: "x" in listener.marked or listener.losses > 0)
    watcher.check()
    assert state(watcher) is Watching.INOTIFY


def test_a_mistake_in_the_books_of_watchdog_means_watch_anew(
    folder: Folder, watcher: Watcher, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: InotifyFD, event: InotifyEvent) -> None:
        raise KeyError(event.wd)

    watcher.start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(InotifyFD, "handle_event", fail)
        (folder.path / "x").touch()
        assert listener.hears(lambda: listener.losses > 0)
    watcher.check()
    assert state(watcher) is Watching.INOTIFY
    folder.write("y", b"1")
    assert listener.hears_of("y")


@pytest.mark.parametrize("which", ["reader", "emitter", "dispatcher"])
def test_a_dead_thread_is_replaced(folder: Folder, watcher: Watcher, listener: Listener, which: str) -> None:
    watcher.start()
    observer, descriptor = watcher._observer, watcher._descriptor
    assert observer is not None
    assert descriptor is not None
    (emitter,) = observer.emitters
    thread = {"reader": descriptor, "emitter": emitter, "dispatcher": observer}[which]
    thread.stop()
    thread.join(PATIENCE)
    watcher.check()
    assert listener.losses == 1
    assert state(watcher) is Watching.INOTIFY
    folder.write("x", b"1")
    assert listener.hears_of("x")


def test_a_removed_folder_is_lost_and_watched_again_when_it_is_back(
    folder: Folder, watcher: Watcher, listener: Listener
) -> None:
    watcher.start()
    shutil.rmtree(folder.path)
    assert listener.hears(lambda: listener.losses > 0)
    watcher.check()
    assert state(watcher) is Watching.OFF
    losses = listener.losses
    watcher.check()
    assert listener.losses == losses
    folder.root.create(MARKER)
    watcher.check()
    assert listener.losses == losses + 1
    assert state(watcher) is Watching.INOTIFY
    folder.write("x", b"1")
    assert listener.hears_of("x")


def test_another_directory_at_the_path_is_noticed(folder: Folder, watcher: Watcher, listener: Listener) -> None:
    watcher.start()
    folder.path.rename(folder.path.parent / "away")
    folder.path.mkdir()
    watcher.check()
    assert listener.losses == 1
    (folder.path / "x").touch()
    assert listener.hears_of("x")


def test_a_missing_folder_is_not_watched(folder: Folder, watcher: Watcher, listener: Listener) -> None:
    shutil.rmtree(folder.path)
    watcher.start()
    assert state(watcher) is Watching.OFF


def exhausted(monkeypatch: pytest.MonkeyPatch, number: int, below: bytes) -> None:
    """The system refuses a watch for every directory whose path ends so."""
    real = InotifyFD.add_callback

    def add_callback(self: InotifyFD, path: bytes, *rest: object) -> object:
        if path.endswith(below):
            raise OSError(number, os.strerror(number))
        return real(self, path, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(InotifyFD, "add_callback", add_callback)


@pytest.mark.parametrize("below", [b"", b"d"])
def test_without_watches_the_daemon_is_told_to_poll(
    folder: Folder, watcher: Watcher, monkeypatch: pytest.MonkeyPatch, below: bytes
) -> None:
    """watchdog itself says nothing when only some directory could not be watched."""
    (folder.path / "d").mkdir()
    exhausted(monkeypatch, errno.ENOSPC, below)
    threads = threading.active_count()
    watcher.start()
    assert state(watcher) is Watching.POLLING
    assert threading.active_count() == threads


def test_watches_that_run_out_later_are_noticed_and_tried_again(
    folder: Folder, watcher: Watcher, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "RETRY_AFTER_CHECKS", 3)
    watcher.start()
    with pytest.MonkeyPatch.context() as patch:
        exhausted(patch, errno.ENOSPC, b"d")
        (folder.path / "d").mkdir()
        assert listener.hears(lambda: listener.losses > 0)
        assert state(watcher) is Watching.POLLING
        watcher.check()
        assert watcher._observer is None
    losses = listener.losses
    watcher.check()
    assert state(watcher) is Watching.POLLING
    assert listener.losses == losses
    watcher.check()
    assert state(watcher) is Watching.INOTIFY
    assert listener.losses == losses + 1


def test_without_inotify_instances_the_daemon_is_told_to_poll(
    watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> int:
        raise OSError(errno.EMFILE, "inotify instance limit reached")

    monkeypatch.setattr(InotifyFD, "_create_inotify_fd", staticmethod(fail))
    watcher.start()
    assert state(watcher) is Watching.POLLING

"""A toy model of a mirror, and an executor that never fails: what the planner's laws are proven on.

The executor is also the contract of what is agreed after each action. It refuses (by an AssertionError) every action
whose expectations do not hold, as the engine would.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from syncd.core import names
from syncd.core.actions import (
    Action,
    Adopt,
    AgreeFolder,
    Conflict,
    DeleteFile,
    DeleteItem,
    Download,
    Ending,
    FolderAction,
    Follow,
    Forget,
    ForgetFolder,
    ItemAction,
    MoveDirectory,
    MoveFile,
    MoveItem,
    RenameFolder,
    Replace,
    Retitle,
    UnmakeFolder,
    Upload,
)
from syncd.core.folders import FolderState, Ground, plan_folders
from syncd.core.guard import Brake
from syncd.core.model import (
    Abilities,
    Agreed,
    AgreedFolder,
    AtRoot,
    Direction,
    Fingerprint,
    Folder,
    Into,
    Item,
    Keep,
    LocalFile,
    Make,
    Target,
)
from syncd.core.plan import Deletions, Plan, plan
from syncd.core.state import Answer, Owner, RemoteItem, Seen, State, World

DEVICE = 7
LEAF = 1_000_000
ALL = Abilities(
    list=True,
    read=True,
    fetch=True,
    submit=True,
    replace=True,
    edit=True,
    move=True,
    delete=True,
    rename_folders=True,
    nested=True,
    moves_make_folders=False,
)
DRAFT = replace(ALL, nested=False, moves_make_folders=True)
LOOSE = Brake(100, 10_000)


def sha(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()


@dataclass
class Kept:
    """A file of the toy disk."""

    content: str
    inode: int
    born: int


@dataclass
class There:
    """An item of the toy remote. `wrapped`: it is in an automatic folder, which is looked through."""

    title: str
    folder: int | None
    content: str
    version: int = 1
    extension: str | None = "png"
    seen: Seen = Seen.LIVE
    told: bool = True
    fetched: bool = False
    held_back: bool = False
    alone: bool = False  # its folder is its own container (a named leaf of v1)


@dataclass
class Toy:
    """Both sides of a mirror and what they agreed; every content is a text."""

    direction: Direction = Direction.TWO_WAY
    keep: Keep = Keep.BOTH
    abilities: Abilities = ALL
    disk: dict[str, Kept] = field(default_factory=dict)
    directories: dict[str, int] = field(default_factory=dict)
    remote: dict[int, There] = field(default_factory=dict)
    folders: dict[int, tuple[str, int | None]] = field(default_factory=dict)
    agreed: dict[int, Agreed] = field(default_factory=dict)
    agreed_folders: dict[int, AgreedFolder] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    left_alone: set[str] = field(default_factory=set)
    answers: dict[str, Answer] = field(default_factory=dict)
    trash: set[str] = field(default_factory=set)
    brake: Brake = LOOSE
    first_meeting: bool = False
    blocked: set[str] = field(default_factory=set)
    restless: set[str] = field(default_factory=set)
    placing: dict[int, str] = field(default_factory=dict)
    unanswered: dict[int, str] = field(default_factory=dict)
    serial: int = 1000
    log: list[Action] = field(default_factory=list)

    # --- building

    def number(self) -> int:
        self.serial += 1
        return self.serial

    def make_directories(self, path: str) -> None:
        parts = path.split("/") if path else []
        for count in range(1, len(parts) + 1):
            above = "/".join(parts[:count])
            assert above not in self.disk, above
            if above not in self.directories:
                self.directories[above] = self.number()

    def write(self, path: str, content: str, *, anew: bool = True) -> None:
        """A person writes the file: in place, or as editors do, as a new one."""
        self.make_directories(names.parent_of(path))
        old = self.disk.get(path)
        self.disk[path] = Kept(content, old.inode, old.born) if old and not anew else self.fresh(content)

    def fresh(self, content: str) -> Kept:
        return Kept(content, self.number(), self.number())

    def rename(self, source: str, target: str) -> None:
        self.make_directories(names.parent_of(target))
        self.disk[target] = self.disk.pop(source)

    def rename_directory(self, source: str, target: str) -> None:
        assert target not in self.directories and target not in self.disk, target
        self.make_directories(names.parent_of(target))
        for path in [p for p in self.directories if names.within(p, source)]:
            self.directories[names.moved(path, source, target)] = self.directories.pop(path)
        for path in [p for p in self.disk if names.within(p, source)]:
            self.disk[names.moved(path, source, target)] = self.disk.pop(path)

    def edit_there(self, itemid: int, content: str) -> None:
        item = self.remote[itemid]
        item.content, item.version, item.fetched = content, item.version + 1, False

    def agree(
        self, itemid: int, path: str, content: str, *, title: str | None = None, folder: int | None = None
    ) -> None:
        """An item that both sides hold and agreed on."""
        stem, extension = names.split(names.name_of(path))
        title = names.title_of(stem) if title is None else title
        self.write(path, content)
        self.remote[itemid] = There(title, folder, content, extension=extension)
        self.record(self.item(itemid), folder, path)

    def folder(self, folder: int, path: str, *, title: str | None = None, parent: int | None = None) -> None:
        """A folder that both sides hold and agreed on."""
        title = names.title_of(names.name_of(path)) if title is None else title
        self.make_directories(path)
        self.folders[folder] = title, parent
        self.agreed_folders[folder] = AgreedFolder(folder, path, title, parent, self.directories[path], DEVICE)

    # --- what is seen

    def item(self, itemid: int) -> Item:
        there = self.remote[itemid]
        container = LEAF + itemid if self.abilities.nested and not there.alone else there.folder
        return Item(itemid, there.title, container, f"v{there.version}", there.extension, len(there.content))

    def local(self, path: str) -> LocalFile:
        kept = self.disk[path]
        fingerprint = Fingerprint(len(kept.content), 0, 0, kept.inode, DEVICE)
        return LocalFile(path, fingerprint, sha(kept.content), kept.born)

    def remote_item(self, itemid: int) -> RemoteItem | None:
        there = self.remote.get(itemid)
        if there is None or not there.told:
            return None
        known = sha(there.content) if there.fetched else None
        return RemoteItem(self.item(itemid), there.folder, there.seen, known, there.held_back)

    def is_hidden(self, path: str) -> bool:
        return path in self.hidden

    def ignored(self, path: str) -> bool:
        return any(part.endswith(".tmp") for part in path.split("/"))

    def states(self) -> list[State]:
        found = []
        for itemid in sorted({*self.agreed, *self.remote}):
            agreed, local, hidden = self.agreed.get(itemid), None, False
            if agreed:
                hidden = self.is_hidden(agreed.path)
                local = self.local(agreed.path) if agreed.path in self.disk and not hidden else None
            remote = self.remote_item(itemid)
            if agreed or remote:
                found.append(State(agreed, local, remote, hidden=hidden))
        taken = {agreed.path for agreed in self.agreed.values()}
        found += [
            State(local=self.local(path), hidden=self.is_hidden(path))
            for path in sorted(self.disk)
            if path not in taken
        ]
        return [s for s in found if s.agreed or s.remote or (s.local and not self.ignored(s.local.path))]

    def owner(self, path: str) -> Owner | None:
        key = names.path_key(path)
        if path in self.directories:
            return Owner(None, None)
        for other in sorted(self.disk, key=lambda other: other != path):
            if names.path_key(other) == key:
                ours = [a.id for a in self.agreed.values() if a.path == other and not a.superseded]
                return Owner(ours[0], None) if ours else Owner(None, self.local(other))
        if any(names.path_key(directory) == key for directory in self.directories):
            return Owner(None, None)
        return next((Owner(a.id, None) for a in self.agreed.values() if names.path_key(a.path) == key), None)

    def folder_at(self, path: str) -> AgreedFolder | None:
        return next((f for f in self.agreed_folders.values() if f.path == path and f.id in self.folders), None)

    def world(self) -> World:
        return World(
            self.direction,
            self.keep,
            self.abilities,
            folder=self.agreed_folders.get,
            folder_at=self.folder_at,
            owner=self.owner,
            bytes_at=lambda path: sha(self.disk[path].content) if path in self.disk else None,
            ignored=self.ignored,
            left_alone=lambda path: any(names.within(path, alone) for alone in self.left_alone),
            blocked=lambda file: file.path in self.blocked,
            restless=lambda path: path in self.restless,
            placing=self.placing.get,
            unanswered=self.unanswered.get,
            answers=self.answers,
            first_meeting=self.first_meeting,
        )

    def plan(self, states: Sequence[State] | None = None) -> Plan:
        now = sum(not a.released and not a.superseded for a in self.agreed.values())
        return plan(self.states() if states is None else states, self.world(), Deletions(self.brake, 0, 0, now, now))

    def occupied(self, path: str) -> bool:
        key = names.path_key(path)
        equal = [d for d in self.directories if names.path_key(d) == key and d != path]
        return bool(equal) or any(names.path_key(p) == key for p in self.disk)

    def user_parent(self, folder: int | None) -> int | None:
        return folder

    def folder_states(self) -> list[FolderState]:
        where = {inode: path for path, inode in self.directories.items()}
        found, others = [], list(self.agreed_folders.values())
        for folder in sorted({*self.folders, *self.agreed_folders}):
            agreed = self.agreed_folders.get(folder)
            remote = Folder(folder, *self.folders[folder]) if folder in self.folders else None
            directory = None
            if agreed:
                directory = where.get(agreed.inode)
                if any(f.path == directory and f.inode == agreed.inode and f != agreed for f in others):
                    directory = None
                directory = directory or (agreed.path if agreed.path in self.directories else None)
            busy = any(a.folder == folder for a in self.agreed.values())
            found.append(FolderState(agreed, remote, directory, busy, agreed is None or self.whole(agreed)))
        return found

    def whole(self, agreed: AgreedFolder) -> bool:
        below = [f for f in self.agreed_folders.values() if f.id != agreed.id and names.within(f.path, agreed.path)]
        return all(self.is_below(f.id, agreed.id) for f in below)

    def is_below(self, folder: int | None, above: int) -> bool:
        seen: set[int] = set()
        while folder is not None and folder in self.folders and folder not in seen:
            if folder == above:
                return True
            seen.add(folder)
            folder = self.folders[folder][1]
        return False

    def ground(self) -> Ground:
        return Ground(
            self.direction,
            self.abilities,
            self.agreed_folders.get,
            self.folder_at,
            self.occupied,
            lambda path: path in self.directories and path not in self.left_alone,
            self.disk.__contains__,
            self.ignored,
            lambda path: any(names.within(path, alone) for alone in self.left_alone),
        )

    def plan_folders(self, states: Sequence[FolderState] | None = None) -> list[FolderAction]:
        return plan_folders(self.folder_states() if states is None else states, self.ground())

    # --- carrying out

    def record(self, item: Item, folder: int | None, path: str, **fields: bool) -> None:
        kept = self.disk[path]
        self.agreed[item.id] = Agreed(
            item.id,
            path,
            item.title,
            folder,
            item.extension,
            item.version,
            sha(kept.content),
            len(kept.content),
            kept.inode,
            DEVICE,
            kept.born,
            **fields,
        )

    def expect(self, file: LocalFile | None, path: str) -> None:
        if file is None:
            assert not any(names.path_key(p) == names.path_key(path) for p in [*self.disk, *self.directories]), path
        else:
            assert self.local(file.path) == file

    def place(self, path: str, kept: Kept) -> None:
        assert names.within(path, "") and all(0 < len(part.encode()) <= 255 for part in path.split("/")), path
        self.make_directories(names.parent_of(path))
        self.disk[path] = kept

    def run(self, action: Action) -> None:
        self.log.append(action)
        getattr(self, f"do_{type(action).__name__.lower()}")(action)

    def do_download(self, action: Download) -> None:
        there = self.remote[action.item.id]
        assert self.item(action.item.id) == action.item
        if there.extension is None:
            there.extension = "png"
        there.fetched = True
        if action.path is None:
            return
        self.expect(action.expected, action.path)
        old = self.disk.get(action.path)
        if action.agreed and action.expected and action.expected.sha256 == sha(there.content):
            agreed = self.agreed[action.item.id]
            self.agreed[agreed.id] = replace(agreed, version=action.item.version)
            return
        if old is None or old.content != there.content:
            if old:
                self.trash.add(old.content)
            self.place(action.path, self.fresh(there.content))
        self.record(self.item(action.item.id), action.folder, action.path)

    def target(self, target: Target) -> int | None:
        match target:
            case Into():
                assert target.folder in self.folders
                return target.folder
            case AtRoot():
                return None
            case Make():
                for known, pair in self.folders.items():
                    if pair == (target.title, target.parent):
                        return known  # the server makes a folder, or gets the one of that name
                folder = self.number()
                self.folders[folder] = target.title, target.parent
                return folder

    def agree_made(self, target: Target, folder: int | None, path: str) -> None:
        if isinstance(target, Make) and folder is not None and folder not in self.agreed_folders:
            directory = names.parent_of(path)
            inode = self.directories[directory]
            self.agreed_folders[folder] = AgreedFolder(folder, directory, target.title, target.parent, inode, DEVICE)

    def do_upload(self, action: Upload) -> None:
        self.expect(action.file, action.file.path)
        folder = self.target(action.target)
        itemid = self.number()
        content = self.disk[action.file.path].content
        extension = names.split(names.name_of(action.file.path))[1].lower()
        self.remote[itemid] = There(action.title, folder, content, extension=extension, told=self.serial % 2 == 0)
        self.record(self.item(itemid), folder, action.file.path)
        self.agree_made(action.target, folder, action.file.path)
        if action.supersedes:
            old = self.agreed[action.supersedes.id]
            self.agreed[old.id] = replace(old, superseded=True)

    def do_replace(self, action: Replace) -> None:
        self.expect(action.file, action.file.path)
        there = self.remote[action.item.id]
        if action.save_theirs:
            self.trash.add(there.content)
        else:
            assert action.agreed and sha(there.content) == action.agreed.sha256
        self.edit_there(action.item.id, self.disk[action.file.path].content)
        self.record(self.item(action.item.id), action.folder, action.file.path)

    def do_retitle(self, action: Retitle) -> None:
        self.remote[action.item.id].title = action.title
        agreed = self.following(replace(action.agreed, title=action.title), action.file)
        self.agreed[agreed.id] = replace(agreed, path=action.path)

    def do_moveitem(self, action: MoveItem) -> None:
        folder = self.target(action.target)
        self.remote[action.item.id].folder = folder
        agreed = self.following(replace(action.agreed, folder=folder), action.file)
        self.agreed[agreed.id] = replace(agreed, path=action.path)
        self.agree_made(action.target, folder, action.file.path)

    def following(self, agreed: Agreed, file: LocalFile) -> Agreed:
        self.expect(file, file.path)
        mark = file.fingerprint
        return replace(agreed, path=file.path, inode=mark.inode, device=mark.device, born_ns=file.born_ns)

    def do_movefile(self, action: MoveFile) -> None:
        self.expect(action.file, action.file.path)
        kept = self.disk.pop(action.file.path)
        self.expect(None, action.path)
        self.place(action.path, kept)
        agreed = self.following(action.agreed, self.local(action.path))
        if action.final:
            item = action.item
            extension = item.extension if item.extension is not None else agreed.extension
            agreed = replace(agreed, title=item.title, folder=action.folder, extension=extension)
        self.agreed[agreed.id] = agreed

    def do_deleteitem(self, action: DeleteItem) -> None:
        there = self.remote[action.item.id]
        assert sha(there.content) == action.agreed.sha256
        self.trash.add(there.content)
        there.seen = Seen.DELETED
        del self.agreed[action.agreed.id]

    def do_deletefile(self, action: DeleteFile) -> None:
        self.expect(action.file, action.file.path)
        there = self.remote[action.agreed.id]
        if there.seen is Seen.UNSURE:
            there.seen = Seen.DELETED  # looked up
        self.trash.add(self.disk.pop(action.file.path).content)
        del self.agreed[action.agreed.id]

    def do_adopt(self, action: Adopt) -> None:
        self.expect(action.file, action.file.path)
        assert sha(self.remote[action.item.id].content) == action.file.sha256
        self.record(action.item, action.folder, action.file.path)

    def do_follow(self, action: Follow) -> None:
        said = replace(action.agreed, title=action.title, folder=action.folder)
        self.agreed[action.agreed.id] = self.following(said, action.file)

    def do_forget(self, action: Forget) -> None:
        if action.ending is Ending.PUBLISHED:
            self.agreed[action.agreed.id] = replace(action.agreed, released=True)
        else:
            del self.agreed[action.agreed.id]

    def do_conflict(self, action: Conflict) -> None:
        self.expect(action.file, action.file.path)
        kept = self.disk.pop(action.file.path)
        if action.copy is None:
            self.trash.add(kept.content)
        elif action.copy not in self.disk or self.disk[action.copy].content != kept.content:
            self.expect(None, action.copy)
            self.place(action.copy, kept)
        self.place(action.file.path, self.fresh(self.remote[action.item.id].content))
        self.record(action.item, action.folder, action.file.path)

    def do_agreefolder(self, action: AgreeFolder) -> None:
        if action.make:
            self.make_directories(action.path)
        inode = self.directories.get(action.path)
        made = inode is not None
        folder = action.folder
        self.agreed_folders[folder.id] = AgreedFolder(
            folder.id, action.path, folder.title, folder.parent, inode or 0, DEVICE, made
        )

    def do_renamefolder(self, action: RenameFolder) -> None:
        others = {pair for folder, pair in self.folders.items() if folder != action.agreed.id}
        assert (action.title, action.parent) not in others, "each stack must have a unique name"
        self.folders[action.agreed.id] = action.title, action.parent
        agreed = self.agreed_folders[action.agreed.id]
        self.agreed_folders[agreed.id] = replace(agreed, path=action.path, title=action.title, parent=action.parent)

    def do_movedirectory(self, action: MoveDirectory) -> None:
        self.rename_directory(action.source, action.path)
        for folder in list(self.agreed_folders.values()):
            if names.within(folder.path, action.agreed.path) and folder.path in {
                names.moved(p, action.path, action.agreed.path)
                for p in self.directories
                if names.within(p, action.path)
            }:
                path = names.moved(folder.path, action.agreed.path, action.path)
                self.agreed_folders[folder.id] = replace(folder, path=path)
        agreed, folder_now = self.agreed_folders[action.agreed.id], action.folder
        self.agreed_folders[agreed.id] = replace(
            agreed, path=action.path, title=folder_now.title, parent=folder_now.parent
        )

    def do_forgetfolder(self, action: ForgetFolder) -> None:
        del self.agreed_folders[action.agreed.id]
        path = action.agreed.path
        empty = not any(p != path and names.within(p, path) for p in [*self.disk, *self.directories])
        if empty and self.direction is not Direction.PUSH:
            self.directories.pop(path, None)

    def do_unmakefolder(self, action: UnmakeFolder) -> None:
        agreed = self.agreed_folders[action.agreed.id]
        self.agreed_folders[agreed.id] = replace(agreed, made=False, inode=0)

    # --- whole cycles

    def cycle(self, known: Plan | None = None) -> tuple[int, Plan]:
        """One cycle; how many actions it had, and its plan: `known`, if that was made of this very world, and no folder
        has changed since."""
        folder_actions: list[FolderAction] = []
        while now := self.plan_folders():
            folder_actions += now
            assert len(folder_actions) < 100, folder_actions[-4:]
            for folder_action in now:
                self.run(folder_action)
        planned = known if known is not None and not folder_actions else self.plan()
        for action in planned.actions:
            self.run(action)
        untold = [there for there in self.remote.values() if not there.told]
        for there in untold:
            there.told = True
        return len(folder_actions) + len(planned.actions) + len(untold), planned

    def settle(self, rounds: int = 10) -> Plan:
        """Cycles until nothing is left to do."""
        for _ in range(rounds):
            count, planned = self.cycle()
            if not count:
                return planned
        raise AssertionError(f"not settled after {rounds} cycles: {self.log[-6:]}")

    def contents(self) -> set[str]:
        live = {there.content for there in self.remote.values() if there.seen in {Seen.LIVE, Seen.PUBLISHED}}
        return live | {kept.content for kept in self.disk.values()} | self.trash


def subject_of(action: ItemAction) -> int | str:
    """Which item an action is about, or which new file."""
    match action:
        case Upload():
            return action.supersedes.id if action.supersedes else action.file.path
        case Download() | Replace() | Retitle() | MoveItem() | MoveFile() | DeleteItem() | Adopt() | Conflict():
            return action.item.id
        case DeleteFile() | Follow() | Forget():
            return action.agreed.id

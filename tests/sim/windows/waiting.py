"""Situations of what an earlier cycle left behind: refused, broken off, sent without an answer, held, or just done.

See `script.py` for how to read a line.
"""

from __future__ import annotations

from tests.sim.windows.script import read

_REFUSED = """new here, refused | n.txt | refused; quiet
refused, moved | E/n.txt | write D/n.txt v4; quiet; cycle remote.create#1 forbidden; wait 4000; rename D E; quiet
new here, refused, then edited | n.txt | refused; write n.txt v5; quiet
edited here, refused | x.txt | write x.txt v4; quiet; cycle remote.submit#1 no-space-there; wait 4000
renamed here, refused | r.txt | rename x.txt r.txt; quiet; cycle remote.submit#1 forbidden; wait 4000
deleted here, refused | x.txt | delete x.txt; noticed; cycle remote.delete#1 forbidden; wait 4000
directory renamed here, refused | E/y.txt | rename D E; quiet; cycle remote.update#1 forbidden; wait 4000
replaced there, broken off | x.txt | broken off
replaced there, broken off, edited here | x.txt | broken off; write x.txt v5; quiet
replaced there, broken off, renamed here | r.txt | broken off; rename x.txt r.txt; quiet
replaced there, broken off, deleted here | x.txt | broken off; delete x.txt; noticed
broken off, directory renamed | E/y.txt | there.replace v2 v4; cycle remote.original#1 answer-lost; rename D E; quiet
new there, broken off, retitled there | n.txt r.txt | new broken off; there.retitle v4 r
new there, broken off, new here | n.txt | new broken off; write n.txt v5; quiet
"""
_UNANSWERED = """in limbo, edited here | n.txt | in limbo; write n.txt v5; quiet
in limbo, renamed here | m.txt | in limbo; rename n.txt m.txt; quiet
in limbo, deleted here | n.txt | in limbo; delete n.txt; noticed
in limbo, an equal one submitted there | n.txt | in limbo; there.submit v4 n.txt; quiet
in limbo, retitled there | n.txt r.txt | in limbo; there.retitle v4 r; quiet
in limbo, deleted there | n.txt | in limbo; there.delete v4; quiet
in limbo, copied here | n.txt m.txt | in limbo; copy n.txt m.txt; quiet
submitted, on its way | n.txt | write n.txt v4; quiet; cycle remote.create#1 late; quiet; cycle; arrive
arrived twice | n.txt | write n.txt v4; quiet; cycle remote.create#1 delivered-twice; quiet
edited, the answer lost, edited again | x.txt | edit lost; write x.txt v5; quiet
edited, the answer lost, replaced there | x.txt | edit lost; there.replace v4 v5
edited, the answer lost, deleted there | x.txt | edit lost; there.delete v4
edited, the answer lost, deleted here | x.txt | edit lost; delete x.txt; noticed
renamed, the answer lost, renamed again | s.txt | rename lost; rename r.txt s.txt; quiet
renamed, the answer lost, retitled there | r.txt s.txt | rename lost; there.retitle v1 s
moved here, the answer lost | D/x.txt | move lost; quiet
moved here, the answer lost, moved back | x.txt | move lost; rename D/x.txt x.txt; quiet
deleted here, the answer lost | x.txt | deletion lost; quiet
deleted here, the answer lost, made anew | x.txt | deletion lost; write x.txt v5; quiet
directory renamed here, the answer lost | E/y.txt | folder lost; quiet
directory renamed here, the answer lost, renamed again | F/y.txt | folder lost; rename E F; quiet
moved to a new one, answer lost | E/x.txt | rename x.txt E/x.txt; quiet; cycle remote.create#1 answer-lost; quiet
replaced there while it is submitted | n.txt | write n.txt v4; quiet; cycle remote.create.answered#1 there.replace v4 v5
"""
_HELD = """deleted here and held, replaced there | x.txt | deleted here; there.replace v1 v4 | brake
deleted here and held, retitled there | x.txt r.txt | deleted here; there.retitle v1 r | brake
deleted here and held, made anew | x.txt | deleted here; write x.txt v4; quiet | brake
deleted here and held, another renamed to it | x.txt | deleted here; rename D/z.txt x.txt; quiet | brake
deleted here and held, folder renamed there | H/y.txt | deleted here; there.rename-folder D H | brake
deleted here and held, directory renamed here | E/z.txt | deleted here; rename D E; quiet | brake
deleted here, held, confirmed, replaced there | x.txt | deleted here; answer confirm; there.replace v1 v4 | brake
deleted here, held, rejected, deleted there | x.txt | deleted here; answer reject; there.delete v1 | brake
deleted here, held, rejected, made anew | x.txt | deleted here; answer reject; write x.txt v4; quiet | brake
deleted there and held, edited here | x.txt | deleted there; write x.txt v4; quiet | brake
deleted there and held, renamed here | r.txt | deleted there; rename x.txt r.txt; quiet | brake
deleted there and held, deleted here | x.txt | deleted there; delete x.txt; noticed | brake
deleted there and held, submitted anew there | x.txt | deleted there; there.submit v1 x.txt | brake
deleted there and held, directory renamed here | E/y.txt | deleted there; rename D E; quiet | brake
deleted there, held, confirmed, edited here | x.txt | deleted there; answer confirm; write x.txt v4; quiet | brake
deleted there, held, rejected, edited here | x.txt | deleted there; answer reject; write x.txt v4; quiet | brake
deleted there, held, rejected, renamed here | r.txt | deleted there; answer reject; rename x.txt r.txt; quiet | brake
emptied here and held | x.txt | emptied
emptied here, held, replaced there | x.txt | emptied; there.replace v1 v4
emptied here, held, confirmed | x.txt | emptied; answer confirm
emptied here, held, rejected | x.txt | emptied; answer reject
emptied here, held, confirmed, renamed | r.txt | emptied; answer confirm; rename x.txt r.txt; quiet
"""
_JUST_DONE = """just sent, replaced there | n.txt | write n.txt v4; quiet; cycle; there.replace v4 v5
just sent, edited here | n.txt | write n.txt v4; quiet; cycle; write n.txt v5; quiet
just sent, deleted here | n.txt | write n.txt v4; quiet; cycle; delete n.txt; noticed
just sent, deleted there | n.txt | write n.txt v4; quiet; cycle; there.delete v4
just sent, published there | n.txt | write n.txt v4; quiet; cycle; there.publish v4
just sent, moved there | n.txt D/n.txt | write n.txt v4; quiet; cycle; there.move v4 D
just sent anew, replaced there | x.txt | write x.txt v4; quiet; cycle; there.replace v4 v5
just sent anew, the old version back there | x.txt | write x.txt v4; quiet; cycle; there.replace v4 v1
just sent anew, undone here | x.txt | write x.txt v4; quiet; cycle; undo; quiet
just fetched, undone here | x.txt | there.replace v1 v4; cycle; write x.txt v1; quiet
just fetched, undone there | x.txt | there.replace v1 v4; cycle; there.undo
just renamed, renamed back | x.txt | rename x.txt r.txt; quiet; cycle; rename r.txt x.txt; quiet
just renamed, retitled there | r.txt s.txt | rename x.txt r.txt; quiet; cycle; there.retitle v1 s
just published, edited here | x.txt | there.publish v1; cycle; write x.txt v4; quiet
just published, renamed here | r.txt | there.publish v1; cycle; rename x.txt r.txt; quiet
just published, deleted here | x.txt | there.publish v1; cycle; delete x.txt; noticed
"""
WAITING = read(_REFUSED + _UNANSWERED + _HELD + _JUST_DONE)

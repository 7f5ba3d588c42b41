"""Situations that are seldom: names that meet, folders that go or are doubled, conflicts that go on, other files.

See `script.py` for how to read a line.
"""

from __future__ import annotations

from tests.sim.windows.script import read

_NAMES = """retitled there, another case | x.txt X.txt | there.retitle v1 X
retitled there to a name that is taken | D/y.txt D/z.txt | there.retitle v2 z
retitled there to the name of a new file | x.txt r.txt | write r.txt v4; quiet; there.retitle v1 r
moved there to the name of a new file | x.txt D/x.txt | write D/x.txt v4; quiet; there.move v1 D
renamed here to the name of a new item | r.txt x.txt | rename x.txt r.txt; quiet; there.submit v4 r.txt
swapped here and there | D/y.txt D/z.txt | swap D/y.txt D/z.txt; quiet; there.retitle v2 z; there.retitle v3 y
swapped here, one replaced there | D/y.txt D/z.txt | swap D/y.txt D/z.txt; quiet; there.replace v2 v4
swapped here, one deleted there | D/y.txt D/z.txt | swap D/y.txt D/z.txt; quiet; there.delete v2
rotated here | D/y.txt D/z.txt | rotated; quiet
rotated here, one edited | D/y.txt x.txt | rotated; write x.txt v4; quiet
deleted here, another renamed to it | x.txt | delete x.txt; noticed; rename D/y.txt x.txt; quiet
deleted there, another renamed to it here | x.txt | there.delete v1; rename D/y.txt x.txt; quiet
deleted there, another retitled to it | x.txt D/y.txt | there.delete v1; there.move v2; there.retitle v2 x
made anew here | x.txt | recreate x.txt v4; quiet
made anew here, the same bytes | x.txt | recreate x.txt v1; quiet
made anew here under another name | r.txt | write r.txt v1; delete x.txt; noticed
made anew here under another name, replaced there | r.txt | write r.txt v1; delete x.txt; noticed; there.replace v1 v4
copied and edited here | x.txt n.txt | copy x.txt n.txt; write x.txt v4; quiet
copied here, the first deleted | n.txt | copy x.txt n.txt; delete x.txt; noticed
two bytes alike, one deleted here | n.txt | copy x.txt n.txt; quiet; cycle; delete x.txt; noticed
two bytes alike, one renamed over the other | n.txt | copy x.txt n.txt; quiet; cycle; rename x.txt n.txt; noticed
an old time of change | x.txt | backdate x.txt v4; quiet
"""
_FOLDERS = """a second folder of one title | D/y.txt D/n.txt | doubled
two folders of one title, one renamed here | E/y.txt | doubled; cycle; rename D E; quiet
two folders of one title, one dropped | D/y.txt | doubled; cycle; there.drop-folder D
moved here, its folder dropped there | D/x.txt | rename x.txt D/x.txt; quiet; there.drop-folder D
new here, its folder dropped there | D/n.txt | write D/n.txt v4; quiet; there.drop-folder D
new here, its folder renamed there | D/n.txt H/n.txt | write D/n.txt v4; quiet; there.rename-folder D H
directory renamed here, its folder dropped there | E/y.txt | rename D E; quiet; there.drop-folder D
directory renamed here, an item moved into it there | x.txt E/x.txt | rename D E; quiet; there.move v1 D
directory renamed here, an item submitted there | E/n.txt | rename D E; quiet; there.submit v4 n.txt D
directory renamed here, a file deleted in it | E/y.txt E/z.txt | rename D E; delete E/y.txt; noticed
directory renamed here, a file edited in it | E/y.txt | rename D E; save E/y.txt v4; quiet
directory renamed here, a file moved out | E/z.txt y.txt | rename D E; rename E/y.txt y.txt; quiet
directory renamed here and made anew | E/y.txt D/n.txt | rename D E; write D/n.txt v4; quiet
directory deleted here, an item submitted there | D/n.txt | delete D; noticed; there.submit v4 n.txt D
directory deleted here, an item moved into it there | x.txt D/x.txt | delete D; noticed; there.move v1 D
directory deleted here, its folder renamed there | D/y.txt H/y.txt | delete D; noticed; there.rename-folder D H
directory deleted here, an item replaced there | D/y.txt | delete D; noticed; there.replace v2 v4
folder dropped there, a file edited here | D/y.txt | there.drop-folder D; write D/y.txt v4; quiet
folder dropped there, an ignored file in it | D/y.txt | write D/i.tmp v4; quiet; there.drop-folder D
directories merged | E/y.txt | write E/n.txt v4; settled; rename D/y.txt E/y.txt; rename D/z.txt E/z.txt; quiet
nested directory deleted here | D/F/n.txt | nested; delete D/F; noticed
nested folder renamed, the outer renamed here | E/F/n.txt E/H/n.txt | nested; rename D E; quiet; there.rename-folder F H
folder moved into another there | E/n.txt D/E/n.txt | there.submit v4 n.txt E; cycle; there.move-folder E D
a lone item's folder gains another | x.txt | there.move v2; there.move v3; there.retitle v2 x
"""
_CONFLICTS = """conflict, its copy renamed | x.txt k2.txt | conflict known; rename $copy k2.txt; quiet
conflict, its copy deleted here | x.txt $copy | conflict known; delete $copy; noticed
conflict, its copy deleted there | x.txt $copy | conflict known; there.delete v5
conflict, its item deleted there | x.txt $copy | conflict known; there.delete v4
conflict, its file renamed here | r.txt $copy | conflict known; rename x.txt r.txt; quiet
conflict, its item retitled there | x.txt r.txt $copy | conflict known; there.retitle v4 r
conflict, its files swapped here | x.txt $copy | conflict known; swap x.txt $copy; quiet
conflict, its copy renamed over its file | x.txt | conflict known; rename $copy x.txt; noticed
conflict, directory renamed | E/y.txt | write D/y.txt v5; quiet; there.replace v2 v4; cycle; rename D E; quiet
conflict resolved at once, local | x.txt $copy | conflict; cycle; resolve local; quiet
conflict resolved at once, remote | x.txt $copy | conflict; cycle; resolve remote; quiet
conflict resolved, local, replaced there | x.txt $copy | conflict known; resolve local; there.replace v4 v6
conflict resolved, remote, replaced there | x.txt $copy | conflict known; resolve remote; there.replace v4 v6
conflict resolved, local, its copy edited | x.txt $copy | conflict known; resolve local; write $copy v6; quiet
conflict resolved, remote, its copy edited | x.txt $copy | conflict known; resolve remote; write $copy v6; quiet
conflict resolved, local, its file edited | x.txt $copy | conflict known; resolve local; write x.txt v6; quiet
conflict resolved, remote, its file edited | x.txt $copy | conflict known; resolve remote; write x.txt v6; quiet
conflict resolved, local, its file renamed | r.txt $copy | conflict known; resolve local; rename x.txt r.txt; quiet
conflict resolved, remote, its file renamed | r.txt $copy | conflict known; resolve remote; rename x.txt r.txt; quiet
out of the trash, place taken | x.txt | there.delete v1; noticed; cycle; write x.txt v4; quiet; cycle; restore; quiet
"""
_KINDS = """hard-linked here | x.txt n.txt | hardlink x.txt n.txt; quiet
hard-linked here, then edited | x.txt n.txt | hardlink x.txt n.txt; quiet; cycle; write x.txt v4; quiet
hard-linked here, replaced there | x.txt n.txt | hardlink x.txt n.txt; quiet; cycle; there.replace v1 v4
hard-linked here, the first deleted | n.txt | hardlink x.txt n.txt; quiet; cycle; delete x.txt; noticed
renamed to what is ignored | x.txt x.tmp | rename x.txt x.tmp; noticed
renamed to what is ignored and back | x.txt | rename x.txt x.tmp; noticed; rename x.tmp x.txt; quiet
became a link here | x.txt | turn x.txt link; noticed
became a link here, replaced there | x.txt | turn x.txt link; noticed; there.replace v1 v4
directory became a link here | D | turn D link; noticed
a text, retitled there | t.html r.html | there.submit h4 t.html; cycle; there.retitle h4 r
a text, edited here | t.html | there.submit h4 t.html; cycle; write t.html v5; quiet
a picture, replaced there | c.png | a picture; there.replace p4 p5
a picture, edited here | c.png | a picture; write c.png p5; quiet
a picture, edited here, replaced there | c.png | a picture; write c.png p5; quiet; there.replace p4 p6
"""
_LISTINGS = """all told anew after changes | x.txt D/y.txt | changed | reset
the cursor refused after changes | x.txt D/y.txt | changed; cycle remote.delta#1 cursor-refused
told in pages after changes | x.txt D/y.txt | changed; four more | pages
told in pages that move | x.txt D/y.txt | changed; four more | pages that move
left out of a listing | x.txt D/y.txt | there.replace v1 v4; cycle remote.delta#1 skipped
the folder gone and back | x.txt | unmount; cycle; there.replace v1 v4; mount
an empty folder, and the right one back | x.txt | unmount True; cycle; there.replace v1 v4; mount
edited and renamed while it was stopped | r.txt | restart; write x.txt v4; rename x.txt r.txt; quiet
swapped while it was stopped | D/y.txt x.txt | restart; swap D/y.txt x.txt; quiet
yesterday's database after a deletion here | x.txt | save-database; delete x.txt; noticed; cycle; restore-database
yesterday's database after a deletion there | x.txt | save-database; there.delete v1; noticed; cycle; restore-database
yesterday after names | r.txt E/y.txt | save-database; rename x.txt r.txt; rename D E; settled; restore-database
yesterday's database after a submission | n.txt | save-database; write n.txt v4; quiet; noticed; restore-database
yesterday's database after a conflict | x.txt $copy | save-database; conflict known; restore-database
database lost after a deletion here | x.txt | delete x.txt; noticed; lose-database
"""
UNUSUAL = read(_NAMES + _FOLDERS + _CONFLICTS + _KINDS + _LISTINGS)

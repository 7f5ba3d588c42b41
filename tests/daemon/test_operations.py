"""Operations on a mirror without a daemon: their documents and exit codes are interface.md's."""

from __future__ import annotations

import json

from tests.daemon.home import Home


def test_a_sync_tells_what_it_did_and_exits_0(at_home: Home) -> None:
    at_home.write("Fox.txt", b"the fox")
    answer = at_home.ask("sync")
    print(json.dumps(answer.document, indent=1))
    assert answer.exit_code == 0
    document = answer.document
    assert document["settled"] is True
    assert document["counts"] == {"upload": 1}
    assert document["bytes"] == {"up": 7, "down": 0}
    assert at_home.titles() == ["Fox"]

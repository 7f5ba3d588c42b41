"""The configuration: what is read from where, and that every mistake is named, all in one go."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from pydantic import SecretStr

from syncd.config import ConfigError, DaemonSettings, Dialect, Settings, load
from syncd.config.sections import MirrorSection
from syncd.core.errors import Misconfigured
from syncd.core.model import Direction, Keep

EXAMPLE = Path(__file__).parent.parent / "config.example.toml"
Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to_file(text: str) -> Path:
        file = tmp_path / "config.toml"
        file.write_text(text, encoding="utf-8")
        return file

    return to_file


def read(file: Path | None, environ: Mapping[str, str] | None = None) -> Settings:
    places = {"SYNCD_STATE_DIR": "/nowhere/state", "SYNCD_RUNTIME_DIR": "/nowhere/run"}
    return load(file, places | dict(environ or {}), kinds=["stash"])


def mistakes(file: Path | None, environ: Mapping[str, str] | None = None) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        read(file, environ)
    return caught.value.mistakes


# -- the example ------------------------------------------------------------------------------------------------------


def test_the_example_names_every_key_with_its_default() -> None:
    example = tomllib.loads(EXAMPLE.read_text())
    assert set(example) == {"daemon", "mirror"}
    assert set(example["daemon"]) == set(DaemonSettings.model_fields)
    assert set(example["mirror"]["stash"]) == set(MirrorSection.model_fields)
    settings = read(EXAMPLE)
    assert settings.daemon == DaemonSettings()
    (mirror,) = settings.mirrors
    assert mirror.name == "stash"
    assert {key: getattr(mirror, key) for key in MirrorSection.model_fields} == dict(MirrorSection())


def test_the_example_explains_every_key() -> None:
    lines = [line for line in EXAMPLE.read_text().splitlines() if re.match(r"\w+ =", line)]
    assert [line for line in lines if "#" not in line] == ['server = "https://www.deviantart.com"']


# -- what is read -----------------------------------------------------------------------------------------------------


def test_values_become_types(write: Write) -> None:
    settings = read(
        write(
            '[daemon]\npoll_seconds = 5\n[mirror.art]\nfolder = "~/Art"\ndirection = "pull"\nconflict = "local"\n'
            'dialect = "draft10"\nserver = "http://127.0.0.1:8765/"\nclient_secret = "hush"\nignore = ["*.psd"]\n'
        )
    )
    (mirror,) = settings.mirrors
    assert settings.daemon.poll_seconds == 5
    assert mirror.folder == Path.home() / "Art"
    assert (mirror.direction, mirror.conflict, mirror.dialect) == (Direction.PULL, Keep.LOCAL, Dialect.DRAFT10)
    assert mirror.server == "http://127.0.0.1:8765"
    assert mirror.client_secret.get_secret_value() == "hush"
    assert mirror.ignore == ("*.psd",)
    assert mirror.state == Path("/nowhere/state/art")
    assert settings.mirror("art") is mirror
    assert settings.mirror("other") is None


def test_a_secret_does_not_print_itself(write: Write) -> None:
    assert "hush" not in repr(read(write('[mirror.stash]\nclient_secret = "hush"')))


def test_settings_are_frozen() -> None:
    settings = read(None, {"SYNCD_MIRROR__STASH__FOLDER": "/nowhere/f"})
    with pytest.raises(ValueError, match="frozen"):
        settings.mirrors[0].trash_days = 1  # type: ignore[misc]


def test_the_environment_wins_over_the_file_and_finds_a_mirror_whatever_its_case(write: Write) -> None:
    file = write('[daemon]\ntransfers = 2\n[mirror.My-Art]\nfolder = "/nowhere/f"\ntrash_days = 1\n')
    settings = read(
        file,
        {
            "SYNCD_DAEMON__TRANSFERS": "4",
            "SYNCD_MIRROR__MY_ART__TRASH_DAYS": "7",
            "SYNCD_MIRROR__MY_ART__CLIENT_ID": "12345",
            "SYNCD_MIRROR__MY_ART__CLIENT_SECRET": "0123",
            "SYNCD_MIRROR__MY_ART__IGNORE": '["*.psd", "raw/"]',
            "SYNCD_MIRROR__MY_ART__SETTLE_SECONDS": "0.5",
            "SYNCD_MIRROR__MY_ART__DIRECTION": "push",
        },
    )
    (mirror,) = settings.mirrors
    assert settings.daemon.transfers == 4
    assert (mirror.name, mirror.trash_days, mirror.settle_seconds) == ("My-Art", 7, 0.5)
    assert (mirror.client_id, mirror.client_secret) == ("12345", SecretStr("0123"))
    assert (mirror.ignore, mirror.direction) == (("*.psd", "raw/"), Direction.PUSH)


def test_the_environment_alone_can_make_a_mirror() -> None:
    (mirror,) = read(None, {"SYNCD_CONFIG": "", "SYNCD_MIRROR__STASH__FOLDER": "/nowhere/f"}).mirrors
    assert (mirror.name, mirror.folder) == ("stash", Path("/nowhere/f"))


def test_variables_that_are_no_settings_are_left_alone() -> None:
    read(None, {"SYNCD_STATE_DIR": "/nowhere", "SYNCD_TEST": "1", "OTHER__DAEMON__X": "1"})


@pytest.mark.parametrize(("given", "expected"), [("", "fetched"), ("own", "own")])
def test_a_credential_supplies_a_secret_that_is_not_configured(
    write: Write, tmp_path: Path, given: str, expected: str
) -> None:
    (tmp_path / "stash.client_secret").write_text("fetched\n")
    file = write(f'[mirror.stash]\nclient_secret = "{given}"')
    (mirror,) = read(file, {"CREDENTIALS_DIRECTORY": str(tmp_path)}).mirrors
    assert mirror.client_secret.get_secret_value() == expected


# -- places -----------------------------------------------------------------------------------------------------------


def test_systemd_says_where_things_are_and_our_own_variables_win_over_it(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[daemon]\ntransfers = 3\n")
    systemd = {
        "STATE_DIRECTORY": "/nowhere/one:/nowhere/two",
        "RUNTIME_DIRECTORY": "/nowhere/runtime",
        "CONFIGURATION_DIRECTORY": str(tmp_path),
    }
    settings = load(None, systemd, kinds=["stash"])
    assert settings.daemon.transfers == 3
    assert settings.paths.state == Path("/nowhere/one")
    assert settings.paths.socket == Path("/nowhere/runtime/control.sock")
    own = {"SYNCD_STATE_DIR": "/nowhere/state", "SYNCD_RUNTIME_DIR": "/nowhere/run"}
    paths = load(None, systemd | own, kinds=["stash"]).paths
    assert (paths.state, paths.runtime) == (Path("/nowhere/state"), Path("/nowhere/run"))
    assert paths.mirror_state("stash") == Path("/nowhere/state/stash")


def test_without_anybodys_word_the_platform_says_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.setenv(variable, str(tmp_path / variable))
        (tmp_path / variable).mkdir(mode=0o700)
    paths = load(None, {}, kinds=["stash"]).paths
    assert paths.config == tmp_path / "XDG_CONFIG_HOME" / "syncd" / "config.toml"
    assert paths.state == tmp_path / "XDG_STATE_HOME" / "syncd"
    assert paths.socket == tmp_path / "XDG_RUNTIME_DIR" / "syncd" / "control.sock"


def test_without_a_session_the_socket_stands_where_no_other_user_can_make_it_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.setattr("os.getuid", lambda: 2_000_000_000)  # a user without a /run/user
    for _ in range(2):  # platformdirs warns of it once a process only
        assert load(None, {"SYNCD_STATE_DIR": "/nowhere"}, kinds=["stash"]).paths.runtime == Path("/nowhere/.run")


def test_the_command_line_names_the_file_before_the_environment(write: Write) -> None:
    assert read(write("[daemon]\ntransfers = 5\n"), {"SYNCD_CONFIG": "/nowhere.toml"}).daemon.transfers == 5


def test_no_file_at_all_means_defaults_and_no_mirror(tmp_path: Path) -> None:
    settings = read(None, {"CONFIGURATION_DIRECTORY": str(tmp_path)})
    assert (settings.daemon, settings.mirrors) == (DaemonSettings(), ())
    with pytest.raises(ConfigError, match="there is no configuration at") as caught:
        settings.require_mirrors()
    assert "config.example.toml" in caught.value.remedy


def test_a_file_without_a_mirror_says_so_when_one_is_needed(write: Write) -> None:
    with pytest.raises(ConfigError, match=r"has no \[mirror.NAME\] section"):
        read(write("[daemon]\n")).require_mirrors()
    assert read(EXAMPLE).require_mirrors()


# -- mistakes ---------------------------------------------------------------------------------------------------------

MIRROR = "[mirror.stash]\n"


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("[deamon]", "deamon: unknown key; did you mean daemon?"),
        ("[mirrors.stash]", "mirrors: unknown key; did you mean mirror?"),
        ("[daemon]\npoll_secnds = 3", "daemon.poll_secnds: unknown key; did you mean poll_seconds?"),
        ("[daemon]\ntrash_days = 3", "daemon.trash_days: unknown key; it belongs to [mirror.NAME]"),
        (MIRROR + "log_level = 'info'", "mirror.stash.log_level: unknown key; it belongs to [daemon]"),
        (MIRROR + "zzz = 1", "mirror.stash.zzz: unknown key"),
        (MIRROR + "name = 'x'", "mirror.stash.name: unknown key"),
        ("daemon = 5", "daemon: must be a section of keys"),
        ("mirror = 5", "mirror: must be a section of keys"),
        ("mirror.stash = 'x'", "mirror.stash: must be a section of keys"),
        ("[daemon]\npoll_seconds = '60'", "daemon.poll_seconds: must be a valid number, not '60'"),
        ("[daemon]\npoll_seconds = true", "daemon.poll_seconds: must be a valid number, not True"),
        ("[daemon]\npoll_seconds = -1", "daemon.poll_seconds: must be greater than or equal to 0.1, not -1"),
        ("[daemon]\npoll_seconds = 400", "daemon.poll_max_seconds: must not be below poll_seconds, not 300"),
        ("[daemon]\nfull_scan_hours = nan", "daemon.full_scan_hours: must be a finite number, not nan"),
        ("[daemon]\ntransfers = 0", "daemon.transfers: must be greater than or equal to 1, not 0"),
        ("[daemon]\ntransfers = 2.5", "daemon.transfers: must be a valid integer, not 2.5"),
        ("[daemon]\nlog_level = 'loud'", "daemon.log_level: must be 'debug', 'info', 'warning' or 'error', not 'loud'"),
        ("[daemon]\nlog_format = 'xml'", "daemon.log_format: must be 'auto', 'console' or 'json', not 'xml'"),
        ("[daemon]\ndashboard = '8080'", "daemon.dashboard: must be host:port, or empty for none, not '8080'"),
        ("[daemon]\ndashboard = 'a:0'", "daemon.dashboard: must be host:port, or empty for none, not 'a:0'"),
        (MIRROR + "kind = 'disk'", "mirror.stash.kind: must be 'stash', not 'disk'"),
        (MIRROR + "folder = ''", "mirror.stash.folder: must name a folder, not ''"),
        (MIRROR + "folder = 'Stash'", "mirror.stash.folder: must begin with / or ~, not 'Stash'"),
        (MIRROR + "folder = 5", "mirror.stash.folder: must be a text in quotes, not 5"),
        (
            MIRROR + "folder = '~no-such-user/x'",
            "mirror.stash.folder: begins with ~ and a user who has no home here, not '~no-such-user/x'",
        ),
        (MIRROR + 'folder = "/a\\u0000b"', "mirror.stash.folder: must name a folder that can exist, not '/a\\x00b'"),
        (
            MIRROR + "folder = '/nowhere'",
            "mirror.stash.folder: /nowhere and syncd's own state in /nowhere/state are one inside the other",
        ),
        (MIRROR + "server = 'ftp://x'", "mirror.stash.server: must be an http:// or https:// address, not 'ftp://x'"),
        (MIRROR + "server = 'x.com'", "mirror.stash.server: must be an http:// or https:// address, not 'x.com'"),
        (
            MIRROR + "server = 'http://x:y'",
            "mirror.stash.server: must be an http:// or https:// address, not 'http://x:y'",
        ),
        (
            MIRROR + "server = 'http://x/?a=1'",
            "mirror.stash.server: must be an address without user, query or fragment, not 'http://x/?a=1'",
        ),
        (MIRROR + "dialect = 'v2'", "mirror.stash.dialect: must be 'v1', 'draft15' or 'draft10', not 'v2'"),
        (
            MIRROR + "minor_version = '2020 05'",
            "mirror.stash.minor_version: must be a version such as 20200519, or empty, not '2020 05'",
        ),
        (MIRROR + "client_secret = 5", "mirror.stash.client_secret: must be a text in quotes"),
        (MIRROR + 'client_secret = "a\\nb"', "mirror.stash.client_secret: must have no control characters"),
        (MIRROR + "direction = 'up'", "mirror.stash.direction: must be 'two-way', 'pull' or 'push', not 'up'"),
        (MIRROR + "conflict = 'newer'", "mirror.stash.conflict: must be 'both', 'local' or 'remote', not 'newer'"),
        (MIRROR + "ignore = ['*.x', '!']", "mirror.stash.ignore.1: must be a pattern as in .gitignore, not '!'"),
        (MIRROR + "ignore = ['[z-a]']", "mirror.stash.ignore.0: must be a pattern as in .gitignore, not '[z-a]'"),
        (MIRROR + "ignore = '*.x'", "mirror.stash.ignore: must be a list, not '*.x'"),
        (
            MIRROR + "max_delete_percent = 101",
            "mirror.stash.max_delete_percent: must be less than or equal to 100, not 101",
        ),
        (MIRROR + "trash_days = -1", "mirror.stash.trash_days: must be greater than or equal to 0, not -1"),
    ],
)
def test_a_mistake_is_named_by_its_key(write: Write, text: str, mistake: str) -> None:
    assert mistakes(write(text)) == (mistake,)


@pytest.mark.parametrize("name", ["../x", "a b", "", "a/b", ".hidden", "a__b", "-x", "é", "x" * 65])
def test_a_mirrors_name_is_a_plain_word(write: Write, name: str) -> None:
    (mistake,) = mistakes(write(f'[mirror."{name}"]\nfolder = "/nowhere/f"'))
    assert mistake.startswith(f"mirror.{name}: a mirror's name must be")


@pytest.mark.parametrize(
    ("one", "other", "mistake"),
    [
        ("/n/a", "/n/a/", "mirror.b.folder: is the folder of mirror.a too: /n/a"),
        ("/n/a", "/n/a/deep/er", "mirror.b.folder: /n/a/deep/er and mirror.a's /n/a are one inside the other"),
        ("/n/a/deep", "/n/./a", "mirror.b.folder: /n/a and mirror.a's /n/a/deep are one inside the other"),
    ],
)
def test_two_mirrors_do_not_share_a_folder(write: Write, one: str, other: str, mistake: str) -> None:
    assert mistakes(write(f"[mirror.a]\nfolder = '{one}'\n[mirror.b]\nfolder = '{other}'")) == (mistake,)


def test_a_link_does_not_hide_that_two_mirrors_share_a_folder(write: Write, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    file = write(f"[mirror.a]\nfolder = '{tmp_path}/real'\n[mirror.b]\nfolder = '{tmp_path}/link'")
    assert mistakes(file)[0].startswith("mirror.b.folder: is the folder of mirror.a too")


def test_folders_with_a_common_beginning_are_apart(write: Write) -> None:
    assert len(read(write("[mirror.a]\nfolder = '/n/a'\n[mirror.b]\nfolder = '/n/ab'")).mirrors) == 2


def test_names_that_a_variable_cannot_tell_apart_are_a_mistake(write: Write) -> None:
    found = mistakes(write("[mirror.my-art]\nfolder = '/n/a'\n[mirror.My_Art]\nfolder = '/n/b'"))
    assert [each.split(":")[0] for each in found] == ["mirror.My_Art"]


def test_all_mistakes_come_at_once_from_every_source_and_every_check(write: Write) -> None:
    file = write(
        "[daemon]\ntransfers = 0\n[mirror.a]\nfolder = '/n/a'\ntrash_days = -1\n[mirror.b]\nfolder = '/n/a'\nzzz = 1"
    )
    found = mistakes(file, {"SYNCD_DAEMON__POLL_SECONDS": "often", "SYNCD_DEAMON__X": "1", "SYNCD_MIRROR": "no json"})
    assert found == (
        "deamon.x: unknown key; did you mean daemon? (from SYNCD_DEAMON__X)",
        "mirror: must be JSON (from SYNCD_MIRROR)",
        "daemon.poll_seconds: must be a valid number, not 'often' (from SYNCD_DAEMON__POLL_SECONDS)",
        "daemon.transfers: must be greater than or equal to 1, not 0",
        "mirror.a.trash_days: must be greater than or equal to 0, not -1",
        "mirror.b.zzz: unknown key",
        "mirror.b.folder: is the folder of mirror.a too: /n/a",
    )


def test_the_error_is_one_that_the_command_line_knows(write: Write) -> None:
    with pytest.raises(Misconfigured) as caught:
        read(write("[daemon]\nzzz = 1\nyyy = 1"))
    assert str(caught.value).splitlines()[0].startswith("2 mistakes in ")


def test_no_mistake_quotes_a_secret(write: Write) -> None:
    file = write('[mirror.stash]\nclient_secret = ["hush"]\n')
    found = mistakes(file, {"SYNCD_MIRROR__OTHER": "client_secret=hush", "SYNCD_MIRROR__STASH__CLIENT_SECRT": "hush"})
    assert len(found) == 3
    assert "hush" not in "".join(found)


def test_a_long_value_is_cut(write: Write) -> None:
    (mistake,) = mistakes(write(f"[daemon]\nlog_level = '{'x' * 5000}'"))
    assert len(mistake) < 200


# -- files that cannot be read ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("variable", [False, True])
def test_a_file_that_a_person_named_must_be_there(tmp_path: Path, variable: bool) -> None:
    file = tmp_path / "none.toml"
    found = mistakes(None, {"SYNCD_CONFIG": str(file)}) if variable else mistakes(file)
    assert found == (f"{file}: there is no such file",)


def test_invalid_toml_names_the_line(write: Write) -> None:
    (mistake,) = mistakes(write("[daemon]\ntransfers = \n"))
    assert "is not TOML" in mistake
    assert "line 2" in mistake


def test_a_file_that_is_no_text_or_no_file_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "latin.toml").write_bytes(b"# caf\xe9\n")
    assert mistakes(tmp_path / "latin.toml") == (f"{tmp_path}/latin.toml: is not UTF-8 (byte 5)",)
    assert mistakes(tmp_path) == (f"{tmp_path}: cannot be read: Is a directory",)


def test_a_credential_that_cannot_be_read_is_a_mistake(write: Write, tmp_path: Path) -> None:
    (tmp_path / "stash.client_secret").mkdir()
    (mistake,) = mistakes(write(MIRROR), {"CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert mistake.startswith("mirror.stash.client_secret: ")


def test_a_token_comes_from_a_credential_and_else_from_the_environment(write: Write, tmp_path: Path) -> None:
    text = '[mirror.my-stash]\nfolder = "/srv/stash"\n[mirror.other]\nfolder = "/srv/other"\n'
    environ = {"SYNCD_TOKEN_MY_STASH": "from-environment", "SYNCD_TOKEN_OTHER": ""}
    (found, other) = load(write(text), environ, kinds=["stash"]).mirrors
    assert (found.seed.get_secret_value(), found.seed_origin) == ("from-environment", "SYNCD_TOKEN_MY_STASH")
    assert (other.seed.get_secret_value(), other.seed_origin) == ("", "")
    assert "from-environment" not in repr(found)
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "my-stash.token").write_text("from-credential")
    environ["CREDENTIALS_DIRECTORY"] = str(credentials)
    found = load(write(text), environ, kinds=["stash"]).mirrors[0]
    assert found.seed.get_secret_value() == "from-credential"
    (credentials / "other.token").mkdir()
    with pytest.raises(ConfigError, match=r"other\.token cannot be read"):
        load(write(text), environ, kinds=["stash"])


# -- events -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('["notify-me", "--from", "a b"]', ("notify-me", "--from", "a b")),
        ("\"notify-me --from 'a b' $(x)\"", ("notify-me", "--from", "a b", "$(x)")),
        ('""', ()),
        ("[]", ()),
    ],
)
def test_a_command_is_a_list_of_words_or_a_text_that_is_split(write: Write, text: str, words: tuple[str, ...]) -> None:
    assert read(write(f"[daemon]\non_event = {text}\n")).daemon.on_event == words


def test_commands_and_events_can_be_set_by_environment() -> None:
    environ = {"SYNCD_DAEMON__ON_EVENT": "say hello", "SYNCD_DAEMON__ON_EVENTS": "paused, resumed"}
    found = read(None, environ).daemon
    assert (found.on_event, found.on_events) == (("say", "hello"), ("paused", "resumed"))
    assert read(None, {"SYNCD_DAEMON__ON_EVENT": '["say", "a b"]'}).daemon.on_event == ("say", "a b")


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ('on_event = "say \'hush"', "daemon.on_event: cannot be split into words: No closing quotation"),
        ("on_event = [1]", "daemon.on_event: must be a list of texts"),
        ("on_event = 1", "daemon.on_event: must be a list of texts, or a text"),
        ('on_event = [""]', "daemon.on_event: must begin with a program"),
        ('on_events = ["transferred"]', "daemon.on_events.0: is told too often for a command, not 'transferred'"),
    ],
)
def test_a_mistaken_command_is_named_and_not_quoted(write: Write, text: str, mistake: str) -> None:
    assert mistakes(write(f"[daemon]\n{text}\n")) == (mistake,)


def test_an_event_that_does_not_exist_is_a_mistake(write: Write) -> None:
    (mistake,) = mistakes(write('[daemon]\non_events = ["sneezed"]\n'))
    assert mistake.startswith("daemon.on_events.0: must be 'action_ended'")

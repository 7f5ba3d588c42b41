"""What stands on a command line: durations, paths and mirrors."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer

from syncd.cli.options import duration
from syncd.cli.settings import chosen, directory_of, one_mirror, place_of
from syncd.config import Settings, load

Made = tuple[Settings, Path]


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Made:
    """Settings with two mirrors, below a folder that is not the working directory."""
    for name in ("One", "Two", "elsewhere"):
        (tmp_path / name).mkdir()
    config = tmp_path / "config.toml"
    config.write_text(f'[mirror.one]\nfolder = "{tmp_path}/One"\n[mirror.two]\nfolder = "{tmp_path}/Two"\n')
    monkeypatch.chdir(tmp_path / "elsewhere")
    monkeypatch.setenv("PWD", str(tmp_path / "elsewhere"))
    return load(config, {"SYNCD_STATE_DIR": str(tmp_path / "state")}, kinds=["stash"]), tmp_path


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("90s", 90), ("15m", 900), ("2h", 7200), ("1d", 86400), ("1h30m", 5400), (" 1D ", 86400)],
)
def test_a_duration_is_a_number_with_units(text: str, seconds: float) -> None:
    assert duration(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "-5", "1w", "0", "1.5h", "m"])
def test_anything_else_is_a_usage_error(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        duration(text)


def test_a_path_belongs_to_the_mirror_whose_folder_contains_it(made: Made) -> None:
    settings, base = made
    assert [(m.name, p) for m, p in [place_of(settings, str(base / "Two" / "a" / "x.png"))]] == [("two", "a/x.png")]


def test_a_path_is_relative_to_the_working_directory(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    settings, base = made
    (base / "One" / "a").mkdir()
    monkeypatch.chdir(base / "One" / "a")
    for path, below in [("x.png", "a/x.png"), ("../y.png", "y.png"), ("..", ""), (".", "a"), ("../../Two/z", "z")]:
        mirror, found = place_of(settings, path)
        assert (mirror.name, found) == ("two" if path.endswith("z") else "one", below)


def test_a_working_directory_reached_through_a_link_counts(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    settings, base = made
    (base / "link").symlink_to(base / "One")
    monkeypatch.chdir(base / "link")
    monkeypatch.setenv("PWD", str(base / "link"))
    assert place_of(settings, "x.png")[1] == "x.png"
    assert place_of(settings, str(base / "link" / "x.png"))[1] == "x.png"


def test_a_mirror_whose_folder_is_itself_a_link_counts(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    config = tmp_path / "config.toml"
    config.write_text(f'[mirror.one]\nfolder = "{tmp_path}/link"\n')
    settings = load(config, {"SYNCD_STATE_DIR": str(tmp_path / "state")}, kinds=["stash"])
    assert place_of(settings, str(tmp_path / "real" / "x"))[1] == "x"
    assert place_of(settings, str(tmp_path / "link" / "x"))[1] == "x"


def test_a_link_inside_the_mirror_is_asked_about_itself(made: Made) -> None:
    settings, base = made
    (base / "One" / "link.png").symlink_to(base / "elsewhere" / "x.png")
    (base / "One" / "out").symlink_to(base / "elsewhere")
    assert place_of(settings, str(base / "One" / "link.png"))[1] == "link.png"
    assert place_of(settings, str(base / "One" / "out" / "x.png"))[1] == "out/x.png"


def test_a_path_outside_of_all_mirrors_is_a_usage_error_that_names_the_folders(made: Made) -> None:
    settings, base = made
    with pytest.raises(typer.BadParameter) as error:
        place_of(settings, "x.png")
    assert str(base / "One") in str(error.value)
    assert str(base / "Two") in str(error.value)


def test_several_mirrors_must_be_named_where_one_is_meant(made: Made) -> None:
    settings, _ = made
    with pytest.raises(typer.BadParameter, match="one, two"):
        one_mirror(settings, None)
    with pytest.raises(typer.BadParameter, match="one, two"):
        one_mirror(settings, "three")
    assert one_mirror(settings, "two").name == "two"
    assert [mirror.name for mirror in chosen(settings, None)] == ["one", "two"]


def test_a_directory_may_be_meant_from_the_mirrored_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "One").mkdir()
    config = tmp_path / "config.toml"
    config.write_text(f'[mirror.one]\nfolder = "{tmp_path}/One"\n')
    settings = load(config, {"SYNCD_STATE_DIR": str(tmp_path / "state")}, kinds=["stash"])
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PWD", str(Path.cwd()))
    assert directory_of(settings, None)[1] == ""
    assert directory_of(settings, "Sketches/Foxes")[1] == "Sketches/Foxes"
    assert directory_of(settings, "One/Sketches")[1] == "Sketches"
    with pytest.raises(typer.BadParameter):
        directory_of(settings, "/elsewhere")

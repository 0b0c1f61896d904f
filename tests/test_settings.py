"""Settings merge in order; what cannot be used is refused, naming key and place."""

from pathlib import Path

import pytest

from rag.errors import SettingsError
from rag.settings import Settings, load_settings


def test_flags_win_over_environment_over_file(tmp_path):
    file = tmp_path / "yiju.toml"
    file.write_text('port = 1111\nllm = "extractive"\nupload_mb = 7\n', encoding="utf-8")
    settings = load_settings(
        {"port": 3333, "host": None}, file=file, environ={"YIJU_PORT": "2222", "YIJU_LLM": "openai"}
    )
    assert (settings.port, settings.llm, settings.upload_mb, settings.host) == (3333, "openai", 7, "127.0.0.1")


def test_defaults_need_no_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert load_settings(environ={}) == Settings()


@pytest.mark.parametrize(
    ("flags", "environ", "message"),
    [
        ({"colour": "red"}, {}, "command line: unknown setting colour; known settings: index, models"),
        ({}, {"YIJU_PROT": "1"}, "environment: unknown setting YIJU_PROT; known settings: index, models"),
        ({"port": 70000}, {}, "command line: port = 70000: Input should be less than or equal to 65535"),
        ({}, {"YIJU_LLM": "gpt"}, "environment: YIJU_LLM = 'gpt': Input should be 'local', 'extractive' or 'openai'"),
    ],
)
def test_what_cannot_be_used_is_refused(flags, environ, message):
    with pytest.raises(SettingsError) as caught:
        load_settings(flags, environ=environ)
    assert str(caught.value).startswith(message)


def test_broken_file_and_missing_file_are_named(tmp_path):
    broken = tmp_path / "yiju.toml"
    broken.write_text("port = = 1", encoding="utf-8")
    with pytest.raises(SettingsError, match="is not valid TOML"):
        load_settings(file=broken, environ={})
    with pytest.raises(SettingsError, match="does not exist"):
        load_settings(file=Path(tmp_path / "none.toml"), environ={})
    with pytest.raises(SettingsError, match=r"cannot be read \(Is a directory\)"):
        load_settings(file=tmp_path, environ={})


def test_every_setting_is_described():
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []

"""The file of sources: what is wrong in it is said with file, table and field, and no secret with it."""

import re
from pathlib import Path

import pytest

from ingestion import secret_store, sources
from ingestion.environment import Environment
from ingestion.errors import StorelakeError
from ingestion.sources import FileSource, RestSource


def read(folder: Path, text: str) -> object:
    path = folder / "sources.toml"
    path.write_text(text)
    return sources.read(path, "magento", RestSource)


def test_a_source_is_read(tmp_path: Path) -> None:
    """All fields; days may be TOML's own or text; an address has one form."""
    found = sources.read(tmp_path / "none.toml", "magento", RestSource)
    assert found == {}
    found = read(tmp_path, '[magento.de]\nurl = "https://shop.example/"\nsince = 2025-01-01\nstore_ids = [1, 2]\n')
    assert found["de"].url == "https://shop.example"  # type: ignore[index]
    assert found == read(
        tmp_path, '[magento.de]\nurl = "https://shop.example"\nsince = "2025-01-01"\nstore_ids = [1, 2]\n'
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[magento.de]\n", "sources.toml: [magento.de] url: is missing."),
        ('[magento.de]\nurl = "shop.example"\n', "[magento.de] url: must be an address"),
        (
            '[magento.de]\nurl = "https://me:hidden@shop.example"\n',
            "[magento.de] url: must not hold a user or a password",
        ),
        (
            '[magento.de]\nurl = "https://x.example"\ntoken = "hidden"\n',
            "[magento.de] token: is no field of such a source. Known are: url, secret,",
        ),
        ("[magento.de]\nurl = 7\n", "[magento.de] url: must be text in quotes."),
        ('[magento.de]\nurl = "https://x.example"\nsince = "hidden"\n', "[magento.de] since: must be a day like 2025-"),
        ('[magento.de]\nurl = "https://x.example"\nsince = 7\n', "[magento.de] since: must be a day like 2025-01-01."),
        ('[magento.de]\nurl = "https://x.example"\nsince = 2025-01-01T10:00:00Z\n', "since: must be a day like 2025-"),
        ('[magento.de]\nurl = "https://x.example"\npage_size = "hidden"\n', "page_size: must be a whole number."),
        ('[magento.de]\nurl = "https://x.example"\npage_size = 2.5\n', "page_size: must be a whole number."),
        ('[magento.de]\nurl = "https://x.example"\npage_size = 0\n', "page_size: must be at least 1."),
        ('[magento.de]\nurl = "https://x.example"\nstore_ids = "hidden"\n', "store_ids: must be a list in brackets."),
        ('[magento.de]\nurl = "https://x.example"\nsecret = ["hidden"]\n', "secret: must be text in quotes."),
        ('[magento.de]\nurl = "https://x.example"\nstore_code = 7\n', "store_code: must be text in quotes."),
        (
            '[magento.de]\nurl = "https://x.example"\nstore_ids = ["hidden"]\n',
            "[magento.de] store_ids, entry 1: must be a whole number.",
        ),
        ('[magento.DE]\nurl = "https://x.example"\n', "[magento.DE]: a source's name is lower case"),
        ("[magento]\nde = 1\n", "[magento.de] must be a table"),
        ("magento = 1\n", "[magento] must hold tables"),
        ("[magento.de\n", "sources.toml is no TOML"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, said: str) -> None:
    """File, table and field, without what stands there: it may be a secret in the wrong place."""
    with pytest.raises(StorelakeError) as caught:
        read(tmp_path, text)
    assert said in str(caught.value)
    assert "hidden" not in str(caught.value)
    assert not re.search("[Ii]nput|valid|parse|pydantic", str(caught.value)), "plain words, not a library's"


@pytest.mark.parametrize(("text", "said"), [('"yes, please"', "must be true or false"), ("3", "must be true or false")])
def test_a_folder_that_adds_up_says_so_plainly(tmp_path: Path, text: str, said: str) -> None:
    """A drop folder is declared as any other source."""
    path = tmp_path / "sources.toml"
    path.write_text(f"[online_retail.mine]\nfiles_add_up = {text}\n")
    with pytest.raises(StorelakeError, match=rf"\[online_retail.mine\] files_add_up: {said}"):
        sources.read(path, "online_retail", FileSource)


def test_a_table_of_no_system_is_named(tmp_path: Path) -> None:
    """A typing mistake would leave a source out without a word."""
    (tmp_path / "sources.toml").write_text("[magneto.de]\n")
    with pytest.raises(StorelakeError, match=r"\[magneto\] is no system. Known are: magento"):
        sources.check_names(tmp_path / "sources.toml", {"magento": None})


def test_prod_asks_secrets_manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In prod no variable is looked at; what the AWS SDK says is not repeated."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    prod = Environment("prod", tmp_path, b"k" * 40, variables={"SHOP": '{"token": "hidden"}'})
    with pytest.raises(StorelakeError) as caught:
        secret_store.read(prod, "SHOP")
    assert "'SHOP' could not be read from Secrets Manager" in str(caught.value)

"""The file of sources: what is wrong in it is said with file, table and field, and no secret with it."""

from pathlib import Path

import pytest

from ingestion import secret_store, sources
from ingestion.environment import Environment
from ingestion.errors import StorelakeError
from ingestion.sources import RestSource


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
        ("[magento.de]\n", "sources.toml: [magento.de] url: Field required"),
        ('[magento.de]\nurl = "shop.example"\n', "[magento.de] url: must be an address"),
        (
            '[magento.de]\nurl = "https://me:hidden@shop.example"\n',
            "[magento.de] url: must not hold a user or a password",
        ),
        ('[magento.de]\nurl = "https://x.example"\ntoken = "hidden"\n', "[magento.de] token: Extra inputs"),
        ('[magento.de]\nurl = "https://x.example"\nstore_ids = ["hidden"]\n', "[magento.de] store_ids.0"),
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

"""What storelake makes of dbt's results."""

from types import SimpleNamespace
from typing import Any

import pytest

from storelake.dbt_runner.runner import _is_about_persons


@pytest.mark.parametrize(
    ("test", "kwargs", "expected"),
    [
        ("unique", {"column_name": "customer_id"}, True),
        ("expect_column_values_to_be_in_set", {"column_name": "customer_id", "value_set": ["1"]}, True),
        ("expression_is_true", {"expression": "length(description) > 0"}, True),
        ("expect_column_values_to_be_between", {"column_name": "quantity"}, False),
        ("one_row_per", {"key": ["customer_key"], "never_null": ["description"]}, False),
    ],
)
def test_a_test_of_personal_values_shows_no_rows(test: str, kwargs: dict[str, Any], expected: bool) -> None:
    """Protects people: packaged tests show values under names of their own, which no list of columns could know."""
    node = SimpleNamespace(test_metadata=SimpleNamespace(name=test, kwargs=kwargs))
    assert _is_about_persons(node) is expected

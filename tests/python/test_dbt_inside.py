"""What dbt does otherwise in our process: the order of nodes, events that nobody hears, templates compiled once."""

import shutil
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import networkx
import pytest
from dbt.adapters.events.types import SQLQuery
from dbt.adapters.factory import FACTORY
from dbt.events.types import LogModelResult
from dbt_common.clients.jinja import MacroFuzzEnvironment, get_environment
from dbt_common.events import base_types
from dbt_common.events.event_manager_client import get_event_manager
from dbt_common.events.functions import fire_event

from ingestion import environment as environments
from storelake.dbt_runner import runner, template_cache
from storelake.dbt_runner.events import leave_out_debugging
from storelake.dbt_runner.scheduling import ChainsFirst, scores

CHAIN = networkx.DiGraph([("pulls", "unique"), ("unique", "stage"), ("pulls", "stage"), ("stage", "facts")])
CHAIN.add_nodes_from(["dim_a", "dim_b", "dim_c"])


def test_what_the_longest_chain_waits_for_has_the_lowest_score() -> None:
    """Protects the order: a gate goes right before what it guards, what nobody waits for goes last."""
    assert scores(CHAIN) == {"pulls": -3, "unique": -2, "stage": -1, "facts": 0, "dim_a": 0, "dim_b": 0, "dim_c": 0}


def test_a_node_is_given_away_when_a_thread_is_near_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Protects the order as well: given away as soon as it is ready, each dimension went before the facts' stage."""
    monkeypatch.setattr(FACTORY, "adapters", {"duckdb": SimpleNamespace(config=SimpleNamespace(threads=1))})

    class Manifest:
        def expect(self, name: str) -> Any:
            return SimpleNamespace(unique_id=name)

    queue = ChainsFirst(CHAIN.copy(), Manifest(), set(CHAIN))  # type: ignore[arg-type]
    taken: list[str] = []

    def take() -> None:
        while not queue.empty():
            taken.append(queue.get().unique_id)

    taker = threading.Thread(target=take, daemon=True)
    taker.start()
    # One hand, and one node that waits for it: each link is taken as soon as it is ready, before the dimensions.
    for done, then in [
        ("pulls", ["pulls", "dim_a"]),
        ("unique", ["pulls", "dim_a", "unique"]),
        ("stage", ["pulls", "dim_a", "unique", "stage"]),
        ("dim_a", ["pulls", "dim_a", "unique", "stage", "dim_b"]),
    ]:
        while len(taken) < len(then):
            taker.join(0.001)
        assert taken == then
        queue.mark_done(done)
    while len(taken) < len(CHAIN):
        queue.mark_done(next(iter(queue.in_progress)))
        taker.join(0.01)
    taker.join(5)
    assert not taker.is_alive()


def test_events_for_debugging_are_put_into_words_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Protects speed, and progress: what nobody hears is not made into a message, what somebody does is whole."""
    leave_out_debugging()
    parsed = []
    parse = base_types.ParseDict
    monkeypatch.setattr(base_types, "ParseDict", lambda *said: parsed.append(said) or parse(*said))
    heard: list[Any] = []
    get_event_manager().add_callback(heard.append)

    fire_event(SQLQuery(conn_name="facts", sql="select 1"))
    assert (heard, parsed) == ([], [])

    fire_event(SQLQuery(conn_name="facts", sql="select 1"), level=base_types.EventLevel.INFO)
    fire_event(
        LogModelResult(description="facts", status="OK", index=3, total=9, execution_time=0.1),
        level=base_types.EventLevel.INFO,
    )
    assert [(event.info.name, event.info.level) for event in heard] == [
        ("SQLQuery", "info"),
        ("LogModelResult", "info"),
    ]
    assert (heard[0].data.sql, heard[1].data.index, heard[1].data.total) == ("select 1", 3, 9)
    assert SQLQuery(conn_name="facts", sql="select 2").sql == "select 2"


def test_a_template_is_compiled_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Protects speed, and what is built: a text says the same when its code was kept, also where the file is damaged."""
    compiled = []

    def compile_anew(environment: Any, source: str, *more: Any, **how: Any) -> Any:
        compiled.append(source)
        return plain(environment, source, *more, **how)

    plain = template_cache._compile
    monkeypatch.setattr(template_cache, "_compile", compile_anew)
    monkeypatch.setattr(MacroFuzzEnvironment, "compile", MacroFuzzEnvironment.compile)

    def render(text: str, *, native: bool = False) -> Any:
        # As in another process: nothing is remembered but the files.
        template_cache.keep_compiled(tmp_path)
        return get_environment(native=native).from_string(text).render({"n": 2})

    assert [render("{{ n + 1 }}"), render("{{ n + 1 }}"), render("{{ n + 2 }}")] == ["3", "3", "4"]
    assert compiled == ["{{ n + 1 }}", "{{ n + 2 }}"]
    # A native environment gives values and not texts: its code is another one.
    assert render("{{ n + 1 }}", native=True) == 3
    assert len(compiled) == 3

    for file in (tmp_path / "templates").iterdir():
        file.write_bytes(file.read_bytes()[:-1])
    assert render("{{ n + 1 }}") == "3"
    assert len(compiled) == 4

    # Where nothing can be kept, as when somebody cleans up meanwhile, a template is compiled all the same.
    template_cache.keep_compiled(tmp_path)
    shutil.rmtree(tmp_path / "templates")
    assert get_environment().from_string("{{ n * 2 }}").render({"n": 2}) == "4"


def test_a_run_without_success_is_not_green(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error between two nodes (a disk that is full while a connection is given back) is no node's status: what was
    built then must not be published."""
    environment = environments.load({"STORELAKE_LAKE": str(tmp_path / "lake"), "STORELAKE_SUBJECT_KEY": "k" * 40})
    outcome = SimpleNamespace(success=False, exception=None, result=SimpleNamespace(results=[]))
    monkeypatch.setattr(runner, "_invoke", lambda *_: outcome)
    assert not runner.run(environment, ["build"]).is_green
    outcome.exception = OSError("No space left on device")
    assert runner.run(environment, ["build"]).error == "No space left on device"
    outcome.success, outcome.exception = True, None
    assert runner.run(environment, ["build"]).is_green

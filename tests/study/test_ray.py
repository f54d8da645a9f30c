"""A real Ray cluster of two nodes gives this machine's numbers, also when a node dies."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from bulkwise.errors import StudyError
from bulkwise.study import Local, Ray, carry_out, search
from bulkwise.study.base import Done
from bulkwise.study.random_search import networks

from . import work
from .conftest import plan_of

ray = pytest.importorskip("ray", reason="needs ray: pip install 'bulkwise[cluster]'")
cluster_utils = pytest.importorskip("ray.cluster_utils")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::FutureWarning"),
]

ARRAYS = {"x": np.linspace(0, 1, 300, dtype=np.float32)}
NODE = {"num_cpus": 1, "object_store_memory": 80 << 20}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
        patch.setenv("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        yield


@pytest.fixture(scope="module")
def cluster(home) -> Iterator[Any]:
    """Two nodes of one processor each, no dashboard, and this process connected to them."""
    made = cluster_utils.Cluster(
        initialize_head=True, head_node_args={**NODE, "include_dashboard": False}
    )
    made.second = made.add_node(**NODE)
    made.wait_for_nodes()
    ray.init(address=made.address, log_to_driver=False)
    ray.cloudpickle.register_pickle_by_value(work)
    yield made
    ray.shutdown()
    made.shutdown()


class _Killing:
    """An engine that loses a node after its second result."""

    def __init__(self, cluster: Any) -> None:
        self.cluster = cluster

    def run(self, *given: Any) -> Iterator[Done]:
        for number, done in enumerate(Ray().run(*given)):
            yield done
            if number == 1:
                self.cluster.remove_node(self.cluster.second)


def test_a_search_gives_the_same_on_a_cluster(cohort, cluster, tmp_path, monkeypatch):
    monkeypatch.setattr(networks, "NETWORKS_OF_A_UNIT", 5)
    asked = {"target": "kind", "trials": 20, "epochs": 3}
    there = search(cohort, folder=tmp_path / "ray", engine=Ray(), **asked)
    here = search(cohort, folder=tmp_path / "local", engine=Local(1), **asked)
    assert there.trials.equals(here.trials)
    assert there.models == here.models


def test_a_unit_that_fails_or_kills_its_worker_is_recorded(cluster, tmp_path):
    found = carry_out(plan_of(4), work.bad, ARRAYS, tmp_path / "bad", engine=Ray())
    assert found.results == {"unit-0": 0, "unit-3": 3}
    assert found.failed["unit-2"] == "ValueError: no good"
    plan = plan_of(4, settings={"folder": str(tmp_path)})
    found = carry_out(plan, work.deadly, ARRAYS, tmp_path / "deadly", engine=Ray())
    assert found.results == {f"unit-{i}": i for i in (0, 1, 3)}
    assert list(found.failed) == ["unit-2"]


def test_a_node_that_dies_in_the_middle_loses_nothing(cluster, tmp_path):
    plan = plan_of(12, settings={"seconds": 0.4})
    begin = time.monotonic()
    there = carry_out(plan, work.product, ARRAYS, tmp_path / "ray", engine=_Killing(cluster))
    assert time.monotonic() - begin < 60
    alive = [node for node in ray.nodes() if node["Alive"]]
    assert len(alive) == 1
    here = carry_out(plan, work.product, ARRAYS, tmp_path / "local", engine=Local(2))
    assert there.results == here.results
    assert there.failed == {}


def test_a_cluster_that_isnt_there_is_one_sentence(home, tmp_path):
    if ray.is_initialized():
        ray.shutdown()
    for address in ("127.0.0.1:1", "ray://127.0.0.1:1"):
        with pytest.raises(StudyError, match=f"Ray cluster at '{address}': nobody answers"):
            carry_out(plan_of(2), work.times, ARRAYS, tmp_path, engine=Ray(address))

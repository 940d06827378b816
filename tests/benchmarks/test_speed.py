# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
import json

import pytest
from peers import report
from speed import Results


@pytest.fixture(autouse=True)
def no_pictures(monkeypatch):
    monkeypatch.setattr(report, "plot", lambda results, path: None)


def test_each_measurement_keeps_its_own_threads(tmp_path):
    Results(tmp_path, threads=2).add("sources", "digits", {"images_per_second": 1.0})
    Results(tmp_path, threads=1).add("sources", "faces", {"images_per_second": 2.0})
    found = json.loads((tmp_path / "speed.json").read_text())
    assert {name: one["threads"] for name, one in found["machines"]["sources"].items()} == {
        "digits": 2,
        "faces": 1,
    }
    assert found["sources"] == {
        "digits": {"images_per_second": 1.0},
        "faces": {"images_per_second": 2.0},
    }

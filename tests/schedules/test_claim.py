# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What a model_dir says of its run's labels, and which changes of them a resumed run is refused."""

import json
import types

import gin
import numpy as np
import pytest

from compare_gan import configuration
from compare_gan.data import get_dataset, load_digits, write_label_store
from compare_gan.schedules import RunFlags
from compare_gan.schedules.run import build_dataset, claim_model_dir
from compare_gan.training import Checkpoints


@pytest.fixture
def claim(tmp_path, monkeypatch):
    """`claim(bindings, steps=[])` does what a training of the digits does before its first step,
    as if it had been trained for `steps` already.
    """
    gan = types.SimpleNamespace(model_config=lambda: {"num_classes": 10})
    folder = tmp_path / "run"

    def go(bindings, steps=()):
        monkeypatch.setattr(Checkpoints, "steps", lambda _: list(steps))
        configuration.parse([], ["dataset.name = 'digits'", *bindings])
        try:
            dataset = build_dataset(RunFlags(folder))
            claim_model_dir(RunFlags(folder), types.SimpleNamespace(dataset=dataset, gan=gan))
        finally:
            with gin.unlock_config():
                gin.clear_config()
        return folder

    return go


def _table(path, labels):
    lines = "".join(f"{example_id},{label}\n" for example_id, label in labels.items())
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"id,label\n{lines}")
    return ["dataset.labels = @listed_labels", f"listed_labels.path = '{path}'"]


def _store(folder, labels):
    digits = get_dataset("digits")
    made_of = {"name": "digits", "fingerprint": digits.fingerprint, "split": "train"}
    provenance = {"method": "x", "num_classes": 10, "class_names": list("0123456789")}
    ids = load_digits("train")[2]
    write_label_store(folder, ids, labels, None, provenance | {"dataset": made_of})
    return ["dataset.labels = @inferred_labels", f"inferred_labels.store = '{folder}'"]


def test_the_ids_of_drawn_labels_are_written_down(claim):
    folder = claim(["dataset.labels = @few_labels", "few_labels.per_class = 2"])
    found = (folder / "labelled_ids.txt").read_bytes().splitlines()
    _, labels, ids = load_digits("train")
    assert found == sorted(found)
    np.testing.assert_array_equal(np.bincount(labels[np.isin(ids, found)]), [2] * 10)
    # Nothing was trained, so another configuration may take the place of this one.
    assert not (claim([]) / "labelled_ids.txt").exists()


def test_edited_and_moved_tables(claim, tmp_path):
    ids = [example_id.decode() for example_id in load_digits("train")[2][:3]]
    labels = dict(zip(ids, (0, 5, 0), strict=True))
    bindings = _table(tmp_path / "known.csv", labels)
    folder = claim(bindings)
    assert (folder / "labelled_ids.txt").read_bytes().split() == [i.encode() for i in ids]
    claim(bindings, [3])
    claim(_table(tmp_path / "elsewhere" / "known.csv", dict(reversed(labels.items()))), [3])
    for edited in (labels | {ids[1]: 4}, dict(list(labels.items())[:2])):
        for place, message in (
            ("elsewhere", "holds a run on other labels than dataset.labels gives now"),
            ("here", "holds a run of another configuration and other labels: listed_labels.path"),
        ):
            with pytest.raises(configuration.ConfigurationError, match=message):
                claim(_table(tmp_path / place / "known.csv", edited), [3])
    _table(tmp_path / "elsewhere" / "known.csv", labels)
    # What is not known to be the same is compared by its path, as in a model_dir without a digest.
    bindings = _table(tmp_path / "known.csv", labels)
    description = json.loads((folder / "model.json").read_text())
    del description["dataset"]["labels"]
    (folder / "model.json").write_text(json.dumps(description))
    with pytest.raises(configuration.ConfigurationError, match="listed_labels.path: .*elsewhere"):
        claim(bindings, [3])
    claim([*bindings[:1], f"listed_labels.path = '{tmp_path / 'elsewhere' / 'known.csv'}'"], [3])


def test_labels_inferred_anew_and_moved(claim, tmp_path):
    labels = load_digits("train")[1]
    bindings = _store(tmp_path / "labels", labels)
    folder = claim([*bindings, "few_labels.fraction = 0.1", "classifier.batch_size = 8"])
    assert not (folder / "labelled_ids.txt").exists()
    # How they were inferred does not matter as long as they are the same, nor where they lie.
    claim([*_store(tmp_path / "moved", labels), "few_labels.fraction = 0.2"], [3])
    with pytest.raises(configuration.ConfigurationError, match="disc_iters: .*2"):
        claim([*bindings, "options.disc_iters = 2"], [3])
    with pytest.raises(configuration.ConfigurationError, match="holds a run on other labels"):
        claim([*_store(tmp_path / "moved", (labels + 1) % 10), "few_labels.fraction = 0.2"], [3])

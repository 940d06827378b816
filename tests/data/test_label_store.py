# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
import json
import os

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

from compare_gan.data import LabelStore, LabelStoreError, write_label_store

PROVENANCE = {
    "method": "test",
    "num_classes": 3,
    "class_names": ["a", "b", "c"],
    "dataset": {"name": "numbers", "fingerprint": "f" * 16, "split": "train"},
}
IDS = np.array([b"delta", b"a", b"cc"])
PROBABILITIES = np.array([[0.2, 0.5, 0.3], [1 / 3, 1 / 3, 1 / 3], [0, 0, 0]], np.float32)


def _write(folder, ids=IDS, hard=(1, 0, -1), probabilities=PROBABILITIES, **changes):
    write_label_store(folder, ids, np.asarray(hard), probabilities, PROVENANCE | changes)
    return LabelStore(folder)


def test_what_is_written_is_found_by_id(tmp_path):
    store = _write(tmp_path / "deep" / "labels", remark="kept")
    assert store.ids.tolist() == [b"a", b"cc", b"delta"]
    assert (store.num_classes, store.class_names) == (3, ("a", "b", "c"))
    assert store.provenance["remark"] == "kept"
    ids = np.array([b"cc", b"delta", b"cc", b"a"])
    assert store.hard_labels(ids).tolist() == [-1, 1, -1, 0]
    assert store.hard_labels(ids).dtype == np.int32
    soft = store.soft_labels(ids)
    assert soft.dtype == np.float32
    np.testing.assert_allclose(soft, PROBABILITIES[[2, 0, 2, 1]], rtol=1e-3)
    np.testing.assert_allclose(soft.sum(axis=1), [0, 1, 0, 1], rtol=1e-6)
    # As the design says, for other programs.
    folder = tmp_path / "deep" / "labels"
    files = {path.name: np.load(path) for path in folder.glob("*.npy")}
    assert files["ids.npy"].dtype == "S5" and files["hard.npy"].dtype == np.int32
    assert files["probabilities.npy"].dtype == np.float16
    assert sorted(path.name for path in folder.iterdir()) == [
        "hard.npy",
        "ids.npy",
        "probabilities.npy",
        "provenance.json",
    ]


@hypothesis.given(
    ids=st.sets(st.text("abc", min_size=1, max_size=5), min_size=1, max_size=40),
    seed=st.integers(0, 99),
)
def test_any_order_gives_the_same_labels(ids, seed, tmp_path_factory):
    rng = np.random.default_rng(seed)
    ids = np.array(sorted(ids), "S")
    hard = rng.integers(-1, 3, len(ids))
    folder = tmp_path_factory.mktemp("store")
    order = rng.permutation(len(ids))
    store = _write(folder / "labels", ids[order], hard[order], None)
    wanted = rng.integers(0, len(ids), 20)
    np.testing.assert_array_equal(store.hard_labels(ids[wanted]), hard[wanted])


def test_many_probabilities_are_written_in_portions(tmp_path):
    rng = np.random.default_rng(0)
    count = 9000
    probabilities = rng.dirichlet(np.ones(3), count)
    ids = np.array([f"{index}" for index in rng.permutation(count)], "S")
    store = _write(tmp_path / "labels", ids, probabilities.argmax(1), probabilities)
    np.testing.assert_allclose(store.soft_labels(ids), probabilities, atol=1e-3)


def test_without_probabilities(tmp_path):
    store = _write(tmp_path / "labels", probabilities=None)
    assert store.probabilities is None
    with pytest.raises(
        LabelStoreError, match="no probabilities: set inferred_labels.kind to 'hard'"
    ):
        store.soft_labels(IDS)


def test_a_store_takes_the_place_of_an_older_one(tmp_path):
    _write(tmp_path / "labels")
    store = _write(tmp_path / "labels", hard=(2, 2, 2), probabilities=None)
    assert store.hard_labels(IDS).tolist() == [2, 2, 2]
    assert store.probabilities is None
    assert [path.name for path in tmp_path.iterdir()] == ["labels"]


def test_a_write_that_fails_leaves_the_old_store_and_nothing_else(tmp_path):
    _write(tmp_path / "labels")
    bad = PROBABILITIES.copy()
    bad[1] = [0.5, 0.2, 0.2]
    with pytest.raises(LabelStoreError, match="sum to 1, .* those of 1 examples do not"):
        _write(tmp_path / "labels", hard=(2, 2, 2), probabilities=bad)
    assert LabelStore(tmp_path / "labels").hard_labels(IDS).tolist() == [1, 0, -1]
    assert [path.name for path in tmp_path.iterdir()] == ["labels"]


def test_a_rename_that_fails_leaves_the_old_store(tmp_path, monkeypatch):
    _write(tmp_path / "labels")
    rename = os.rename

    def fail(source, target):
        if str(source).endswith(".new"):
            raise OSError(5, "Input/output error", str(source))
        rename(source, target)

    monkeypatch.setattr(os, "rename", fail)
    with pytest.raises(OSError, match="Input/output error"):
        _write(tmp_path / "labels", hard=(2, 2, 2), probabilities=None)
    assert LabelStore(tmp_path / "labels").hard_labels(IDS).tolist() == [1, 0, -1]
    assert [path.name for path in tmp_path.iterdir()] == ["labels"]


def test_what_a_killed_process_left_is_used_and_removed(tmp_path):
    folder = tmp_path / "labels"
    _write(folder)
    # Killed between the two renames: the old store is put aside, the new one not in its place.
    os.rename(folder, tmp_path / ".labels.old")
    (tmp_path / ".labels.new").mkdir()
    (tmp_path / ".labels.new" / "ids.npy").write_bytes(b"half")
    assert LabelStore.exists(folder)
    assert LabelStore(folder).hard_labels(IDS).tolist() == [1, 0, -1]
    # The next write that fails keeps it, the next that does not takes its place.
    with pytest.raises(LabelStoreError, match="sum to 1"):
        _write(folder, probabilities=PROBABILITIES / 2)
    assert LabelStore(folder).hard_labels(IDS).tolist() == [1, 0, -1]
    assert [path.name for path in tmp_path.iterdir()] == ["labels"]
    # Killed before the old one was removed.
    (tmp_path / ".labels.old").mkdir()
    store = _write(folder, hard=(2, 2, 2), probabilities=None)
    assert store.hard_labels(IDS).tolist() == [2, 2, 2]
    assert [path.name for path in tmp_path.iterdir()] == ["labels"]


def test_a_folder_with_something_else_is_left_alone(tmp_path):
    (tmp_path / "empty").mkdir()
    _write(tmp_path / "empty")
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter1").write_text("all my work")
    (tmp_path / "file").write_text("more of it")
    for name in ("thesis", "file"):
        with pytest.raises(LabelStoreError, match=f"{name}, which holds something else"):
            _write(tmp_path / name)
    assert (tmp_path / "thesis" / "chapter1").read_text() == "all my work"
    assert (tmp_path / "file").read_text() == "more of it"
    with pytest.raises(LabelStoreError, match="thesis is no label store.*: remove it and infer"):
        LabelStore(tmp_path / "thesis")


def test_a_link_stays_one(tmp_path):
    _write(tmp_path / "elsewhere")
    (tmp_path / "labels").symlink_to(tmp_path / "elsewhere")
    _write(tmp_path / "labels", hard=(2, 2, 2), probabilities=None)
    assert (tmp_path / "labels").is_symlink()
    assert LabelStore(tmp_path / "elsewhere").hard_labels(IDS).tolist() == [2, 2, 2]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["elsewhere", "labels"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"ids": np.array([b"a", b"b", b"a"])}, "distinct, but 1 repeat one, such as b'a'"),
        ({"hard": [0, 1, 3]}, "-1 .none. to 2, but they lie in 0 to 3"),
        ({"hard": [0, -2, 1]}, "lie in -2 to 1"),
        ({"hard": [0, 1]}, "an integer for each id"),
        ({"hard": [0.0, 1.0, 1.0]}, "an integer for each id"),
        ({"probabilities": np.ones([3, 2]) / 2}, r"shape \(3, 3\), but they have \(3, 2\)"),
        ({"probabilities": np.array([[2, -1, 0]] * 3)}, "must not be negative"),
        ({"probabilities": np.full([3, 3], np.nan)}, "must not be negative"),
        ({"class_names": ["a"]}, "3 classes must name each of them, but 1 are named"),
        ({"hard": [2, 0, -1]}, "likeliest .*, but those of 1 examples are not, for instance 2 of"),
        ({"hard": [-1, 0, -1]}, "those of 1 examples are not, for instance -1 of .0.2"),
        ({"hard": [1, 0, 0]}, "those of 1 examples are not, for instance 0 of .0.0, 0.0"),
        ({"num_classes": 0, "class_names": []}, "at least one class, and not 0"),
    ],
)
def test_wrong_content_is_refused(tmp_path, content, message):
    with pytest.raises(LabelStoreError, match=message):
        _write(tmp_path / "labels", **content)
    assert not (tmp_path / "labels").exists()


def test_an_incomplete_provenance_is_refused(tmp_path):
    with pytest.raises(LabelStoreError, match=r"lacks \['dataset', 'method'\]"):
        write_label_store(
            tmp_path / "x", IDS, np.zeros(3, int), None, {"num_classes": 0, "class_names": []}
        )


def _truncate(path):
    path.write_bytes(path.read_bytes()[:-1])


@pytest.mark.parametrize("name", ["ids.npy", "hard.npy", "probabilities.npy", "provenance.json"])
@pytest.mark.parametrize("damage", [_truncate, lambda path: path.write_bytes(b"")])
def test_truncated_files_are_refused_in_one_line(tmp_path, name, damage):
    _write(tmp_path / "labels")
    damage(tmp_path / "labels" / name)
    with pytest.raises(LabelStoreError, match="labels is damaged .*infer labels anew") as caught:
        LabelStore(tmp_path / "labels")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("ids", np.array([b"a", b"cc"])),
        ("ids", np.array([b"b", b"a", b"c"])),
        ("hard", np.array([0, 1, 3], np.int32)),
        ("hard", np.zeros(3)),
        ("probabilities", np.zeros([3, 4], np.float16)),
        ("probabilities", np.array([None] * 9).reshape(3, 3)),
    ],
)
def test_arrays_that_do_not_fit_are_refused(tmp_path, name, array):
    _write(tmp_path / "labels")
    np.save(tmp_path / "labels" / f"{name}.npy", array)
    with pytest.raises(LabelStoreError, match="is damaged"):
        LabelStore(tmp_path / "labels")


def test_another_provenance_or_missing_files_are_refused(tmp_path):
    _write(tmp_path / "labels")
    path = tmp_path / "labels" / "provenance.json"
    content = json.loads(path.read_text())
    for changed in (
        [],
        {},
        "text",
        content | {"num_examples": 4},
        content | {"dataset": {"name": "x"}},
        content | {"dataset": "cifar10"},
        content | {"class_names": 3},
        content | {"num_classes": "3"},
        {name: value for name, value in content.items() if name != "format"},
    ):
        path.write_text(json.dumps(changed))
        with pytest.raises(LabelStoreError, match="is damaged"):
            LabelStore(tmp_path / "labels")
    path.write_text(json.dumps(content | {"format": 2}))
    with pytest.raises(LabelStoreError, match="has the format 2, and this version .* reads 1"):
        LabelStore(tmp_path / "labels")
    path.write_text(json.dumps(content))
    (tmp_path / "labels" / "hard.npy").unlink()
    with pytest.raises(LabelStoreError, match="is damaged"):
        LabelStore(tmp_path / "labels")


def test_a_missing_store(tmp_path):
    assert not LabelStore.exists(tmp_path / "none")
    with pytest.raises(
        LabelStoreError, match="no label store in .*none: .*--schedule=infer_labels"
    ):
        LabelStore(tmp_path / "none")


def test_check(tmp_path):
    store = _write(tmp_path / "labels")
    store.check("f" * 16, "train", IDS)
    for fingerprint, split, ids, message in (
        ("0" * 16, "train", IDS, "made for other data: 'numbers' .* ffff.* fingerprint 0000"),
        ("f" * 16, "test", IDS, "made for the split 'train' .* of 'test' are wanted"),
        ("f" * 16, "train", np.array([b"a", b"new", b"cc", b"delta"]), "lacks 1 of 4 .* b'new'"),
        ("f" * 16, "train", IDS[1:], "labels of 1 examples that are not in .* b'delta'"),
    ):
        with pytest.raises(LabelStoreError, match=message) as caught:
            store.check(fingerprint, split, ids)
        assert "\n" not in str(caught.value)

# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
import os

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

from compare_gan.data import folder_listing
from compare_gan.data.folder_listing import list_folder


def _touch(root, *paths):
    for path in paths:
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x")


def _ids(listing):
    return {split: [file.id for file in files] for split, files in listing.splits.items()}


def _labels(listing):
    return {split: [file.label for file in files] for split, files in listing.splits.items()}


def test_classes_and_splits(tmp_path):
    _touch(tmp_path, "train/dog/a.png", "train/cat/b.JPG", "train/cat/c.gif", "test/dog/d.WebP")
    listing = list_folder(str(tmp_path))
    assert _ids(listing) == {
        "train": ["train/cat/b.JPG", "train/cat/c.gif", "train/dog/a.png"],
        "test": ["test/dog/d.WebP"],
    }
    assert _labels(listing) == {"train": [0, 0, 1], "test": [1]}
    assert listing.class_names == ("cat", "dog")
    assert (listing.eval_split, listing.remarks) == ("test", ())


@pytest.mark.parametrize("name", ["val", "valid", "validation", "Validation"])
def test_names_of_a_validation_split(tmp_path, name):
    _touch(tmp_path, "Train/a.png", f"{name}/b.png")
    listing = list_folder(str(tmp_path))
    assert _ids(listing) == {"train": ["Train/a.png"], "validation": [f"{name}/b.png"]}
    assert listing.eval_split == "validation"
    assert listing.class_names == ()
    assert _labels(listing) == {"train": [-1], "validation": [-1]}


def test_three_splits_evaluate_on_test(tmp_path):
    _touch(tmp_path, "train/a.png", "test/b.png", "val/c.png")
    listing = list_folder(str(tmp_path))
    assert set(listing.splits) == {"train", "test", "validation"}
    assert listing.eval_split == "test"


def test_a_class_may_be_called_train(tmp_path):
    _touch(tmp_path, *(f"{kind}/{i}.png" for kind in ("bus", "car", "train") for i in range(9)))
    assert list_folder(str(tmp_path)).class_names == ("bus", "car", "train")


def test_images_outside_of_splits_are_left_out_and_counted(tmp_path):
    _touch(tmp_path, "train/a.png", "test/b.png", "extra/c.png", "preview.png", "readme.txt")
    listing = list_folder(str(tmp_path))
    assert _ids(listing) == {"train": ["train/a.png"], "test": ["test/b.png"]}
    assert listing.remarks == (
        "1 files that are no images left out",
        "2 images outside of the splits left out",
    )


def test_deeper_folders_belong_to_their_class(tmp_path):
    _touch(tmp_path, *(f"cat/2020/{i}.png" for i in range(5)), *(f"dog/{i}.png" for i in range(5)))
    listing = list_folder(str(tmp_path))
    assert listing.class_names == ("cat", "dog")
    assert sorted(sum(_labels(listing).values(), [])) == [0] * 5 + [1] * 5


def test_hidden_files_are_ignored(tmp_path):
    _touch(tmp_path, "a.png", "b.png", ".c.png", ".git/d.png", "__MACOSX/e.png", "__MACOSX/._a.png")
    assert sorted(sum(_ids(list_folder(str(tmp_path))).values(), [])) == ["a.png", "b.png"]


def test_links_are_followed(tmp_path):
    _touch(tmp_path, "real/cat/a.png", "real/cat/b.png")
    (tmp_path / "data").mkdir()
    os.symlink(tmp_path / "real" / "cat", tmp_path / "data" / "dog")
    assert list_folder(str(tmp_path / "data")).class_names == ("dog",)


def test_a_tenth_is_set_aside_by_id(tmp_path):
    names = [f"{index}.png" for index in range(600)]
    _touch(tmp_path, *names[:500])
    before = _ids(list_folder(str(tmp_path)))
    assert set(before["train"]).isdisjoint(before["test"])
    assert 25 < len(before["test"]) < 80
    remark = list_folder(str(tmp_path)).remarks[0]
    assert f"{len(before['test'])} images are set aside" in remark
    # Images that come later do not move the others.
    _touch(tmp_path, *names[500:])
    after = _ids(list_folder(str(tmp_path)))
    assert set(before["test"]) <= set(after["test"])
    assert set(before["train"]) <= set(after["train"])


@hypothesis.given(st.lists(st.floats(0, 0.9999), min_size=2, max_size=8, unique=True))
def test_neither_part_is_empty(fractions):
    files = [folder_listing.ImageFile(str(index), -1, (0, 0, 0)) for index in range(len(fractions))]
    original = folder_listing._hash_fraction
    folder_listing._hash_fraction = lambda example_id: fractions[int(example_id)]
    try:
        parts = folder_listing._set_aside(None, files)
    finally:
        folder_listing._hash_fraction = original
    assert parts["train"] and parts["test"]
    assert len(parts["train"]) + len(parts["test"]) == len(files)
    below = sum(fraction < folder_listing.EVAL_FRACTION for fraction in fractions)
    assert len(parts["test"]) == min(max(below, 1), len(files) - 1)


def test_hash_fractions_are_uniform():
    fractions = [folder_listing._hash_fraction(str(index)) for index in range(10_000)]
    counts = np.histogram(fractions, bins=10, range=(0, 1))[0]
    assert ((counts - 1000) ** 2 / 1000).sum() < 27.9  # 99.9 %, 9 degrees of freedom


def test_one_class_folder_too_high_is_explained(tmp_path, caplog):
    _touch(tmp_path, "images/cat/a.png", "images/dog/b.png")
    with caplog.at_level("WARNING", logger="absl"):
        assert list_folder(str(tmp_path)).class_names == ("images",)
    assert f"folder:{tmp_path / 'images'}" in caplog.text


@pytest.mark.parametrize(
    ("paths", "message"),
    [
        (["a.txt", "b.csv"], "holds no images: none of its 2 files ends with .jpg, "),
        (["a.png"], "holds one image"),
        (["cat/a.png", "b.png"], "mixes images in class folders .cat. with 1 .* such as b.png"),
        (["train/a.png", "test/b.png", "testing/c.png"], "the same split: test, testing"),
    ],
)
def test_wrong_folders_are_refused(tmp_path, paths, message):
    _touch(tmp_path, *paths)
    with pytest.raises(ValueError, match=message):
        list_folder(str(tmp_path))


def test_missing_folder_is_refused(tmp_path):
    with pytest.raises(ValueError, match="there is no folder"):
        list_folder(str(tmp_path / "none"))


def test_a_link_that_leads_back_is_refused(tmp_path):
    """Its images would be counted some forty times."""
    _touch(tmp_path, "cat/a.png", "cat/b.png", "dog/c.png", "dog/d.png")
    for target in (tmp_path, tmp_path / "cat", tmp_path.parent):
        link = tmp_path / "cat" / "self"
        link.symlink_to(target)
        with pytest.raises(ValueError, match="cat/self is a link to .*: remove the link"):
            list_folder(str(tmp_path))
        link.unlink()
    # One to a folder beside it is a second copy, which people make on purpose.
    (tmp_path / "cat" / "dogs").symlink_to(tmp_path / "dog")
    assert sum(map(len, _ids(list_folder(str(tmp_path))).values())) == 6


def test_a_folder_that_cannot_be_listed_is_refused(tmp_path, monkeypatch):
    """Whoever runs the tests may read everything, so that the system says it here."""
    _touch(tmp_path, "cat/a.png", "dog/b.png")
    scan = os.scandir

    def denied(path):
        if str(path).endswith("dog"):
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", denied)
    with pytest.raises(ValueError, match="dog cannot be read: Permission denied. Make it readable"):
        list_folder(str(tmp_path))

# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
import gin
import numpy as np
import pytest
from PIL import Image

from compare_gan.data import Dataset, ListedLabels, get_dataset


@pytest.fixture
def table(tmp_path):
    """Gives `table(text)`, which writes a file and returns its path."""

    def write(text, encoding="utf-8"):
        path = tmp_path / "labels.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write


def test_names_numbers_and_unlisted(make_source, table):
    source = make_source([2, 2, 2, 2, 2], class_names=["cat", "dog", "1"])
    path = table("id,note,label\nt3,mine,dog\nt0,,0\nt4,x,-1\nt1,y,1\n")
    dataset = Dataset(source, ListedLabels(path), 547)
    # The name "1" comes before the number 1.
    assert dataset.ids_and_labels("train")[1].tolist() == [0, 2, -1, 1, -1]
    assert dataset.class_names == ("cat", "dog", "1")
    assert dataset.class_histogram().tolist() == [1, 1, 1]
    assert dataset.known_label_ids().tolist() == [b"t0", b"t1", b"t3"]
    assert dataset.ids_and_labels("test")[1].tolist() == [0, 1, 0, -1]


@pytest.mark.parametrize(
    ("labels", "names"),
    [(("b", "a", "-1", "b"), ("a", "b")), (("10", "9", "9", "-1"), ("9", "10"))],
)
def test_classes_of_a_data_set_without_any(make_source, table, labels, names):
    lines = "".join(f"t{index},{label}\n" for index, label in enumerate(labels))
    dataset = Dataset(
        make_source([0] * 5, num_classes=0), ListedLabels(table("id,label\n" + lines)), 1
    )
    assert dataset.class_names == names
    expected = [names.index(label) if label != "-1" else -1 for label in labels] + [-1]
    assert dataset.ids_and_labels("train")[1].tolist() == expected
    assert dataset.ids_and_labels("test")[1].tolist() == [-1] * 4


def test_joined_by_id_when_the_order_changes(make_source, table):
    path = table("id,label\n" + "".join(f"t{index},{index % 3}\n" for index in range(0, 20, 2)))
    for order in (None, np.random.default_rng(1).permutation(20)):
        dataset = Dataset(make_source([0] * 20, order), ListedLabels(path), 547)
        batch = next(iter(dataset.training_batches(20)))
        for value, label in zip(batch["images"].numpy()[:, 0, 0, 0], batch["labels"].numpy()):
            assert label == (value % 3 if value % 2 == 0 else -1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,class\nt0,1\n", "first line lacks label: it must be id,label"),
        ("", "first line lacks id and label"),
        ("id,label\nt0,1\nt1,1\nt0,2\n", "1 lines repeat an id, such as b't0'"),
        ("id,label\nt0,1\nt1\n", "line 3 lacks an id or a label"),
        ("id,label\nt0,cow\nt1,7\n", "2 lines have a label that is no class.*'cow'.*0 to 2"),
        ("id,label\nt0,1\nx9,1\ny,1\n", "2 of its 3 ids are none of .*b'x9', where .* like b't0'"),
        ('id,label\n"t0,1\n', "it is no CSV file"),
    ],
)
def test_wrong_files_are_refused(make_source, table, text, message):
    with pytest.raises(ValueError, match=f"listed_labels.path is .*labels.csv', but .*{message}"):
        Dataset(make_source([0, 0, 0]), ListedLabels(table(text)), 1).ids_and_labels("train")


def test_a_missing_file_or_setting(tmp_path):
    with pytest.raises(ValueError, match="listed_labels.path is missing: set it to a CSV file"):
        ListedLabels()
    with pytest.raises(ValueError, match="none.csv', but it cannot be read .No such file"):
        ListedLabels(tmp_path / "none.csv")


def test_a_table_without_lines_leaves_all_unlabelled(make_source, table):
    dataset = Dataset(make_source([0, 1]), ListedLabels(table("id,label\n")), 1)
    assert dataset.ids_and_labels("train")[1].tolist() == [-1, -1]


def test_a_folder_of_ones_own_images_by_gin(tmp_path, table, caplog):
    folder = tmp_path / "images"
    folder.mkdir()
    for index, name in enumerate(["a.png", "b, c.png", "\u00e4.png", "d.png"]):
        Image.new("RGB", (4, 4), (40 * index, 0, 0)).save(folder / name)
    # As spreadsheets save it: a byte order mark and other line ends.
    path = table('id,label\r\na.png,sun\r\n"b, c.png",moon\r\n\u00e4.png,sun\r\n', "utf-8-sig")
    caplog.set_level("INFO", logger="absl")
    gin.parse_config(f"""
        dataset.name = "folder:{folder}"
        dataset.labels = @listed_labels
        listed_labels.path = "{path}"
        """)
    dataset = get_dataset()
    assert dataset.class_names == ("moon", "sun")
    # One of them was put aside for evaluations.
    assert dataset.ids_and_labels("test")[0].tolist() == ["\u00e4.png".encode()]
    assert dataset.class_histogram().tolist() == [1, 1]
    assert "1 of its 3 ids are not in the split 'train'" in caplog.text

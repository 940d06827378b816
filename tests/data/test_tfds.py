# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
import io
import pathlib
import shutil

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from compare_gan.data import dataset_shape, get_dataset
from compare_gan.data.examples import ArrayExamples
from compare_gan.data.tfds_examples import RecordExamples
from compare_gan.data.tfds_prepared import locate
from compare_gan.data.tfds_records import Records
from compare_gan.data.transforms import SquareCrop


def _evaluate(dataset, split, batch_size=8):
    batches = list(dataset.evaluation_batches(split, batch_size).as_numpy_iterator())
    return {
        name: np.concatenate([batch[name] for batch in batches])
        for name in ("images", "labels", "ids")
    }


def _training(dataset, batches, batch_size, **options):
    stream = dataset.training_batches(batch_size, ids=True, **options).take(batches)
    return list(stream.as_numpy_iterator())


def _read_by_tfds(data_dir, name, split):
    """All examples as TFDS itself reads them, by their ids."""
    import tensorflow_datasets as tfds

    builder = tfds.builder_from_directory(locate(name, data_dir))
    config = tfds.ReadConfig(add_tfds_id=True, try_autocache=False)
    examples = tfds.as_numpy(builder.as_dataset(split=split, read_config=config))
    return {example["tfds_id"]: example for example in examples}


@pytest.mark.parametrize("memory_limit", [2**30, 10])
def test_images_labels_and_own_ids(prepared_dir, memory_limit):
    dataset = get_dataset("cifar10", tfds_data_dir=prepared_dir, memory_limit=memory_limit)
    kind = ArrayExamples if memory_limit > 10 else RecordExamples
    assert isinstance(dataset._source.examples("test"), kind)
    assert (dataset.num_examples("train"), dataset.num_examples("test")) == (40, 12)
    found = _evaluate(dataset, "test")
    expected = {
        example["id"]: example
        for example in _read_by_tfds(prepared_dir, "cifar10", "test").values()
    }
    assert set(found["ids"]) == set(expected) == {f"test_{i}".encode() for i in range(12)}
    for image, label, example_id in zip(found["images"], found["labels"], found["ids"]):
        np.testing.assert_array_equal(image, expected[example_id]["image"])
        assert label == expected[example_id]["label"]
    assert dataset.class_histogram("train").tolist() == [4] * 10


def test_memory_and_stream_agree_on_ids_and_fingerprint(prepared_dir):
    memory, stream = (
        get_dataset("cifar10", tfds_data_dir=prepared_dir, memory_limit=limit)
        for limit in (2**30, 10)
    )
    assert memory.fingerprint == stream.fingerprint
    for ours, theirs in zip(memory.ids_and_labels("train"), stream.ids_and_labels("train")):
        np.testing.assert_array_equal(ours, theirs)


def test_without_an_own_id_it_is_tfds_id(prepared_dir):
    dataset = get_dataset("tfds:photos", tfds_data_dir=prepared_dir, image_size=16)
    found = _evaluate(dataset, "train")
    expected = _read_by_tfds(prepared_dir, "photos", "train")
    assert set(found["ids"]) | set(_evaluate(dataset, "test")["ids"]) == set(expected)
    for label, example_id in zip(found["labels"], found["ids"]):
        assert label == expected[example_id]["kind"]


def test_one_split_sizes_that_differ_and_a_label_of_another_name(prepared_dir):
    with pytest.raises(ValueError, match="'tfds:photos' differ in size: set dataset.image_size"):
        get_dataset("tfds:photos", tfds_data_dir=prepared_dir)
    dataset = get_dataset("tfds:photos", tfds_data_dir=prepared_dir, image_size=(10, 12))
    assert dataset.image_shape == (10, 12, 3)
    assert dataset.class_names == ("cat", "dog")
    train, test = (_evaluate(dataset, split)["ids"].tolist() for split in ("train", "test"))
    assert (len(train), len(test)) == (45, 5)
    assert set(train).isdisjoint(test)
    assert "train[:90%]" in dataset.describe()


def test_a_path_instead_of_a_name(prepared_dir):
    by_name = get_dataset("tfds:cifar10", tfds_data_dir=prepared_dir)
    path = pathlib.Path(prepared_dir, "cifar10", "1.0.0")
    for location in (path, path.parent):
        by_path = get_dataset(f"tfds:{location}")
        assert by_path.fingerprint == by_name.fingerprint
        assert by_path.num_examples("train") == 40
    assert get_dataset("tfds:cifar10:1.*.*", tfds_data_dir=prepared_dir).num_examples("test") == 12
    shape = dataset_shape("tfds:cifar10", tfds_data_dir=prepared_dir)
    assert shape == ((32, 32, 3), 10)


def test_versions_and_configurations(prepared_dir, tmp_path):
    source = pathlib.Path(prepared_dir, "cifar10", "1.0.0")
    for version in ("1.0.0", "1.10.0", "1.9.0"):
        shutil.copytree(source, tmp_path / "sets" / "plain" / version)
    assert locate("sets/plain", str(tmp_path)).endswith("1.10.0")
    assert locate("sets/plain:1.9.*", str(tmp_path)).endswith("1.9.0")
    with pytest.raises(ValueError, match="not prepared"):
        locate("sets/plain:2.0.0", str(tmp_path))
    assert locate("sets", str(tmp_path)).endswith("plain/1.10.0")
    shutil.copytree(source, tmp_path / "sets" / "other" / "1.0.0")
    with pytest.raises(ValueError, match="choose one as sets/other, sets/plain"):
        locate("sets", str(tmp_path))


def test_what_is_not_prepared_is_explained(prepared_dir, tmp_path):
    with pytest.raises(ValueError, match=f"looked for in {tmp_path}.*--tfds_data_dir.*tfds build"):
        get_dataset("cifar10", tfds_data_dir=str(tmp_path))
    with pytest.raises(ValueError, match="Did you mean 'cifar10', which is there"):
        get_dataset("tfds:cifar_10", tfds_data_dir=prepared_dir)
    with pytest.raises(ValueError, match="no dataset_info.json"):
        get_dataset(f"tfds:{tmp_path}")
    with pytest.raises(ValueError, match="label features .* are: label"):
        get_dataset("tfds:cifar10", tfds_data_dir=prepared_dir, label_key="coarse")
    with pytest.raises(ValueError, match="no split 'dev': it has test, train"):
        get_dataset("tfds:cifar10", tfds_data_dir=prepared_dir, train_split="dev")


def test_splits_by_instruction(prepared_dir):
    dataset = get_dataset(
        "tfds:cifar10",
        tfds_data_dir=prepared_dir,
        train_split="train+test",
        eval_split="test[:50%]",
    )
    assert dataset.num_examples("train") == 52
    assert dataset.num_examples("test") == 6
    assert len(set(dataset.ids_and_labels("train")[0])) == 52


def test_celeb_a_as_in_v3(prepared_dir):
    dataset = get_dataset("celeb_a", tfds_data_dir=prepared_dir)
    found = _evaluate(dataset, "test")
    assert found["images"].shape == (4, 64, 64, 3)
    assert found["labels"].tolist() == [-1] * 4
    expected = _read_by_tfds(prepared_dir, "celeb_a", "test")
    for image, example_id in zip(found["images"], found["ids"]):
        crop = expected[example_id]["image"][29:189, 9:169].astype(np.float64)
        # Every output pixel lies at a multiple of 2.5 pixels: on one, or half-way between two.
        np.testing.assert_allclose(image[::2, ::2], crop[::5, ::5])
        between = (crop[::5, 2::5] + crop[::5, 3::5]) / 2
        assert np.abs(image[::2, 1::2] - between).max() <= 0.5


def test_imagenet_as_in_v3(prepared_dir):
    dataset = get_dataset("imagenet_64", tfds_data_dir=prepared_dir)
    assert dataset.splits == ("train", "validation")
    assert (dataset.eval_split, dataset.num_eval_examples) == ("validation", 7)
    found = _evaluate(dataset, "validation")
    assert found["images"].shape == (7, 64, 64, 3)
    stored = _read_by_tfds(prepared_dir, "imagenet2012", "validation").values()
    expected = {example["file_name"]: example for example in stored}
    middle = SquareCrop("middle", 64)
    for image, label, example_id in zip(found["images"], found["labels"], found["ids"]):
        example = expected[example_id]
        np.testing.assert_array_equal(image, middle(tf.constant(example["image"]), None))
        assert label == example["label"]


def test_random_crops_are_streamed_and_resume_exactly(prepared_dir):
    dataset = get_dataset("imagenet_64", tfds_data_dir=prepared_dir, horizontal_flip=True)
    assert isinstance(dataset._source.examples("train", training=True), RecordExamples)
    whole = _training(dataset, 9, 8)
    ids = [example_id for batch in whole for example_id in batch["ids"]]
    for epoch in range(2):
        assert len(set(ids[30 * epoch : 30 * (epoch + 1)])) == 30
    assert ids[:30] != ids[30:60]
    # The same example is cropped anew in another epoch.
    images = [image for batch in whole for image in batch["images"]]
    other_crop = images[30 + ids[30:60].index(ids[0])]
    assert (images[0] != other_crop).any()
    tf.random.set_seed(5)
    for start in (1, 5):
        late = _training(dataset, 2, 8, start_batch=start)
        for name in ("images", "labels", "ids"):
            np.testing.assert_array_equal(
                [batch[name] for batch in late], [batch[name] for batch in whole[start : start + 2]]
            )
    steps = _training(dataset, 2, 8, batches_per_step=3)
    assert steps[0]["images"].shape == (3, 8, 64, 64, 3)
    np.testing.assert_array_equal(steps[1]["images"][2], whole[5]["images"])


def test_streams_leave_tensorflows_own_seed_alone(prepared_dir):
    tf.random.set_seed(5)
    expected = tf.random.uniform([2]).numpy()
    tf.random.set_seed(5)
    dataset = get_dataset("cifar10", tfds_data_dir=prepared_dir, memory_limit=10)
    _training(dataset, 1, 2)
    np.testing.assert_array_equal(tf.random.uniform([2]), expected)


def test_workers_share_a_stream(prepared_dir):
    dataset = get_dataset("cifar10", tfds_data_dir=prepared_dir, memory_limit=10)
    whole = _training(dataset, 4, 6)
    parts = [_training(dataset.shard(index, 3), 4, 6) for index in range(3)]
    for number, batch in enumerate(whole):
        for index, part in enumerate(parts):
            np.testing.assert_array_equal(part[number]["images"], batch["images"][index::3])
    evaluated = [
        [batch["ids"].tolist() for batch in part.as_numpy_iterator()]
        for part in (dataset.shard(index, 2).evaluation_batches("test", 10) for index in range(2))
    ]
    assert [[len(ids) for ids in part] for part in evaluated] == [[5, 2], [5, 0]]
    assert len({example_id for part in evaluated for ids in part for example_id in ids}) == 12


def test_streams_do_not_decode_what_is_skipped(prepared_dir, monkeypatch):
    dataset = get_dataset("cifar10", tfds_data_dir=prepared_dir, memory_limit=10)
    decoded = []
    examples = dataset._source.examples("train", training=True)
    original = examples._transform

    class Counting(type(original)):
        def __call__(self, image, bits):
            tf.numpy_function(lambda: decoded.append(1), [], [])
            return original(image, bits)

    monkeypatch.setattr(examples, "_transform", Counting())
    # 2000 examples are skipped: the bound leaves room for however far tf.data reads ahead.
    late = _training(dataset, 1, 2, start_batch=1000)
    assert len(late[0]["ids"]) == 2
    assert 2 <= len(decoded) < 1000


def test_small_images_are_left_out_of_hq400(prepared_dir):
    dataset = get_dataset("imagenet_512_hq400", tfds_data_dir=prepared_dir)
    ids, labels = dataset.ids_and_labels("train")
    assert sorted(labels.tolist()) == [index for index in range(30) if index % 3]
    assert sorted(ids) == sorted(f"train_{label}.JPEG".encode() for label in labels)
    assert dataset.num_examples("train") == 20
    assert dataset.num_examples("validation") == 7
    assert dataset.class_histogram("train").sum() == 20


def test_description_does_not_read_a_large_data_set(prepared_dir, monkeypatch):
    def forbidden(self):
        raise AssertionError("read all labels")

    monkeypatch.setattr(Records, "_scan", forbidden)
    dataset = get_dataset("imagenet_64", tfds_data_dir=prepared_dir, memory_limit=10)
    assert "30 train, 7 validation images of 64x64x3; 1000 classes;" in dataset.describe()


def test_decoded_images_are_kept_for_the_next_run(prepared_dir, monkeypatch):
    first = _evaluate(get_dataset("cifar10", tfds_data_dir=prepared_dir), "train")
    monkeypatch.setattr(RecordExamples, "evaluation_batches", None)
    second = _evaluate(get_dataset("cifar10", tfds_data_dir=prepared_dir), "train")
    for name in first:
        np.testing.assert_array_equal(first[name], second[name])


def _copy(prepared_dir, tmp_path, name):
    """A copy of a data set whose files may be changed: its folder, and the shards of "train"."""
    shutil.copytree(pathlib.Path(prepared_dir, name), tmp_path / "sets" / name)
    folder = tmp_path / "sets" / name / "1.0.0"
    return str(tmp_path / "sets"), sorted(folder.glob("*-train.tfrecord*"))


def _rewrite(path, change):
    """Changes every example in a TFRecord file."""
    records = [record.numpy() for record in tf.data.TFRecordDataset(str(path))]
    with tf.io.TFRecordWriter(str(path)) as writer:
        for number, record in enumerate(records):
            example = tf.train.Example.FromString(record)
            change(number, example.features.feature)
            writer.write(example.SerializeToString())


def test_fingerprint_is_of_the_shards_content(prepared_dir, tmp_path):
    data_dir, shards = _copy(prepared_dir, tmp_path, "cifar10")
    before = get_dataset("cifar10", tfds_data_dir=prepared_dir).fingerprint
    assert get_dataset("cifar10", tfds_data_dir=data_dir).fingerprint == before
    length = shards[0].stat().st_size

    def relabel(number, features):
        label = features["label"].int64_list.value
        label[0] = (label[0] + 1) % 10

    _rewrite(shards[0], relabel)
    assert shards[0].stat().st_size == length
    assert get_dataset("cifar10", tfds_data_dir=data_dir).fingerprint != before


@pytest.mark.parametrize("memory_limit", [2**30, 10])
def test_own_ids_that_are_not_distinct_are_not_used(prepared_dir, tmp_path, memory_limit):
    data_dir, shards = _copy(prepared_dir, tmp_path, "cifar10")
    for shard in shards:
        _rewrite(
            shard, lambda number, features: features["id"].bytes_list.value.__setitem__(0, b"x")
        )
    dataset = get_dataset("tfds:cifar10", tfds_data_dir=data_dir, memory_limit=memory_limit)
    expected = set(_read_by_tfds(data_dir, "cifar10", "train"))
    assert set(dataset.ids_and_labels("train")[0].tolist()) == expected
    assert set(_evaluate(dataset, "train")["ids"].tolist()) == expected
    assert set(_training(dataset, 1, 40)[0]["ids"].tolist()) == expected
    # The other split's are.
    assert dataset.ids_and_labels("test")[0][0].startswith(b"test_")
    with pytest.raises(ValueError, match="some occur more than once"):
        get_dataset("cifar10", tfds_data_dir=data_dir).ids_and_labels("train")


@pytest.mark.parametrize("memory_limit", [2**30, 10])
def test_damaged_files_are_named(prepared_dir, tmp_path, memory_limit):
    data_dir, shards = _copy(prepared_dir, tmp_path, "cifar10")
    content = bytearray(shards[1].read_bytes())
    content[len(content) // 2] ^= 255
    shards[1].write_bytes(content)
    dataset = get_dataset("cifar10", tfds_data_dir=data_dir, memory_limit=memory_limit)
    with pytest.raises(ValueError, match=f"{shards[1].name} is damaged.*prepare it anew"):
        dataset.class_histogram("train")
    shards[1].write_bytes(b"")
    dataset = get_dataset("cifar10", tfds_data_dir=data_dir, memory_limit=memory_limit)
    with pytest.raises(ValueError, match="should hold 40 examples, but they hold"):
        dataset.class_histogram("train")
    shards[1].unlink()
    with pytest.raises(ValueError, match=f"lacks the file .*{shards[1].name}"):
        get_dataset("cifar10", tfds_data_dir=data_dir)


def test_images_that_cannot_be_decoded(prepared_dir, tmp_path):
    data_dir, shards = _copy(prepared_dir, tmp_path, "cifar10")
    _rewrite(shards[0], lambda _, features: features["image"].bytes_list.value.__setitem__(0, b"x"))
    with pytest.raises(ValueError, match="An image .*cannot be decoded"):
        get_dataset("cifar10", tfds_data_dir=data_dir).training_batches(2)


def test_labels_are_counted_and_logged_without_decoding(prepared_dir, monkeypatch, caplog):
    monkeypatch.setattr(RecordExamples, "_decoded", None)
    dataset = get_dataset("cifar10", tfds_data_dir=prepared_dir, memory_limit=10)
    assert "; 10 classes;" in dataset.describe()
    with caplog.at_level("INFO", logger="absl"):
        for _ in range(2):
            assert dataset.class_histogram("train").tolist() == [4] * 10
    assert caplog.text.count("10 classes with 4, 4, 4, 4, 4, 4, 4, 4, 4, 4 training images") == 1
    assert "4, 4 training images" in dataset.describe()


def test_description_of_a_small_data_set_counts_labels(prepared_dir):
    dataset = get_dataset("cifar10", tfds_data_dir=prepared_dir)
    assert "10 classes with 4, 4, 4, 4, 4, 4, 4, 4, 4, 4 training images" in dataset.describe()


@pytest.mark.parametrize("encoding", ["none", "bytes", "zlib"])
@pytest.mark.parametrize("channels", [2, 4])
def test_tensors_of_any_channels(prepare, encoding, channels):
    import tensorflow_datasets as tfds

    images = np.random.default_rng(0).integers(0, 256, [10, 6, 5, channels], np.uint8)
    feature = tfds.features.Tensor(shape=(6, 5, channels), dtype=np.uint8, encoding=encoding)
    examples = [{"bands": image, "id": index} for index, image in enumerate(images)]
    data_dir = prepare("fields", {"bands": feature, "id": np.int64}, examples)
    dataset = get_dataset("tfds:fields", tfds_data_dir=data_dir)
    assert dataset.image_shape == (6, 5, channels)
    found = [_evaluate(dataset, split) for split in ("train", "test")]
    assert sum(len(part["ids"]) for part in found) == 10
    for part in found:
        for image, example_id in zip(part["images"], part["ids"]):
            np.testing.assert_array_equal(image, images[int(example_id)])
    assert get_dataset("tfds:fields", tfds_data_dir=data_dir, image_size=3).image_shape[2] == (
        channels
    )
    with pytest.raises(ValueError, match=f"dataset.channels is 3.*have {channels} channels"):
        get_dataset("tfds:fields", tfds_data_dir=data_dir, channels=3)


def test_an_alpha_channel_is_laid_on_white(prepare):
    import tensorflow_datasets as tfds

    images = np.zeros([4, 2, 2, 4], np.uint8)
    images[:2, ..., 3] = 255
    examples = [{"image": image, "id": index} for index, image in enumerate(images)]
    features = {"image": tfds.features.Image(shape=(2, 2, 4)), "id": np.int64}
    data_dir = prepare("stickers", features, examples)
    options = {"tfds_data_dir": data_dir, "train_split": "train", "eval_split": "train"}
    dataset = get_dataset("tfds:stickers", **options)
    assert dataset.image_shape == (2, 2, 3)
    assert "laid on white" in dataset.describe()
    found = _evaluate(dataset, "train")
    for image, example_id in zip(found["images"], found["ids"]):
        assert (image == (0 if int(example_id) < 2 else 255)).all()
    assert get_dataset("tfds:stickers", channels=1, **options).image_shape == (2, 2, 1)


def test_single_class_imagenet(prepared_dir):
    dataset = get_dataset("single_class_imagenet_128", tfds_data_dir=prepared_dir)
    assert dataset.class_histogram("validation").tolist() == [7]
    assert _evaluate(dataset, "validation")["labels"].tolist() == [0] * 7


def test_real_cifar10(tfds_data_dir):
    dataset = get_dataset("cifar10", tfds_data_dir=tfds_data_dir)
    assert (dataset.num_examples("train"), dataset.num_examples("test")) == (10_000, 2_000)
    assert dataset.num_eval_examples == 2_000
    found = _evaluate(dataset, "test", 500)
    assert len(set(found["ids"].tolist())) == 2_000
    assert all(example_id.startswith(b"test_") for example_id in found["ids"])


def test_real_fashion_mnist(tfds_data_dir):
    dataset = get_dataset("fashion-mnist", tfds_data_dir=tfds_data_dir)
    assert dataset.image_shape == (28, 28, 1)
    assert dataset.class_names[9] == "Ankle boot"
    assert dataset.class_histogram("test").tolist() == [1000] * 10
    assert dataset.num_eval_examples == 10_000
    record = next(iter(tf.data.TFRecordDataset(dataset._source._files("test")[0].path)))
    example = tf.train.Example.FromString(record.numpy()).features.feature
    with Image.open(io.BytesIO(example["image"].bytes_list.value[0])) as image:
        first = next(iter(dataset.evaluation_batches("test", 1)))
        np.testing.assert_array_equal(first["images"][0, :, :, 0], np.asarray(image))
        assert first["labels"][0] == example["label"].int64_list.value[0]

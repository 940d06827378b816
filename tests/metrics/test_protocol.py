# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Rows of scores and the two files that hold them."""

import csv
import dataclasses
import fcntl
import json
import math
import os
import threading

import pytest

from compare_gan.metrics.protocol import COLUMNS, Score, read_scores, write_scores


def score(step=1000, metric="fid", mean=12.5, **changes):
    row = Score(
        step=step,
        metric=metric,
        mean=mean,
        std=0.5,
        values=(12.0, 13.0),
        n_real=100,
        n_fake=100,
        num_fake_sets=2,
        split="test",
        backbone="inception_2015",
        backbone_hash="abc",
        resize="tf1_bilinear",
        bn_mode="moving",
        ema=True,
        truncation=None,
        seed=42,
        dataset="cifar10",
        dataset_fingerprint="def",
    )
    return dataclasses.replace(row, **changes)


def table(folder):
    with open(folder / "scores.csv", newline="") as file:
        return list(csv.reader(file))


def test_what_is_written_is_read(tmp_path):
    rows = [
        score(),
        score(metric="inception_score", mean=1 / 3),
        score(truncation=0.5, warning="!"),
    ]
    write_scores(tmp_path / "new", rows)
    assert read_scores(tmp_path / "new") == rows
    assert sorted(p.name for p in (tmp_path / "new").iterdir()) == ["scores.csv", "scores.jsonl"]


def test_rows_older_than_a_field_are_read(tmp_path):
    write_scores(tmp_path, [score(bn_mode="standing")])
    path = tmp_path / "scores.jsonl"
    row = json.loads(path.read_text())
    assert row.pop("standing_samples", "not there") is None
    path.write_text(json.dumps(row) + "\n")
    assert read_scores(tmp_path) == [score(bn_mode="standing")]


def test_no_file_is_no_scores(tmp_path):
    assert read_scores(tmp_path) == []


def test_rows_are_added_and_a_repeated_evaluation_replaces_its_row(tmp_path):
    write_scores(tmp_path, [score(1), score(2)])
    write_scores(tmp_path, [score(3)])
    again = score(1, mean=99.0, std=0.1, values=(99.0, 99.0), warning="n too small")
    write_scores(tmp_path, [again])
    assert read_scores(tmp_path) == [score(2), score(3), again]
    assert [row[0] for row in table(tmp_path)] == ["step", "2", "3", "1"]


@pytest.mark.parametrize(
    "change",
    [
        {"n_fake": 50},
        {"num_fake_sets": 3},
        {"split": "train"},
        {"backbone_hash": "other"},
        {"resize": "pil_bicubic"},
        {"bn_mode": "standing"},
        {"ema": False},
        {"truncation": 0.5},
        {"seed": 1},
        {"standing_samples": 640},
        {"settings": '{"nearest_k": 3}'},
        {"dataset_fingerprint": "other"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_another_protocol_is_another_row(tmp_path, change):
    write_scores(tmp_path, [score()])
    write_scores(tmp_path, [score(**change)])
    assert read_scores(tmp_path) == [score(), score(**change)]


def test_csv_has_stable_columns_and_the_same_values(tmp_path):
    write_scores(tmp_path, [score(warning="a, b")])
    header, row = table(tmp_path)
    assert (
        tuple(header)
        == COLUMNS
        == (
            "step",
            "metric",
            "mean",
            "std",
            "values",
            "n_real",
            "n_fake",
            "num_fake_sets",
            "split",
            "backbone",
            "backbone_hash",
            "resize",
            "bn_mode",
            "ema",
            "truncation",
            "seed",
            "dataset",
            "dataset_fingerprint",
            "warning",
            "standing_samples",
            "backbone_accuracy",
            "settings",
        )
    )
    flat = dict(zip(header, row))
    assert flat["mean"] == "12.5" and flat["values"] == "12.0 13.0"
    assert flat["truncation"] == "" and flat["ema"] == "True" and flat["warning"] == "a, b"


def test_every_digit_survives(tmp_path):
    value = 0.1 + 0.2
    write_scores(tmp_path, [score(mean=value)])
    assert read_scores(tmp_path)[0].mean == value
    assert float(table(tmp_path)[1][2]) == value


def test_a_value_that_is_no_number_stays_valid_json(tmp_path):
    write_scores(tmp_path, [score(mean=math.nan, values=(1.0, math.nan))])
    [line] = (tmp_path / "scores.jsonl").read_text().splitlines()
    assert json.loads(line, parse_constant=pytest.fail)["mean"] is None
    [row] = read_scores(tmp_path)
    assert math.isnan(row.mean) and row.values[0] == 1.0 and math.isnan(row.values[1])


def test_a_cut_off_last_line_is_left_out_and_then_repaired(tmp_path):
    write_scores(tmp_path, [score(1), score(2, warning="größer")])
    path = tmp_path / "scores.jsonl"
    whole = path.read_bytes()
    first_line = whole.index(b"\n") + 1
    for length in range(first_line, len(whole) - 2):
        path.write_bytes(whole[:length])
        assert read_scores(tmp_path) == [score(1)]
    write_scores(tmp_path, [score(3)])
    assert read_scores(tmp_path) == [score(1), score(3)]


def test_a_damaged_line_elsewhere_is_an_error_that_names_it(tmp_path):
    write_scores(tmp_path, [score(1), score(2)])
    path = tmp_path / "scores.jsonl"
    first, second = path.read_text().splitlines()
    path.write_text(f"{first[:20]}\n{second}\n")
    with pytest.raises(ValueError, match="Line 1 of .*scores.jsonl"):
        read_scores(tmp_path)
    path.write_text(f'{first}\n{second[:-1]}, "new_field": 1}}\n')
    with pytest.raises(ValueError, match="Line 2 .*unknown field 'new_field'"):
        read_scores(tmp_path)


def test_writers_take_turns(tmp_path):
    """A second writer waits while the first, played by this test, holds the folder's lock."""
    write_scores(tmp_path, [score(1)])
    descriptor = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    writer = threading.Thread(target=write_scores, args=(tmp_path, [score(2)]))
    writer.start()
    writer.join(0.2)
    assert writer.is_alive() and read_scores(tmp_path) == [score(1)]
    os.close(descriptor)
    writer.join(10)
    assert read_scores(tmp_path) == [score(1), score(2)]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["scores.csv", "scores.jsonl"]

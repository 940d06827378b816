# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Which checkpoints are scored, what happens to those that cannot be, and what is printed."""

import dataclasses
import json
import math

import gin
import numpy as np
import pytest

from compare_gan import schedules
from compare_gan.architectures.resnet_biggan import Generator
from compare_gan.configuration import ConfigurationError
from compare_gan.data import (
    FewLabels,
    InferredLabels,
    SingleLabel,
    TrueLabels,
    get_dataset,
    write_label_store,
)
from compare_gan.data.digits import load_digits
from compare_gan.gans.latents import LatentPrior, normal
from compare_gan.generators import CheckpointGenerator, load_generator
from compare_gan.metrics import (
    FID,
    GILBO,
    PRD,
    PRDC,
    EvaluationSettings,
    Evaluator,
    InceptionScore,
    JacobianConditioning,
    PerClassFID,
    per_class_distance,
    read_scores,
    write_scores,
)
from compare_gan.metrics.backbones import DigitsCNN, RandomFeatures
from compare_gan.normalizers import BatchNorm, StandardizeBatch
from compare_gan.schedules import RunFlags, evaluation
from compare_gan.schedules.best import scores_of
from compare_gan.self_supervision import rotate_images
from compare_gan.trained_generator import TrainedGenerator


@pytest.fixture
def digits():
    return get_dataset("digits")


@pytest.fixture
def no_images(monkeypatch):
    """Rows without values in place of evaluations, since only their protocols matter."""

    def rows(evaluator, generator, names):
        context = evaluation._context(generator, evaluator.settings)
        return evaluator.rows_without_values(step=generator.step, names=names, **context)

    monkeypatch.setattr(evaluation, "_scores", rows)


def _settings(**changes):
    chosen = dict(metrics=[FID], backbone=DigitsCNN, num_samples=70, num_fake_sets=1)
    return EvaluationSettings(**{**chosen, "standing_samples": 64, **changes})


def _evaluate(flags, dataset, draw_last=False, **changes):
    evaluator = Evaluator(dataset, _settings(**changes))
    return evaluation.evaluate_checkpoints(flags, dataset, evaluator, draw_last)


def _print(flags, dataset, **changes):
    evaluation.print_scores(flags, dataset, Evaluator(dataset, _settings(**changes)))


@pytest.fixture
def run_folder(tmp_path):
    """The folder of a run of which nothing is left but which statistics its G uses."""
    (tmp_path / "model.json").write_text('{"bn_mode": "moving"}')
    return tmp_path


def _pictures(flags):
    return sorted(path.name for path in (flags.model_dir / "pictures").glob("*"))


def test_a_diverged_checkpoint_has_rows_without_values_and_stops_nothing(make_run, digits, capsys):
    flags = make_run(steps=(1, 2, 3), broken=(1, 3))
    metrics = [FID, InceptionScore]
    assert _evaluate(flags, digits, draw_last=True, metrics=metrics) == 3
    lines = (flags.model_dir / "scores.jsonl").read_text().splitlines()
    rows = [json.loads(line, parse_constant=pytest.fail) for line in lines]
    assert [(row["step"], row["metric"]) for row in rows] == [
        (step, metric)
        for step in (1, 2, 3)
        for metric in ("fid_digits_cnn", "inception_score_digits_cnn")
    ]
    for row in rows:
        assert (row["mean"] is None) == (row["step"] != 2)
        assert ("hold NaN" in row["warning"]) == (row["step"] != 2)
    assert _pictures(flags) == []
    # It has been evaluated: nobody tries again.
    assert _evaluate(flags, digits, metrics=metrics) == 0
    _print(flags, digits, metrics=metrics)
    assert "not measurable" in capsys.readouterr().out
    # But for whoever deletes its line.
    (flags.model_dir / "scores.jsonl").write_text("\n".join(lines[1:]) + "\n")
    assert _evaluate(flags, digits, metrics=metrics) == 1
    assert sorted((flags.model_dir / "scores.jsonl").read_text().splitlines()) == sorted(lines)


def test_scores_survive_a_kill(make_run, digits, monkeypatch):
    flags = make_run(steps=(1, 2, 3))
    evaluated = []
    original = Evaluator.evaluate

    def killed_at_step_2(self, *arguments, step, **context):
        if step == 2 and not killed:
            killed.append(step)
            raise KeyboardInterrupt
        evaluated.append(step)
        return original(self, *arguments, step=step, **context)

    killed = []
    monkeypatch.setattr(Evaluator, "evaluate", killed_at_step_2)
    with pytest.raises(KeyboardInterrupt):
        _evaluate(flags, digits)
    (first,) = read_scores(flags.model_dir)
    assert first.step == 1 and math.isfinite(first.mean)
    assert _evaluate(flags, digits) == 2
    assert evaluated == [1, 2, 3]
    assert read_scores(flags.model_dir)[0] == first
    assert [score.step for score in read_scores(flags.model_dir)] == [1, 2, 3]


@pytest.mark.parametrize(
    "change",
    [
        {"metrics": [FID, InceptionScore]},
        {"num_samples": 71},
        {"num_fake_sets": 2},
        {"split": "train"},
        {"backbone": RandomFeatures, "force": True},
        {"bn_mode": "batch"},
        {"truncation": 0.5},
        {"seed": 43},
        {"standing_samples": 128},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_is_asked_for_anew_is_measured(make_run, digits, no_images, change):
    flags = make_run(standing="standing_samples" in change)
    assert [_evaluate(flags, digits), _evaluate(flags, digits)] == [2, 0]
    assert [_evaluate(flags, digits, **change), _evaluate(flags, digits, **change)] == [2, 0]
    # What was measured before is still there; less than that is no reason to measure.
    assert _evaluate(flags, digits) == 0


def test_other_settings_of_a_metric_are_another_protocol(make_run, digits, no_images):
    flags = make_run()
    for metric, steps in ((PRDC(), 2), (PRDC(nearest_k=3), 2), (PRDC(), 0), (PRDC(nearest_k=3), 0)):
        assert _evaluate(flags, digits, metrics=[metric]) == steps
    assert {score.settings for score in read_scores(flags.model_dir)} == {"", '{"nearest_k": 3}'}


def test_other_images_are_another_protocol(make_run, digits, no_images):
    flags = make_run()
    assert _evaluate(flags, digits) == 2
    digits.__dict__["fingerprint"] = "other"  # in place of the cached one
    assert _evaluate(flags, digits) == 2


def test_due_are_multiples_and_the_last(make_run, digits, no_images, monkeypatch):
    monkeypatch.setattr(evaluation, "_draw", lambda *_: None)
    flags = dataclasses.replace(make_run(steps=(2, 3, 4, 7)), eval_every_steps=2)
    assert _evaluate(flags, digits) == 2
    assert _evaluate(flags, digits, draw_last=True) == 1
    assert [score.step for score in read_scores(flags.model_dir)] == [2, 4, 7]


def _scored(flags):
    """The steps of each value, in the order they were scored."""
    steps = {}
    for score in read_scores(flags.model_dir):
        steps.setdefault(score.metric.removesuffix("_digits_cnn"), []).append(score.step)
    return steps


def test_each_value_has_steps_of_its_own(make_run, digits, no_images, monkeypatch):
    for name in ("_draw", "_write_yardstick"):
        monkeypatch.setattr(evaluation, name, lambda *_: None)
    flags = dataclasses.replace(make_run(steps=(2, 3, 4, 6, 7)), eval_every_steps=2)
    chosen = {"metrics": [FID, InceptionScore, PRD], "every_steps": {"prd_f8": 3, "fid": 0}}
    assert _evaluate(flags, digits, **chosen) == 4
    assert _scored(flags) == {
        "inception_score": [2, 4, 6],
        "prd_f8": [3, 6],
        "prd_f1_8": [3, 6],
    }
    # The last checkpoint gets everything.
    assert _evaluate(flags, digits, **chosen, draw_last=True) == 1
    assert [steps[-1] for steps in _scored(flags).values()] == [7] * 4
    assert _scored(flags)["fid"] == [7]


def test_only_what_is_missing_is_measured(make_run, digits, monkeypatch):
    flags = make_run(steps=(1, 2))
    asked = []
    original = Evaluator.evaluate

    def told(self, *arguments, names, **named):
        asked.append((named["step"], sorted(names)))
        return original(self, *arguments, names=names, **named)

    monkeypatch.setattr(Evaluator, "evaluate", told)
    _evaluate(flags, digits, metrics=[FID])
    before = read_scores(flags.model_dir)
    _evaluate(flags, digits, metrics=[FID, InceptionScore], every_steps={"inception_score": 2})
    fid, inception = ["fid_digits_cnn"], ["inception_score_digits_cnn"]
    assert asked == [(1, fid), (2, fid), (2, inception)]
    assert read_scores(flags.model_dir)[:2] == before


def test_what_a_metric_refuses_is_an_error_of_the_configuration(make_run, digits, monkeypatch):
    def refusing(evaluator, generator, names):
        rotate_images(np.zeros([1, 2, 3, 1]))  # stands for any part of the package

    monkeypatch.setattr(evaluation, "_scores", refusing)
    with pytest.raises(ConfigurationError, match="needs square images, but these are 2x3"):
        _evaluate(make_run(steps=(1,)), digits, draw_last=True)


def test_labels_of_fakes_reach_the_metrics(make_run, digits, monkeypatch):
    """The distance of the images that G makes of each class, and the real ones of that class."""
    flags = make_run(steps=(1,))
    per_class = {"metrics": [PerClassFID], "num_samples": 200, "force": True}
    assert _evaluate(flags, digits, **per_class) == 1
    (row,) = read_scores(flags.model_dir)

    generator = load_generator(flags.model_dir)
    images, labels = map(np.concatenate, zip(*generator.batches(200, seed=42)))
    real, real_labels, _ = load_digits("test")
    chosen = np.arange(200) * 537 // 200
    expected = per_class_distance(
        real=DigitsCNN()(real[chosen] / 255.0)[0],
        real_labels=real_labels[chosen],
        fake=DigitsCNN()(images)[0],
        fake_labels=labels,
    )
    np.testing.assert_allclose(row.mean, np.mean(list(expected.values())), rtol=1e-4)


def test_a_yardstick_of_few_labels_takes_all_of_them(make_run, digits, no_images, monkeypatch):
    monkeypatch.setattr(evaluation, "_draw", lambda *_: None)
    flags = make_run(steps=(1,))
    per_class = {"metrics": [PerClassFID], "num_samples": 200, "force": True}
    few = get_dataset("digits", labels=FewLabels(per_class=3))
    _evaluate(flags, few, draw_last=True, **per_class)
    evaluator = Evaluator(digits, _settings(**per_class))
    evaluation._write_yardstick(flags.model_dir / "all", digits, evaluator)
    everything = json.loads((flags.model_dir / "all" / "yardstick.json").read_text())
    assert _yardstick(flags)["values"] == everything["values"] != {}


def test_an_unconditional_generator_has_no_labels_for_metrics(tiny, tmp_path):
    bindings = [
        *tiny,
        "ModularGAN.conditional = False",
        "infogan.Discriminator.project_y = False",
        "G.batch_norm_fn = @batch_norm",
        "eval.metrics = [@fid, @per_class_fid]",
        "eval.force = True",
    ]
    with pytest.raises(ConfigurationError, match="PerClassFID .* this G is unconditional"):
        schedules.run("eval_after_train", [], bindings, RunFlags(tmp_path / "run"))
    assert not (tmp_path / "run" / "checkpoints").exists()


def test_no_checkpoint_is_nothing_to_do(tmp_path, digits):
    flags = RunFlags(tmp_path)
    assert _evaluate(flags, digits, draw_last=True) == 0
    _print(flags, digits)


@pytest.mark.parametrize("standing", [False, True])
def test_bn_mode_is_what_was_used_or_refused(make_run, digits, no_images, standing):
    flags = make_run(steps=(1,), standing=standing)
    own = "standing" if standing else "moving"
    for asked, used in (("batch", "batch"), ("standing", "standing"), ("auto", own)):
        _evaluate(flags, digits, bn_mode=asked)
        assert used in {row.bn_mode for row in read_scores(flags.model_dir)}
    # What was measured with other statistics is not what "auto" asks for.
    scores = scores_of(Evaluator(digits, _settings()), flags.model_dir)
    assert {row.bn_mode for row in scores} == {own}
    before = (flags.model_dir / "scores.jsonl").read_bytes()
    if standing:
        with pytest.raises(ValueError, match="bn_mode='moving'.*set eval.bn_mode to 'standing'"):
            _evaluate(flags, digits, bn_mode="moving")
        assert (flags.model_dir / "scores.jsonl").read_bytes() == before


def test_standing_statistics_of_a_generator_with_moving_averages(make_run):
    """As of a network that has the same weights, but accumulators instead of moving averages."""
    folder = make_run(steps=(1, 2)).model_dir
    generator = load_generator(folder, step=1, standing_samples=128)
    moving = generator.sample(20)
    assert not list(folder.rglob("standing_statistics.npz"))
    generator.bn_mode = "standing"
    standing = generator.sample(20)
    assert generator.standing_samples == 128 and np.abs(standing - moving).max() > 1e-3

    accumulators = BatchNorm(StandardizeBatch(use_moving_averages=False))
    network = Generator(
        image_shape=(8, 8, 1),
        z_dim=4,
        num_classes=10,
        normalizer=accumulators,
        final_normalizer=accumulators,
        ch=4,
        hierarchical_z=False,
    )
    for variable, trained in zip(
        network.trainable_variables, generator.network.trainable_variables, strict=True
    ):
        variable.assign(trained)
    twin = TrainedGenerator(network, LatentPrior(normal), 4, generator.label_frequencies)
    twin.accumulate_standing_statistics(128)
    np.testing.assert_allclose(standing, twin.sample(20), atol=1e-5)

    # They are kept beside the checkpoint, and either kind is there whenever it is asked for.
    (path,) = folder.rglob("standing_statistics.npz")
    written = path.stat().st_mtime_ns
    generator.bn_mode = "moving"
    np.testing.assert_array_equal(generator.sample(20), moving)
    assert generator.standing_samples is None
    generator.bn_mode = "standing"
    np.testing.assert_array_equal(generator.sample(20), standing)
    assert path.stat().st_mtime_ns == written
    # Another checkpoint has the same weights here, but other moving averages.
    generator.restore(2, standing_samples=64)
    assert generator.standing_samples == 64 and len(list(folder.rglob(path.name))) == 2
    assert generator._gather.experimental_get_tracing_count() == 1
    generator.bn_mode = "moving"
    again = generator.sample(20)
    assert np.abs(again - moving).max() > 1e-3
    np.testing.assert_array_equal(again, load_generator(folder, step=2).sample(20))


def test_standing_statistics_are_gathered_where_they_are_used(make_run):
    folder = make_run(steps=(1,), standing=True).model_dir
    generator = CheckpointGenerator(folder)
    generator.bn_mode = "batch"
    generator.restore(1)
    assert not list(folder.rglob("standing_statistics.npz"))
    generator.bn_mode = "standing"
    assert len(list(folder.rglob("standing_statistics.npz"))) == 1
    np.testing.assert_array_equal(generator.sample(20), load_generator(folder).sample(20))


def test_bn_mode_is_checked_before_the_training(tiny, tmp_path):
    bindings = [*tiny, "eval.bn_mode = 'moving'"]
    with pytest.raises(ConfigurationError, match="eval.bn_mode='moving', but this generator"):
        schedules.run("eval_after_train", [], bindings, RunFlags(tmp_path / "run"))
    assert not (tmp_path / "run" / "checkpoints").exists()


def _yardstick(flags):
    return json.loads((flags.model_dir / "yardstick.json").read_text())


def test_yardstick_is_measured_once_for_each_protocol(make_run, digits, monkeypatch, capsys):
    flags = make_run(steps=(1,))
    measured = []
    original = evaluation.yardstick

    def counted(*arguments):
        measured.append(original(*arguments))
        return measured[-1]

    monkeypatch.setattr(evaluation, "yardstick", counted)
    for _ in range(2):
        _evaluate(flags, digits, draw_last=True)
    assert len(measured) == 1 and _yardstick(flags)["values"] == measured[0].values
    drawn = ["interpolations-0000001.png", "neighbors-0000001.png", "samples-0000001.png"]
    assert _pictures(flags) == drawn
    _print(flags, digits)
    printed = capsys.readouterr().out
    assert f"{measured[0].values['fid_digits_cnn']:.4g}" in printed
    assert "Against 70 images of the split 'test'." in printed

    _evaluate(flags, digits, draw_last=True, num_samples=80)
    assert [real.n for real in measured] == [70, 80]
    # Each evaluation sees its own rows; the yardstick of 80 images is none for the row of 70.
    for num_samples, end in ((70, " -"), (80, f"{measured[1].values['fid_digits_cnn']:.4g}")):
        _print(flags, digits, num_samples=num_samples)
        (line,) = [line for line in capsys.readouterr().out.splitlines() if "fid" in line]
        assert line.endswith(end)


def test_scores_need_no_yardstick(make_run, digits, monkeypatch, capsys):
    """On training images there is none; and one that fails takes nothing along."""
    flags = make_run(steps=(1,))
    monkeypatch.setattr(evaluation, "_draw", lambda *_: None)
    assert _evaluate(flags, digits, draw_last=True, split="train") == 1

    def fail(*_):
        raise RuntimeError("out of memory")

    monkeypatch.setattr(evaluation, "yardstick", fail)
    assert _evaluate(flags, digits, draw_last=True) == 1
    assert not (flags.model_dir / "yardstick.json").exists()
    assert [score.split for score in read_scores(flags.model_dir)] == ["train", "test"]
    for split, other in (("train", "test"), ("test", "train")):
        _print(flags, digits, split=split)
        printed = capsys.readouterr().out
        assert (
            f"Against 70 images of the split '{split}'." in printed and f"'{other}'" not in printed
        )


def test_print_scores_by_hand(run_folder, digits, capsys):
    evaluator = Evaluator(digits, _settings(metrics=[FID, InceptionScore]))
    context = dict(ema=True, bn_mode="moving")
    for step, value in ((5, 1.0), (20, 12.3456)):
        rows = evaluator.rows_without_values(step=step, **context)
        write_scores(run_folder, [dataclasses.replace(r, mean=value, std=0.25) for r in rows])
    protocol = {
        "split": "test",
        "backbone_hash": evaluator.backbone.hash,
        "resize": "none",
        "dataset_fingerprint": digits.fingerprint,
    }
    content = {"values": {"fid_digits_cnn": 0.5}, "n": 70, "protocol": protocol}
    (run_folder / "yardstick.json").write_text(json.dumps(content))
    flags = RunFlags(run_folder)
    evaluation.print_scores(flags, digits, evaluator)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split() for line in lines[:3]] == [
        ["fakes", "of", "step", "20", "training", "images"],
        ["fid_digits_cnn", "12.35", "±", "0.25", "0.5"],
        ["inception_score_digits_cnn", "12.35", "±", "0.25", "-"],
    ]
    assert len({len(line) for line in lines[:3]}) == 1  # columns stand below each other
    protocol["settings"] = {"fid_digits_cnn": "{}"}  # of a metric that was set otherwise
    (run_folder / "yardstick.json").write_text(json.dumps(content))
    evaluation.print_scores(flags, digits, evaluator)
    assert capsys.readouterr().out.splitlines()[1].split()[-1] == "-"
    (run_folder / "yardstick.json").write_text("half a fi")
    evaluation.print_scores(flags, digits, evaluator)
    assert "0.5" not in capsys.readouterr().out


def test_columns_of_print_scores_are_as_wide_as_they_must_be(run_folder, digits, capsys):
    network = DigitsCNN()
    network.name = "a_network_whose_name_has_40_characters_x"
    evaluator = Evaluator(digits, _settings(metrics=[FID, InceptionScore], backbone=network))
    rows = evaluator.rows_without_values(step=10**12, ema=True, bn_mode="moving")
    write_scores(run_folder, [dataclasses.replace(rows[0], mean=1.2345e-100, std=2e-100), rows[1]])
    evaluation.print_scores(RunFlags(run_folder), digits, evaluator)
    # Of 56, 27 and 15 characters, with two spaces between them.
    assert capsys.readouterr().out.splitlines()[:3] == [
        f"{' ' * 56}  fakes of step 1000000000000  training images",
        f"fid_{network.name}{' ' * 12}  {' ' * 8}1.234e-100 ± 2e-100  {' ' * 14}-",
        f"inception_score_{network.name}  {' ' * 13}not measurable  {' ' * 14}-",
    ]


def test_print_scores_of_models_says_the_number_of_images(run_folder, digits, capsys):
    """Latents of metrics of models are no images that anything is compared with."""
    evaluator = Evaluator(digits, _settings(metrics=[FID, GILBO, JacobianConditioning]))
    write_scores(run_folder, evaluator.rows_without_values(step=5, ema=True, bn_mode="moving"))
    evaluation.print_scores(RunFlags(run_folder), digits, evaluator)
    printed = capsys.readouterr().out
    assert printed.count("Against") == 1 and "Against 70 images of the split 'test'." in printed


def test_scores_of_another_network_of_that_name_are_not_mixed_with(tmp_path, digits):
    gin.parse_config("eval.metrics = [@fid]\neval.backbone = @digits_cnn")
    flags = RunFlags(tmp_path)
    evaluator = evaluation.build_evaluator(flags, digits)
    context = dict(step=5, ema=True, bn_mode="moving")
    own = evaluator.rows_without_values(**context)
    others = [dataclasses.replace(row, backbone_hash="a" * 64) for row in own]
    strangers = [dataclasses.replace(row, backbone="x", backbone_hash="b" * 64) for row in own]
    write_scores(tmp_path, [*own, *strangers])
    evaluation.build_evaluator(flags, digits)
    write_scores(tmp_path, others)
    with pytest.raises(
        ConfigurationError, match="another network called digits_cnn .hash aaaaaaaaaaaa…; now "
    ) as error:
        evaluation.build_evaluator(flags, digits)
    assert "move scores.jsonl and scores.csv away" in str(error.value)
    for name in ("scores.jsonl", "scores.csv"):
        (tmp_path / name).rename(tmp_path / f"old-{name}")
    evaluation.build_evaluator(flags, digits)


def test_too_few_images_are_refused_before_anything_is_trained(tiny, tmp_path):
    bindings = [*tiny, "eval.num_samples = 64"]
    with pytest.raises(ConfigurationError, match="fid of 64 images and 64 .* eval.force = True"):
        schedules.run("eval_after_train", [], bindings, RunFlags(tmp_path / "run"))
    assert not (tmp_path / "run" / "checkpoints").exists()


def test_values_of_random_images_are_computed_of_few(tmp_path):
    gin.parse_config(
        "dataset.name = 'digits'\neval.metrics = [@fid]\neval.backbone = @random_features"
    )
    flags = RunFlags(tmp_path, fake_dataset=True)
    fakes = get_dataset("digits", fake=True)
    assert evaluation.build_evaluator(flags, fakes).num_samples == 100
    with pytest.raises(ConfigurationError, match="fid of 100 images and 128 feature dimensions"):
        evaluation.build_evaluator(RunFlags(tmp_path), fakes)


@pytest.mark.parametrize(("asked", "printed"), [("auto", "1 ±"), ("batch", "2 ±")])
def test_only_rows_of_this_evaluation_are_printed(run_folder, digits, capsys, asked, printed):
    evaluator = Evaluator(digits, _settings(bn_mode=asked))
    for value, bn_mode in ((1.0, "moving"), (2.0, "batch")):
        rows = evaluator.rows_without_values(step=5, ema=True, bn_mode=bn_mode)
        write_scores(run_folder, [dataclasses.replace(r, mean=value, std=0.0) for r in rows])
    evaluation.print_scores(RunFlags(run_folder), digits, evaluator)
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "fid" in line]
    assert printed in line


def test_pictures_are_drawn_once_and_anew_with_new_scores(make_run, digits, no_images):
    flags = make_run(steps=(1,))
    folder = flags.model_dir / "pictures"

    def times():
        return {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}

    _evaluate(flags, digits, draw_last=True)
    before = times()
    assert len(before) == 3
    (folder / "interpolations-0000001.png").unlink()
    _evaluate(flags, digits, draw_last=True)
    after = times()
    assert {name for name in before if after[name] != before[name]} == {
        "interpolations-0000001.png"
    }
    _evaluate(flags, digits, draw_last=True, seed=43)
    assert all(times()[name] != after[name] for name in after)


def test_one_picture_that_fails_takes_no_other_along(
    make_run, digits, no_images, monkeypatch, caplog
):
    def fail(*_, **__):
        raise ValueError("no such latents")

    monkeypatch.setattr(evaluation, "interpolations", fail)
    flags = make_run(steps=(1,))
    _evaluate(flags, digits, draw_last=True)
    assert _pictures(flags) == ["neighbors-0000001.png", "samples-0000001.png"]
    assert "interpolations-0000001.png cannot be drawn. no such latents" in caplog.text


@pytest.mark.parametrize(
    ("labels", "lines"),
    [
        (TrueLabels(), 0),
        (SingleLabel(), 0),
        (FewLabels(fraction=0.1), 2),
    ],
)
def test_labels_used_are_told_where_some_are_hidden(labels, lines):
    printed = evaluation._label_lines(get_dataset("digits", labels=labels))
    assert len(printed) == lines
    assert not lines or printed[1].split() == ["labels", "used", "128", "of", "1260", "(10.2%)"]


@pytest.mark.parametrize("provenance", ["{", '{"method": "mine"}'])
def test_a_store_that_says_nothing_of_itself_is_told_in_a_line(tmp_path, provenance, caplog):
    ids = np.array([b"a", b"b"])
    facts = {"num_classes": 2, "class_names": ["0", "1"]}
    facts |= {"method": "mine", "dataset": {"name": "x", "fingerprint": "y", "split": "train"}}
    write_label_store(tmp_path / "labels", ids, np.array([0, 1], np.int32), None, facts)
    (tmp_path / "labels" / "provenance.json").write_text(provenance)

    class Dataset:
        label_source = InferredLabels(store=str(tmp_path / "labels"))

    assert evaluation._label_lines(Dataset()) == []
    (message,) = caplog.messages
    assert "cannot be told" in message and str(tmp_path / "labels") in message


def test_the_yardstick_is_of_all_training_images(make_run, no_images):
    flags = make_run(steps=(1,))
    labelled = get_dataset("digits", labels=FewLabels(per_class=3), only_labelled=True)
    assert labelled.num_examples("train") == 30
    _evaluate(flags, labelled, draw_last=True)
    assert _yardstick(flags)["n"] == 70 and _yardstick(flags)["protocol"]["training_images"] == 1260
